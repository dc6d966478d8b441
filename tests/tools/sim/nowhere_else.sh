#!/usr/bin/env bash
# usage: nowhere_else.sh BIN      fails if a program other than tocsin-sim-planted has a planted bug
set -euo pipefail
bin=$1
grep -q 'held-before-fsync' "$bin/tocsin-sim-planted" || {
  echo "the planted bugs are not where they should be"; exit 1; }
for program in "$bin"/*; do
  [ "$(basename "$program")" = tocsin-sim-planted ] && continue
  if grep -qE 'held-before-fsync|7planted4IsOn' "$program"; then
    echo "$program has planted bugs in it"; exit 1
  fi
done
