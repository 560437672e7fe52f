#!/bin/sh
# Makes .venv with nothing but a Python 3.11+ at hand. Bare Debian ships python3 without `venv`'s installer part;
# then a wheel of virtualenv is fetched with whatever pip there is, and as root the system package is installed.
set -eu
target="${1:-.venv}"
[ -x "$target/bin/pip" ] && exit 0
python=""
for candidate in "${PYTHON:-}" python3.13 python3.12 python3.11 python3; do
  [ -n "$candidate" ] || continue
  if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python="$candidate"; break; fi
done
if [ -z "$python" ]; then
  echo "Offshelf needs Python 3.11 or newer. Install it (Debian: apt-get install python3), then run make again." >&2
  exit 2
fi
"$python" -m venv "$target" >/dev/null 2>&1 && exit 0
rm -rf "$target"
if "$python" -m pip --version >/dev/null 2>&1; then
  scratch="$(mktemp -d)"
  "$python" -m pip install --quiet --target "$scratch" virtualenv && PYTHONPATH="$scratch" "$python" -m virtualenv --quiet "$target" && rm -rf "$scratch" && exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null && "$python" -m venv "$target" && exit 0
fi
echo "Python has no venv module here. Install it (Debian: apt-get install python3-venv), then run make again." >&2
exit 2
