# What the customer's text does with the containers, as functions; the test calls them.
# grep reads to the end (no --quiet): whoever writes into a closed pipe fails.
set -euo pipefail
docker() { command docker "$@"; }
compose() { docker compose --env-file /dev/null "$@"; }
fail() { echo "✗ $*" >&2; exit 1; }
ask() { curl --fail --silent --show-error --max-time 10 "$@"; }

customers_commands() {
    health=$(ask http://localhost:8080/health)
    for part in '"status":"running"' '"database":"ok"' '"redis":"ok"'; do
        [[ $health == *$part* ]] || fail "health: $health"
    done
    keys=$(ask http://localhost:8080/api/v1/keys)
    [[ $keys == *'"denominations":[10,50,100,500,1000]'* ]] || fail "keys: $keys"
    # TLS 1.3 with the certificate that init made, and no other version.
    ask --insecure --tlsv1.3 --output /dev/null https://localhost:8443/health
    ! curl --silent --insecure --tls-max 1.2 --output /dev/null https://localhost:8443/health || fail "TLS 1.2 is spoken"
    [[ $(ask --output /dev/null --write-out '%{content_type}' http://localhost:8080/) == text/html* ]] || fail "no wallet"

    compose up --detach --no-build --wait --scale ecash-server=3 2> /dev/null
    [[ $(compose ps --quiet ecash-server | wc -l) == 3 ]] || fail "three mints do not run"
    compose logs ecash-server 2>&1 | grep '"message":"ready"' > /dev/null || fail "the mints' log does not say that they are ready"
    compose exec -T postgres pg_dump -U ecash_user ecash_db > /tmp/ecash-backup.$$.sql
    grep --quiet 'CREATE TABLE public.operations' /tmp/ecash-backup.$$.sql || fail "the backup is empty"
    rm /tmp/ecash-backup.$$.sql
    compose exec -T postgres pg_isready
    compose exec -T postgres psql -U ecash_user -d ecash_db -c 'SELECT count(*) FROM pg_stat_activity;' > /dev/null
    [[ $(compose exec -T redis redis-cli ping) == PONG ]] || fail "redis does not answer"
    compose exec -T redis redis-cli INFO memory | grep used_memory: > /dev/null || fail "redis tells nothing of its memory"
    # Whoever has no password may ask how it is, and nothing else.
    [[ $(compose exec -T redis redis-cli keys '*' 2>&1) == *NOPERM* ]] || fail "redis is open"
    hardened
    # nginx has heard of all three.
    for attempt in {1..20}; do
        [[ $(compose exec -T nginx grep --only-matching 'server [0-9.]*:8080' /run/ecash-nginx/nginx.conf | wc -l) == 3 ]] && return
        sleep 1
    done
    fail "nginx does not know three mints after $attempt s"
}

hardened() {
    for service in ecash-server signer nginx redis; do
        ! compose exec -T "$service" sh -c 'touch /etc/x' 2> /dev/null || fail "$service can write to its root"
        [[ $(compose exec -T "$service" sh -c 'grep CapEff /proc/self/status') == *0000000000000000 ]] || fail "$service has capabilities"
        [[ $(compose exec -T "$service" id -u) != 0 ]] || fail "$service is root"
    done
    # The PIN is the signer's alone.
    ! compose exec -T ecash-server sh -c 'ls /run/ecash/pin /var/lib/ecash-tokens' 2> /dev/null || fail "a mint sees the token"
}

# What .env says takes precedence, and is not silently half done.
env_is_heard() {
    if said=$(DATABASE_URL=postgresql://ecash_user:another@postgres:5432/ecash_db compose run --rm --no-TTY init 2>&1); then
        fail "another password than the database's was taken: $said"
    fi
    [[ $said == *"another one than"* ]] || fail "init does not say what is wrong: $said"
    DATABASE_URL=postgresql://me:mine@db.example.com/x compose run --rm --no-TTY init > /dev/null 2>&1
    settings() { compose run --rm --no-TTY --entrypoint cat init /secrets/mint/settings.toml 2> /dev/null; }
    [[ $(settings) == *'database_url = "postgresql://me:mine@db.example.com/x"'* ]] || fail "DATABASE_URL of .env is not heard"
    compose run --rm --no-TTY init > /dev/null 2>&1
    [[ $(settings) == *@postgres:5432/ecash_db* ]] || fail "the database's own address is lost"
    if said=$(ALLOW_WEAK='' compose run --rm --no-TTY ecash-server serve 2>&1); then fail "demo funds need not be allowed"; fi
    [[ $said == *"add demo_funds to ALLOW_WEAK"* ]] || fail "a weakness is not named: $said"
}

audit() { compose exec -T ecash-server ecash-mint audit; }

merchant_has_money() {
    compose exec -T ecash-server ecash-mint merchant show merchant_demo | grep --extended-regexp '[1-9][0-9]' || fail "the merchant was not paid"
}

# Nobody notices.
a_replica_dies() {
    docker kill "$(compose ps --quiet ecash-server | head -1)" > /dev/null
    for attempt in {1..12}; do
        ask --output /dev/null http://localhost:8080/api/v1/keys || fail "request $attempt after a mint died"
        sleep 0.2
    done
}
