# Two commands for a fresh Debian 12: make demo, make test. Each installs what it needs, builds and runs.
.DEFAULT_GOAL := help
.PHONY: help build demo test soak bench check format tidy coverage clean

help:            ## this list
	@awk -F ':|## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$NF}' Makefile

build:           ## the program, build/release/cadena
	@tools/build.sh

demo:            ## trains on the bundled corpus, prints the held-out score, tags fresh sentences
	@tools/demo.sh

test:            ## all tests
	@tools/packages.sh test
	@cmake --preset release -DCADENA_BUILD_TESTS=ON >/dev/null
	@cmake --build build/release
	@tools/unit_tests.sh build/release/tests/cadena_tests
	@ctest --preset release --label-exclude unit

soak:            ## the tests that take hours, fuzzing and damaged models among them
	@tools/soak.sh

bench:           ## times layers beside oneDNN and PyTorch, where they are installed; more than an hour
	@tools/packages.sh test
	@cmake --preset release -DCADENA_BUILD_BENCH=ON >/dev/null
	@cmake --build build/release --target bench/all
	@bench/compare.py

check:           ## what CI does
	@.ci/run

format:          ## formats all sources
	@tools/format.sh -i

tidy:            ## clang-tidy over the library and the program
	@tools/tidy.sh

coverage:        ## all tests, then the share of lines that they reach
	@tools/packages.sh coverage
	@cmake --preset coverage >/dev/null
	@cmake --build build/coverage
	@ctest --preset coverage
	@gcovr --root . --filter cadena/ --filter apps/ --exclude-throw-branches --exclude-unreachable-branches \
	  build/coverage/CMakeFiles

clean:           ## removes build/
	@rm -rf build
