#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs all tests of one program, so many processes at a time as there are processors: a process for each of thousands of
# tests would take longer to start than to run, and one part for each processor would not end together.
#
#   tools/unit_tests.sh build/release/tests/cadena_tests
set -euo pipefail
export program=$1 GTEST_TOTAL_SHARDS=16
logs=$(mktemp -d)
export logs
trap 'rm -rf "$logs"' EXIT

failed=0
seq 0 $((GTEST_TOTAL_SHARDS - 1)) | xargs -P "$(nproc)" -I '{}' bash -c \
  'GTEST_SHARD_INDEX={} "$program" --gtest_brief=1 >"$logs/{}" 2>&1 </dev/null' || failed=1
cat "$logs"/*
exit "$failed"
