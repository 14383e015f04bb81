#!/bin/sh
# Installs from the system what Python packages cannot bring, where this user may.
#   system.sh run    GNU OpenMP, which LightGBM needs and slim images lack
#   system.sh        that, and what the edge tests use: Chromium with a Chinese font, PostgreSQL; where the system has
#                    Chromium without windows, that, which shows pages in a quarter of the time
# Without that right nothing fails here: `liuke train` says what to install, the tests concerned skip and say why.
need=
{ ldconfig -p 2>/dev/null || /sbin/ldconfig -p 2>/dev/null; } | grep -q 'libgomp\.so\.1' || need="$need libgomp1"
if [ "$1" != run ]; then
  if command -v chromium-headless-shell >/dev/null 2>&1; then :
  elif command -v apt-cache >/dev/null 2>&1 && apt-cache show chromium-headless-shell >/dev/null 2>&1; then
    need="$need chromium-headless-shell fonts-noto-cjk"
  else
    command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 ||
      need="$need chromium fonts-noto-cjk"
  fi
  ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null 2>&1 ||
    need="$need postgresql"
fi
[ -n "$need" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing:$need"
  apt-get update -qq >/dev/null 2>&1
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $need >/dev/null 2>&1 ||
    echo "could not install$need; what needs them will say so"
else
  echo "what needs$need will say so: install them with the system's package manager"
fi
