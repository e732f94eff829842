# The commands of the published description, as functions that the test calls.
# grep in pipes must not use --quiet: it exits early, and the writer would fail on the closed pipe.
set -euo pipefail
docker() { command docker "$@"; }
compose() { docker compose --env-file /dev/null "$@"; }
fail() { echo "✗ $*" >&2; exit 1; }
ask() { curl --fail --silent --show-error --max-time 10 "$@"; }

published_commands() {
    health=$(ask http://localhost:8080/health)
    for part in '"status":"running"' '"database":"ok"' '"redis":"ok"'; do
        [[ $health == *$part* ]] || fail "health: $health"
    done
    keys=$(ask http://localhost:8080/api/v1/keys)
    [[ $keys == *'"denominations":[10,50,100,500,1000]'* ]] || fail "keys: $keys"
    # nginx accepts only TLS 1.3, with the certificate that init created.
    ask --insecure --tlsv1.3 --output /dev/null https://localhost:8443/health
    ! curl --silent --insecure --tls-max 1.2 --output /dev/null https://localhost:8443/health || fail "nginx accepts TLS 1.2"
    [[ $(ask --output /dev/null --write-out '%{content_type}' http://localhost:8080/) == text/html* ]] || fail "no wallet"

    compose up --detach --no-build --wait --scale ecash-server=3 2> /dev/null
    [[ $(compose ps --quiet ecash-server | wc -l) == 3 ]] || fail "not exactly three mints are running"
    compose logs ecash-server 2>&1 | grep '"message":"ready"' > /dev/null || fail "the mints' log has no ready message"
    compose exec -T postgres pg_dump -U ecash_user ecash_db > /tmp/ecash-backup.$$.sql
    grep --quiet 'CREATE TABLE public.operations' /tmp/ecash-backup.$$.sql || fail "the backup is empty"
    rm /tmp/ecash-backup.$$.sql
    compose exec -T postgres pg_isready
    compose exec -T postgres psql -U ecash_user -d ecash_db -c 'SELECT count(*) FROM pg_stat_activity;' > /dev/null
    [[ $(compose exec -T redis redis-cli ping) == PONG ]] || fail "redis does not respond to ping"
    compose exec -T redis redis-cli INFO memory | grep used_memory: > /dev/null || fail "redis does not report its memory"
    # Without the password, only health and statistics commands are allowed.
    [[ $(compose exec -T redis redis-cli keys '*' 2>&1) == *NOPERM* ]] || fail "redis allows commands without the password"
    hardened
    # nginx picks up all three mints within 20 s.
    for attempt in {1..20}; do
        [[ $(compose exec -T nginx grep --only-matching 'server [0-9.]*:8080' /run/ecash-nginx/nginx.conf | wc -l) == 3 ]] && return
        sleep 1
    done
    fail "nginx does not know three mints after $attempt s"
}

hardened() {
    for service in ecash-server signer nginx redis demo-shop; do
        # The root file system is read-only even for root.
        ! compose exec -T --user 0 "$service" sh -c 'touch /etc/x' 2> /dev/null || fail "$service can write to its root"
        [[ $(compose exec -T "$service" sh -c 'grep CapBnd /proc/self/status') == *0000000000000000 ]] || fail "$service can get capabilities"
        [[ $(compose exec -T "$service" id -u) =~ ^[1-9][0-9]+$ ]] || fail "$service runs as root"
    done
    # Only the signer can read the PIN, and not even the signer can read the SO PIN.
    compose exec -T signer test -r /run/ecash/pin || fail "the signer has no PIN"
    ! compose exec -T signer test -r /run/ecash/so-pin || fail "the signer can read the SO PIN"
    for path in /run/ecash/pin /run/ecash/so-pin /var/lib/ecash-tokens; do
        ! compose exec -T ecash-server test -e $path || fail "a mint sees $path"
    done
}

# Settings in .env take precedence; contradictory ones are rejected instead of being applied in part.
env_is_applied() {
    if said=$(DATABASE_URL=postgresql://ecash_user:another@postgres:5432/ecash_db compose run --rm --no-TTY init 2>&1); then
        fail "init accepted a password that differs from the database's: $said"
    fi
    [[ $said == *"differs from the one in the volume"* ]] || fail "init does not name the fault: $said"
    if said=$(DATABASE_URL=postgresql://ecash_user:secure_password@postgres:5432/ecash_db compose run --rm --no-TTY init 2>&1); then
        fail "init accepted the password of an example: $said"
    fi
    [[ $said == *"is an example password"* ]] || fail "init does not name the fault: $said"
    DATABASE_URL=postgresql://me:mine@db.example.com/x compose run --rm --no-TTY init > /dev/null 2>&1
    settings() { compose run --rm --no-TTY --entrypoint cat init /secrets/mint/settings.toml 2> /dev/null; }
    [[ $(settings) == *'database_url = "postgresql://me:mine@db.example.com/x"'* ]] || fail "DATABASE_URL of .env is not applied"
    compose run --rm --no-TTY init > /dev/null 2>&1
    [[ $(settings) == *@postgres:5432/ecash_db* ]] || fail "the default DATABASE_URL is not restored"
    if said=$(ALLOW_WEAK='' timeout 20 docker compose --env-file /dev/null run --rm --no-TTY ecash-server serve 2>&1); then fail "the mint starts without demo_funds in ALLOW_WEAK"; fi
    [[ $said == *"add demo_funds to ALLOW_WEAK"* ]] || fail "the mint does not name the weakness: $said"
}

audit() { compose exec -T ecash-server ecash-mint audit; }

merchant_amount() { compose exec -T ecash-server ecash-mint merchant show merchant_demo | sed -n 's/^merchant_demo holds \([0-9]*\) DEMO$/\1/p'; }

# The published program paid 20, the browser journey 30.
merchant_has_50() {
    [[ $(merchant_amount) == 50 ]] || fail "the merchant holds $(merchant_amount), not 50"
}

# The demo shop learns only by webhook that an order is paid, and stores that.
the_shop_is_paid() {
    local order page id key
    order=$(ask --output /dev/null --write-out '%{redirect_url}' --data bread=1 http://localhost:8081/orders)
    page=$(ask "$order")
    id=$(grep --only-matching 'payment="[^"]*"' <<< "$page" | grep --only-matching 'pay_[[:alnum:]_-]*' | head -1)
    [[ $page == *'src="http://localhost:8080/checkout/'* && -n $id ]] || fail "the order page has no checkout element: $page"
    key=$(compose exec -T demo-shop cat /run/ecash-shop/api-key)
    ask --header "authorization: Bearer $key" --json '{}' --output /dev/null \
        "http://localhost:8080/api/v1/merchant/test/payments/$id/pay"
    for attempt in {1..20}; do
        [[ $(ask "$order.json") == *'"state":"paid"'* ]] && break
        [[ $attempt -lt 20 ]] || fail "the shop received no webhook of its payment"
        sleep 0.5
    done
    # Store the order's URL, so that the check after the restart can request it.
    compose exec -T demo-shop sh -c 'printf %s "$1" > /var/lib/ecash-shop/order-of-the-test' sh "$order"
}

the_shop_keeps_its_orders() {
    local order
    order=$(compose exec -T demo-shop cat /var/lib/ecash-shop/order-of-the-test)
    [[ $(ask "$order.json") == *'"state":"paid"'* ]] || fail "the shop lost $order"
}

redis_serves() {
    ! compose logs ecash-server 2>&1 | grep -E 'redis does not (answer|respond)|spent tokens in the ledger only' || fail "a mint could not use redis"
    compose exec -T redis redis-cli INFO stats | grep 'pubsub_channels:1' > /dev/null || fail "no mint is subscribed to live events"
}

# Creates the second keyset, as docs/containers.md describes.
next_keyset() {
    until=$(ask http://localhost:8080/api/v1/keys | grep --only-matching '"issue_until":"[^"]*"' | head -1 | cut -d'"' -f4)
    file=$(mktemp --suffix=.yaml)
    sed -e "s/^keyset_id:.*/keyset_id: key_002/" -e "s/^valid_from:.*/valid_from: $until/" deployment/key-ceremony/demo.yaml > "$file"
    chmod 0644 "$file"
    compose run --rm --no-TTY --user 10002:10000 --volume "$file:/keyset.yaml:ro" --env PKCS11_PIN_FILE=/secrets/token/pin \
        --entrypoint ecash-signer init keys ceremony /keyset.yaml > /dev/null || fail "the ceremony of the second keyset failed"
    rm "$file"
    compose exec -T signer test -s /var/lib/ecash-keysets/key_002.json || fail "the second keyset has no transcript"
}

# Requests succeed while a mint is killed.
requests_survive_a_killed_replica() {
    docker kill "$(compose ps --quiet ecash-server | head -1)" > /dev/null
    for attempt in {1..12}; do
        ask --output /dev/null http://localhost:8080/api/v1/keys || fail "request $attempt failed after a mint was killed"
        sleep 0.2
    done
}
