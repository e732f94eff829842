#!/usr/bin/env bash
# Runs once in a cluster: generates all secrets and creates them in Kubernetes. Related secrets are created in
# one request, so that they always match. Existing secrets are kept. The job can create secrets, but not read
# them.
set -euo pipefail
umask 077
say() { echo "init: $*"; }
fail() { echo "init: $*" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

readonly account=/var/run/secrets/kubernetes.io/serviceaccount
namespace=$(cat $account/namespace)
api=https://kubernetes.default.svc/api/v1/namespaces/$namespace/secrets

# create NAME TYPE KEY=FILE…: creates one Kubernetes secret.
create() {
    local name=$1 type=$2 data="" pair status
    shift 2
    for pair in "$@"; do
        data+=",\"${pair%%=*}\":\"$(base64 --wrap=0 "${pair#*=}")\""
    done
    printf '{"apiVersion":"v1","kind":"Secret","type":"%s","metadata":{"name":"%s"},"data":{%s}}' \
        "$type" "$name" "${data#,}" > body.json
    # Pass the token in a file: arguments are visible in the process list.
    printf 'Authorization: Bearer %s' "$(cat $account/token)" > header
    status=$(curl --silent --show-error --cacert $account/ca.crt --header @header --output answer.json \
        --header 'Content-Type: application/json' --data @body.json --write-out '%{http_code}' "$api")
    case $status in
        201) say "created the secret $name" ;;
        409) say "the secret $name exists already; keeping it" ;;
        *) fail "creating the secret $name failed; Kubernetes returned $status: $(head -c 500 answer.json)" ;;
    esac
}

# certificate NAME DNS: creates a key, and a certificate signed by ca.pem.
certificate() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" \
        -keyout "$1.key" -out "$1.csr" 2> /dev/null
    printf 'subjectAltName=DNS:%s\n' "$2" > extensions
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -extfile extensions \
        -out "$1.pem" 2> /dev/null
}

random() { openssl rand -hex 24 | tr -d '\n'; }

random > postgres-password
redis=$(random)
/usr/local/bin/ecash-redis-conf "$redis" 256mb > redis.conf
printf 'database_url = "postgresql://ecash_user:%s@postgres:5432/ecash_db"\nredis_url = "redis://ecash:%s@redis:6379"\n' \
    "$(cat postgres-password)" "$redis" > settings.toml
openssl genpkey -algorithm ed25519 -out seal-key.pem
openssl genpkey -algorithm ed25519 -out receipt-key.pem
openssl genpkey -algorithm ed25519 -out webhook-key.pem
random > token-pin
random > token-so-pin
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=signers of $namespace" \
    -keyout ca.key -out ca.pem 2> /dev/null
certificate ecash-signer ecash-signer
certificate ecash-mint ecash-server
create ecash-secrets Opaque postgres-password=postgres-password redis.conf=redis.conf settings.toml=settings.toml \
    seal-key.pem=seal-key.pem receipt-key.pem=receipt-key.pem webhook-key.pem=webhook-key.pem \
    token-pin=token-pin token-so-pin=token-so-pin ca.pem=ca.pem \
    signer.pem=ecash-signer.pem signer.key=ecash-signer.key mint.pem=ecash-mint.pem mint.key=ecash-mint.key

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj "/CN=${ECASH_HOSTNAME:-localhost}" \
    -addext "subjectAltName=DNS:${ECASH_HOSTNAME:-localhost}" -keyout tls.key -out tls.crt 2> /dev/null
create ecash-tls kubernetes.io/tls tls.crt=tls.crt tls.key=tls.key
say "all secrets exist"
