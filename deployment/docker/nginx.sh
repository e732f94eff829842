#!/usr/bin/env bash
# Runs nginx in front of all mints. Resolves their addresses every two seconds and reloads nginx when they
# change, because nginx itself resolves names only at the start.
set -euo pipefail
: "${ECASH_MINT_NAME:=ecash-server}"
export ECASH_RATE=${ECASH_RATE:-10} ECASH_WITHDRAW_RATE=${ECASH_WITHDRAW_RATE:-5}
export ECASH_BURST=${ECASH_BURST:-20} ECASH_WITHDRAW_BURST=${ECASH_WITHDRAW_BURST:-5}
export ECASH_MERCHANT_RATE=${ECASH_MERCHANT_RATE:-100} ECASH_MERCHANT_BURST=${ECASH_MERCHANT_BURST:-200}
export ECASH_RUN=${ECASH_RUN:-/run/ecash-nginx}
export ECASH_HTTP_LISTEN=${ECASH_HTTP_LISTEN:-8080} ECASH_HTTPS_LISTEN=${ECASH_HTTPS_LISTEN:-8443}
export ECASH_TLS_CERT=${ECASH_TLS_CERT:-/run/ecash/tls.pem} ECASH_TLS_KEY=${ECASH_TLS_KEY:-/run/ecash/tls.key}
export ECASH_WALLET=${ECASH_WALLET:-/usr/share/ecash/wallet}
export ECASH_MERCHANT_ORIGIN=${ECASH_MERCHANT_ORIGIN:-}
conf=$ECASH_RUN/nginx.conf

mints() {
    getent ahostsv4 "$ECASH_MINT_NAME" | awk '$2 == "STREAM" { print $1 }' | sort -u
}

configure() {
    ECASH_MINTS=$(printf 'server %s:8080 max_fails=3 fail_timeout=15s; ' $1)
    export ECASH_MINTS
    # Name the variables to replace, because nginx's own variables have the same syntax.
    # shellcheck disable=SC2016
    envsubst '${ECASH_RUN} ${ECASH_HTTP_LISTEN} ${ECASH_HTTPS_LISTEN} ${ECASH_TLS_CERT} ${ECASH_TLS_KEY}
        ${ECASH_WALLET} ${ECASH_MINTS} ${ECASH_RATE} ${ECASH_WITHDRAW_RATE}
        ${ECASH_BURST} ${ECASH_WITHDRAW_BURST} ${ECASH_MERCHANT_RATE} ${ECASH_MERCHANT_BURST} ${ECASH_MERCHANT_ORIGIN}' \
        < /etc/ecash/nginx.conf.template > "$conf"
}

known=
until [[ -n $known ]]; do
    known=$(mints) || { echo "nginx: cannot resolve $ECASH_MINT_NAME; retrying in 1 s" >&2; sleep 1; }
done
configure "$known"
nginx -g 'daemon off;' -c "$conf" &
nginx=$!
trap 'kill -QUIT "$nginx"' TERM QUIT INT
while kill -0 "$nginx" 2>/dev/null; do
    sleep 2 &
    wait $! || true
    # Keep the known addresses if the name does not resolve: DNS may be down, or no mint runs.
    now=$(mints) || continue
    if [[ -n $now && $now != "$known" ]]; then
        known=$now
        configure "$known"
        kill -HUP "$nginx"
    fi
done
wait "$nginx"
