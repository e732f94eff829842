#!/usr/bin/env bash
# Opens the demo shop's merchant, verifies the shop's address, and keeps an API key for it. Safe to run again: a key is made once.
set -euo pipefail
readonly key=/run/ecash-shop/api-key merchant=merchant_corner_shop

if [[ -s $key ]]; then
    echo "shop-key: there is a key already"
    exit
fi
ecash-mint merchant show "$merchant" > /dev/null 2>&1 \
    || ecash-mint merchant create "$merchant" --name "The corner shop" > /dev/null
ecash-mint merchant domain add "$merchant" "$SHOP_ORIGIN" > /dev/null
printed=$(ecash-mint merchant key create "$merchant" --name "demo shop" --scopes read,payments,refunds,webhooks)
umask 077
rm --force "$key.new"
# Renamed when it is complete, so that a run that is stopped leaves no half key.
grep --only-matching --max-count=1 'ek_[[:alnum:]_-]*' <<< "$printed" > "$key.new"
chgrp 10004 "$key.new" && chmod 0440 "$key.new"
mv "$key.new" "$key"
echo "shop-key: made the shop's API key"
