#!/usr/bin/env bash
# ecash-ceremony FILE: into an empty folder of tokens a SoftHSM token, and into it the keyset of FILE. Where there
# is a token nothing is made anew. For an evaluation; a real ceremony has people (docs/hsm.md).
set -euo pipefail
if ! softhsm2-util --show-slots | grep --quiet "Label: *$PKCS11_TOKEN *$"; then
    softhsm2-util --init-token --free --label "$PKCS11_TOKEN" \
        --pin "$(cat "$PKCS11_PIN_FILE")" --so-pin "$(cat "$PKCS11_SO_PIN_FILE")"
fi
exec ecash-mint keys ceremony "$1" --if-missing
