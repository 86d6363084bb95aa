#!/bin/sh
# What no test runs, in the stages and what they stand on: branch coverage, 95 % at least.
# usage: coverage.sh BIN JOBS
#
# Processes that tests start count too (coverage's "subprocess" patch), except the parsing and picture processes:
# they begin with an empty environment, for safety, so what they run is tested in process as well.
set -eu
bin=$1 jobs=$2
COVERAGE_FILE="$PWD/build/coverage/data"
export COVERAGE_FILE
rm -rf build/coverage
mkdir -p build/coverage
"$bin/coverage" erase
# Whether every test passes is for make test to say: under measurement those with time limits may run out of theirs.
"$bin/coverage" run -m pytest -q -n "$jobs" -p no:cacheprovider || true
"$bin/coverage" combine -q
include=digest/model.py
for part in config pull group compose render deliver store pipeline; do include="$include,digest/$part/*"; done
"$bin/coverage" report --include="$include" --fail-under=95
