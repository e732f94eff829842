#!/usr/bin/env bash
# Implements the needed part of the official entrypoint: creates a cluster for POSTGRES_USER and its database, and trusts the socket.
set -euo pipefail
data=/var/lib/postgresql/data/cluster
as() { setpriv --reuid postgres --regid postgres --clear-groups "$@"; }
chown postgres:postgres /var/lib/postgresql/data /var/run/postgresql
if [[ ! -s $data/PG_VERSION ]]; then
    pwfile=$(mktemp); cat "$POSTGRES_PASSWORD_FILE" > "$pwfile"; chown postgres "$pwfile"
    as initdb --username="$POSTGRES_USER" --pwfile="$pwfile" --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --pgdata="$data"
    rm "$pwfile"
    echo "host all all all scram-sha-256" >> "$data/pg_hba.conf"
    as pg_ctl --pgdata="$data" --options="-c listen_addresses='' -k /var/run/postgresql" --wait start
    as createdb --username="$POSTGRES_USER" "$POSTGRES_DB"
    as pg_ctl --pgdata="$data" --wait stop
fi
exec setpriv --reuid postgres --regid postgres --clear-groups postgres -D "$data" -k /var/run/postgresql -c listen_addresses='*'
