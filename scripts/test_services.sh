#!/usr/bin/env bash
# Installs the servers that tests start for themselves: PostgreSQL, from the distribution.  Where we are not
# root and it is missing, its tests are skipped, and that is said.
set -euo pipefail

ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && exit 0
command -v initdb >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  # Only the programs: no server of the machine's own is made or started.
  mkdir -p /etc/postgresql-common/createcluster.d
  echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.d/none.conf
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y -qq --no-install-recommends postgresql >/dev/null 2>&1 \
    || { apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql >/dev/null; } && exit 0
fi
echo "test services: PostgreSQL is not installed; the tests that need it are skipped" >&2
