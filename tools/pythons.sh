#!/bin/sh
# Every supported Python that this machine has: install, run the quick tests, live a day of the sample newsroom.
# usage: pythons.sh JOBS
set -eu
jobs=$1

# pythonX.Y of the path, else the newest that pyenv has: its pythonX.Y works only where one was chosen.
found() {
  for python in "python$1" $(ls -d "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1".*/bin/python 2>/dev/null | sort -V -r); do
    if "$python" -c "" 2>/dev/null; then
      echo "$python"
      return
    fi
  done
}

for version in 3.11 3.12 3.13 3.14; do
  python=$(found "$version")
  if [ -z "$python" ]; then
    echo "!! Python $version is not on this machine: NOT TESTED"
    continue
  fi
  echo "== $python"
  folder=build/pythons/$version
  "$python" -m venv --clear "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check -e '.[dev]'
  "$folder/bin/pytest" -q -n "$jobs" -m "not slow and not browser" -p no:cacheprovider
  "$folder/bin/digest" demo --folder "$folder/demo"
done
