#!/usr/bin/env bash
# ecash-ceremony FILE: creates a SoftHSM token with the keyset of FILE. Keeps an existing token and keyset.
# For evaluations: in production, people perform the ceremony (docs/hsm.md).
set -euo pipefail
tokens=/var/lib/ecash-tokens
under_way=$KEYSETS_DIR/.first-ceremony-under-way

# The first ceremony was interrupted. Its keys were never published, so delete the token and start over.
if [[ -e $under_way ]] && ! compgen -G "$KEYSETS_DIR/*.json" > /dev/null; then
    echo "ceremony: an earlier ceremony was interrupted; starting over"
    find "$tokens" -mindepth 1 -delete
fi
if ! softhsm2-util --show-slots | grep "Label: *$PKCS11_TOKEN *$" > /dev/null; then
    touch "$under_way"
    softhsm2-util --init-token --free --label "$PKCS11_TOKEN" \
        --pin "$(cat "$PKCS11_PIN_FILE")" --so-pin "$(cat "$PKCS11_SO_PIN_FILE")"
fi
ecash-signer keys ceremony "$1" --if-missing
rm -f "$under_way"
