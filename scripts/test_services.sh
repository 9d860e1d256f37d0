#!/usr/bin/env bash
# Installs what some tests need beside Python packages, from the distribution: the programs of PostgreSQL, for
# servers that tests start for themselves, and with `--browser` Chromium, in which pictures are clicked on.  Where
# we are not root and one is missing, its tests are skipped, and that is said.
set -euo pipefail

install() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y -qq --no-install-recommends "$1" >/dev/null 2>&1 \
    || { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$1" >/dev/null; }
}
missing() { echo "test services: $1 is not installed; the tests that need it are skipped" >&2; }

if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && ! command -v initdb >/dev/null; then
  if [ "$(id -u)" = 0 ]; then  # only the programs: no server of the machine's own is made or started
    mkdir -p /etc/postgresql-common/createcluster.d
    echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.d/none.conf
  fi
  install postgresql || missing PostgreSQL
fi
if [ "${1:-}" = --browser ] && ! command -v chromium chromium-browser google-chrome >/dev/null; then
  install chromium || missing Chromium
fi
