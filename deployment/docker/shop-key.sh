#!/usr/bin/env bash
# Creates the demo shop's merchant, verifies the shop's domain, and creates an API key. Safe to run again: the
# key is created once.
set -euo pipefail
readonly key=/run/ecash-shop/api-key merchant=merchant_corner_shop

if [[ -s $key ]]; then
    echo "shop-key: the shop's API key exists already"
    exit
fi
ecash-mint merchant show "$merchant" > /dev/null 2>&1 \
    || ecash-mint merchant create "$merchant" --name "The corner shop" > /dev/null
ecash-mint merchant domain add "$merchant" "$SHOP_ORIGIN" > /dev/null
printed=$(ecash-mint merchant key create "$merchant" --name "demo shop" --scopes read,payments,refunds,webhooks)
umask 077
rm --force "$key.new"
# Rename the file when it is complete, so that an interrupted run leaves no partial key.
grep --only-matching --max-count=1 'ek_[[:alnum:]_-]*' <<< "$printed" > "$key.new"
chgrp 10004 "$key.new" && chmod 0440 "$key.new"
mv "$key.new" "$key"
echo "shop-key: created the shop's API key"
