#!/bin/sh
# Every supported Python that this machine has: install, run the quick tests, live a day of the sample newsroom.
# usage: pythons.sh JOBS
set -eu
jobs=$1
for version in 3.11 3.12 3.13 3.14; do
  python=python$version
  if ! "$python" -c "" 2>/dev/null; then
    echo "!! $python is not on this machine: NOT TESTED"
    continue
  fi
  echo "== $python"
  folder=build/pythons/$version
  "$python" -m venv --clear "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check -e '.[dev]'
  "$folder/bin/pytest" -q -n "$jobs" -m "not slow and not browser" -p no:cacheprovider
  "$folder/bin/digest" demo --folder "$folder/demo"
done
