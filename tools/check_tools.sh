#!/bin/sh
# Sees to the tools that the tests need and pip cannot install: a Chromium.
# On Debian as root it installs it; elsewhere it says what is missing. On CI a missing tool is a failure.
set -u
for name in "${DIGEST_CHROMIUM:-}" chromium chromium-browser google-chrome chrome; do
  [ -n "$name" ] && command -v "$name" >/dev/null 2>&1 && exit 0
done
if [ -e /etc/debian_version ] && [ "$(id -u)" = 0 ]; then
  echo "installing Chromium for the browser tests"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      chromium fonts-dejavu-core fonts-liberation; } >/dev/null && exit 0
fi
echo "!! No Chromium: the browser tests will NOT run. Install it (Debian: apt-get install chromium) or set DIGEST_CHROMIUM."
[ -z "${CI:-}" ]
