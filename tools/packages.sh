#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Sees that the Debian 12 packages for a purpose are there, and installs those that are not.
#
#   tools/packages.sh [PURPOSE]           build (default), test, check or coverage; each holds the one before; or fuzz
#   tools/packages.sh --list [PURPOSE]    only print the packages
#
# Does nothing at all where everything is there. Never removes a package.
set -euo pipefail

build="make g++ cmake ninja-build pkg-config libcli11-dev libtomlplusplus-dev nlohmann-json3-dev"
build+=" libfmt-dev libhwy-dev libutf8proc-dev libxxhash-dev zlib1g-dev libpng-dev"
test="libgtest-dev python3"
check="clang-format clang-tidy"
coverage="gcovr"
fuzz="clang libclang-rt-14-dev"

say() { printf '%s\n' "$*" >&2; }

packages_for() {
  case $1 in
    build) echo "$build" ;;
    test) echo "$build $test" ;;
    check) echo "$build $test $check" ;;
    coverage) echo "$build $test $check $coverage" ;;
    fuzz) echo "$build $fuzz" ;;
    *) say "tools/packages.sh: unknown purpose '$1': build, test, check, coverage or fuzz"; exit 2 ;;
  esac
}

installed() {
  [ "$(dpkg-query --show --showformat '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

list_only=
if [ "${1-}" = --list ]; then list_only=1; shift; fi
purpose=${1:-build}
wanted=$(packages_for "$purpose")
if [ "$list_only" ]; then echo "$wanted"; exit; fi

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  say "This is no Debian system: please see yourself that there is what these Debian packages hold: $wanted"
  exit 0
fi

missing=
for package in $wanted; do installed "$package" || missing+=" $package"; done
[ "$missing" ] || exit 0

say "Debian packages to install:$missing"
if [ "$(id -u)" = 0 ]; then
  root=(env)
elif command -v sudo >/dev/null; then
  root=(sudo env)
else
  say "That needs root, and there is no sudo. As root, run"
  say "  apt-get update && apt-get install --no-remove$missing"
  exit 1
fi
quiet=(-qq -o Dpkg::Use-Pty=0 -o Acquire::Retries=3)
"${root[@]}" apt-get "${quiet[@]}" update </dev/null >&2
# Recommendations stay out: the documentation of a compiler is not needed to use it.
"${root[@]}" DEBIAN_FRONTEND=noninteractive apt-get "${quiet[@]}" install --yes --no-remove --no-install-recommends \
  --no-upgrade $missing </dev/null >&2
