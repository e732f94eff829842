#!/usr/bin/env bash
# Runs before all other services, and is safe to run again. Creates random secrets, a self-signed certificate
# and, in an empty hardware token, the keys of the default ceremony. Each file goes into the volume of the
# service that uses it. Existing files are kept, and a password in .env must match the stored one.
#
#   /secrets/postgres   the database's password        /secrets/nginx   certificate and key
#   /secrets/redis      Redis' configuration           /secrets/mint    settings and keys of seals, receipts and webhooks
#   /secrets/token      the token's PINs                /secrets/dispatcher   settings and key of webhooks
#   /secrets/shop       empty, or the demo shop's API key if the profile `shop` is started
set -euo pipefail
umask 077
say() { echo "init: $*"; }
fail() { echo "init: $*" >&2; exit 1; }

readonly mint=10001 signer=10002 nginx=10003 shop=10004 link=10000
# The users of the official images.
readonly postgres=999 redis=999

random() { openssl rand -hex 24; }

# give FILE OWNER[:GROUP]: makes FILE readable by its owner only.
give() { chown "$2" "$1" && chmod 0400 "$1"; }

# password_of URL: the text between the first ':' of the userinfo and the last '@'.
password_of() { local rest=${1#*://}; rest=${rest%@*}; [[ $rest == *:* ]] && printf %s "${rest#*:}" || true; }
host_of() { local rest=${1##*@}; rest=${rest#*://}; rest=${rest%%/*}; printf %s "${rest%%:*}"; }

# check_own NAME PASSWORD: rejects example passwords, and passwords that need escaping: they are written
# unescaped into the configuration of a service of docker-compose.yml.
check_own() {
    [[ $2 =~ ^[A-Za-z0-9._~-]+$ ]] || fail "$1: a password for a service of docker-compose.yml must consist of letters, digits and . _ ~ -"
    case $2 in
        secure_password | your_password | password | postgres | ecash | changeme | secret)
            [[ ,${ALLOW_WEAK:-}, == *,default_password,* ]] \
                || fail "$1: '$2' is an example password; choose another one (openssl rand -hex 24), or remove $1 from .env to generate one"
            ;;
    esac
}

# keep FILE WANTED WHAT: creates FILE with the secret WANTED, or with a random one if WANTED is empty. Keeps
# an existing FILE, and fails if it differs from WANTED.
keep() {
    local file=$1 wanted=$2 what=$3
    if [[ -s $file ]]; then
        [[ -z $wanted || $wanted == "$(cat "$file")" ]] \
            || fail "$what in .env differs from the one in the volume; to change it, see docs/containers.md, 'Changing a password'"
    else
        printf %s "${wanted:-$(random)}" > "$file"
        say "created $what"
    fi
}

mkdir -p /secrets/{postgres,redis,token,nginx,mint,dispatcher,shop}
chmod 0755 /secrets/*
# The service shop-key writes the key here, for the demo shop's group.
chown $mint:$shop /secrets/shop && chmod 0750 /secrets/shop

# PostgreSQL and Redis of docker-compose.yml always get a password, even if the URLs name other servers. The
# mints get the URLs.
database_url=${DATABASE_URL:-}
wanted=
if [[ $(host_of "$database_url") == postgres ]]; then
    [[ $database_url =~ ^postgres(ql)?://ecash_user:[^@/]+@postgres(:5432)?/ecash_db$ ]] \
        || fail "DATABASE_URL: the URL of the service postgres must be postgresql://ecash_user:PASSWORD@postgres:5432/ecash_db"
    wanted=$(password_of "$database_url")
    check_own DATABASE_URL "$wanted"
fi
keep /secrets/postgres/password "$wanted" "the database's password"
database_url=${database_url:-postgresql://ecash_user:$(cat /secrets/postgres/password)@postgres:5432/ecash_db}
give /secrets/postgres/password $postgres

# Redis: the user `ecash` may run only the commands that the mints use; other clients only `ping` and `info`.
redis_url=${REDIS_URL:-}
wanted=
if [[ $(host_of "$redis_url") == redis ]]; then
    wanted=$(password_of "$redis_url")
    check_own REDIS_URL "$wanted"
fi
keep /secrets/redis/password "$wanted" "Redis' password"
password=$(cat /secrets/redis/password)
[[ -n $redis_url && $(host_of "$redis_url") != redis ]] || redis_url=redis://ecash:$password@redis:6379
/usr/local/bin/ecash-redis-conf "$password" "${REDIS_MAXMEMORY:-256mb}" > /secrets/redis/redis.conf
give /secrets/redis/password $redis
give /secrets/redis/redis.conf $redis

# nginx: a self-signed certificate, until you put one that browsers trust into /secrets/nginx.
if [[ ! -s /secrets/nginx/tls.key || ! -s /secrets/nginx/tls.pem ]]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 \
        -subj "/CN=${ECASH_HOSTNAME:-localhost}" -addext "subjectAltName=DNS:${ECASH_HOSTNAME:-localhost},IP:127.0.0.1" \
        -keyout /secrets/nginx/tls.key -out /secrets/nginx/tls.pem 2> /dev/null
    say "created a self-signed certificate for ${ECASH_HOSTNAME:-localhost}"
fi
give /secrets/nginx/tls.key $nginx
chmod 0444 /secrets/nginx/tls.pem

# The mints: all secret settings, in one file that only they can read.
for key in seal-key.pem receipt-key.pem webhook-key.pem; do
    [[ -s /secrets/mint/$key ]] || openssl genpkey -algorithm ed25519 -out /secrets/mint/$key
    give /secrets/mint/$key $mint
done
[[ $database_url$redis_url != *[\"\\]* ]] || fail 'DATABASE_URL and REDIS_URL: write " and \ as %22 and %5C'
printf 'database_url = "%s"\nredis_url = "%s"\n' "$database_url" "$redis_url" > /secrets/mint/settings.toml
give /secrets/mint/settings.toml $mint
# The dispatcher connects to the internet, so it gets only the secrets that it needs.
printf 'database_url = "%s"\n' "$database_url" > /secrets/dispatcher/settings.toml
install --mode 0400 /secrets/mint/webhook-key.pem /secrets/dispatcher/webhook-key.pem
give /secrets/dispatcher/settings.toml $mint
give /secrets/dispatcher/webhook-key.pem $mint

# The hardware token, its keys, and the folder of the signer's socket.
keep /secrets/token/pin "" "the token's PIN"
keep /secrets/token/so-pin "" "the token's SO PIN"
give /secrets/token/pin $signer
# The signer never needs the SO PIN, so root owns it, and the ceremony gets a temporary copy.
give /secrets/token/so-pin 0
install --owner $signer --mode 0400 /secrets/token/so-pin /tmp/so-pin
for folder in /var/lib/ecash-tokens /var/lib/ecash-keysets; do
    chown $signer:$link $folder && chmod 0700 $folder
done
chown $mint:$link /var/lib/ecash-state && chmod 0700 /var/lib/ecash-state
chown $signer:$link /run/ecash-signer && chmod 0750 /run/ecash-signer
cat > /tmp/ceremony.yaml <<END
institution_id: ${INSTITUTION_ID:-inst_primary}
currency: ${CURRENCY:-DEMO}
currency_exponent: ${CURRENCY_EXPONENT:-0}
keyset_id: ${KEY_ID:-key_001}
valid_from: now
issue_days: ${KEYSET_ISSUE_DAYS:-30}
expiry_days: ${TOKEN_EXPIRY_DAYS:-90}
denominations: [${DENOMINATIONS:-10,50,100,500,1000}]
END
chmod 0444 /tmp/ceremony.yaml
PKCS11_PIN_FILE=/secrets/token/pin PKCS11_SO_PIN_FILE=/tmp/so-pin \
    setpriv --reuid $signer --regid $link --clear-groups --no-new-privs ecash-ceremony /tmp/ceremony.yaml
say "all secrets exist"
