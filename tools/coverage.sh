#!/bin/sh
# The quick tests of the core under branch coverage: 95 % of it at least, and all of them well.
# usage: coverage.sh BIN JOBS
#
# Processes that tests start count too (coverage's "subprocess" patch), except the parsing and picture processes:
# they begin with an empty environment, for safety, so what they run is tested in process as well. Tests marked
# slow or browser are left to the rest of the suite: measuring makes Python half as fast.
set -eu
bin=$1 jobs=$2
COVERAGE_FILE="$PWD/build/coverage/data"
export COVERAGE_FILE
rm -rf build/coverage
mkdir -p build/coverage
"$bin/coverage" run -m pytest -q -n "$jobs" --dist worksteal -m core
"$bin/coverage" combine -q
include=digest/model.py
for part in config pull group compose render deliver store pipeline; do include="$include,digest/$part/*"; done
"$bin/coverage" report --include="$include" --fail-under=95
