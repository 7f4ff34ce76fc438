#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The tests that take hours, part by part. docs/reliability.md tells what they found.
#
#   tools/soak.sh                     all parts, each as long as it takes by default
#   tools/soak.sh fuzz [SECONDS [READER...]]  libFuzzer on each reader of strangers' bytes: 10 million
#                                     executions, 1200 s at most
#   tools/soak.sh mutations [COUNT]   damaged model files of each task, 1000000
#   tools/soak.sh kills [COUNT]       trainings that are killed COUNT times, 300, and go on
#   tools/soak.sh races               the tests that train, with ThreadSanitizer
set -euo pipefail
cd "$(dirname "$0")/.."
parts="fuzz mutations kills races"

release_tests() {
  tools/packages.sh test
  cmake --preset release -DCADENA_BUILD_TESTS=ON >/dev/null
  cmake --build build/release --target cadena_tests
}

# A find stops the reader's turn; the input is then in build/soak/finds.
fuzz() {
  local seconds=${1:-1200} program=build/fuzz/tests/fuzz/cadena_fuzz failed=0 TIMEFORMAT='%U + %S'
  tools/packages.sh fuzz
  cmake --preset fuzz >/dev/null
  cmake --build --preset fuzz
  mkdir -p build/soak/finds
  printf '%-12s %12s %12s %6s\n' reader executions processor-s finds
  for reader in ${*:2} $([ $# -gt 1 ] || "$program"); do
    local found=0 log=build/soak/$reader.log used
    mkdir -p "build/soak/corpus/$reader"
    used=$({ time CADENA_READER=$reader "$program" -runs=10000000 -max_total_time="$seconds" -max_len=65536 -timeout=10 \
      -rss_limit_mb=1024 -artifact_prefix="build/soak/finds/$reader-" -print_final_stats=1 \
      "build/soak/corpus/$reader" "tests/fuzz/corpus/$reader" >"$log" 2>&1 </dev/null; } 2>&1) || found=1 failed=1
    printf '%-12s %12s %12.0f %6d\n' "$reader" \
      "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" "$(awk "BEGIN { print $used }")" "$found"
  done
  return "$failed"
}

mutations() {
  release_tests
  CADENA_MUTATIONS=${1:-1000000} build/release/tests/cadena_tests --gtest_brief=1 --gtest_filter='*Mutations*'
}

kills() {
  tools/build.sh
  KILLS=${1:-300} python3 tests/cli/resume_test.py build/release/cadena
}

races() {
  tools/packages.sh test
  cmake --preset tsan >/dev/null
  cmake --build build/tsan --target cadena_tests
  ctest --preset tsan
}

if [ $# = 0 ]; then
  for part in $parts; do "$part"; done
elif [[ " $parts " = *" $1 "* ]]; then
  "$@"
else
  echo "tools/soak.sh: unknown part '$1'; the parts are: $parts" >&2
  exit 2
fi
