#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs all tests of one program, a process for each processor: a process for each of thousands of tests would take
# longer to start than to run.
#
#   tools/unit_tests.sh build/release/tests/cadena_tests
set -uo pipefail
program=$1 processes=$(nproc) failed=0
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

pids=()
for ((i = 0; i < processes; i++)); do
  GTEST_TOTAL_SHARDS=$processes GTEST_SHARD_INDEX=$i "$program" --gtest_brief=1 >"$logs/$i" 2>&1 </dev/null &
  pids+=($!)
done
for i in "${!pids[@]}"; do
  wait "${pids[i]}" || failed=1
  cat "$logs/$i"
done
exit "$failed"
