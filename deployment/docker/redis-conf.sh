#!/usr/bin/env bash
# Prints the configuration of Redis. The user `ecash` may run only the commands that the mints use; other
# clients may run only `ping` and `info`.
# usage: ecash-redis-conf PASSWORD MAXMEMORY
set -euo pipefail
password=$1 maxmemory=$2
cat <<END
save ""
# The network is private. Protected mode would reject connections from other hosts.
protected-mode no
appendonly no
maxmemory $maxmemory
maxmemory-policy allkeys-lru
user default on nopass resetkeys resetchannels -@all +ping +info
user ecash on >$password resetkeys ~ecash:* resetchannels &ecash:* -@all +ping +exists +setex +set +publish +subscribe +unsubscribe +select
END
