# Two commands for a fresh Debian 12: make demo, make test. Each installs what it needs, builds and runs.
.DEFAULT_GOAL := help
.PHONY: help build demo test check coverage clean

help:            ## this list
	@sed -n 's/^\([a-z]*\): .*##/make \1 /p' Makefile

build:           ## the program, build/release/cadena
	@tools/packages.sh build
	@cmake --preset release -DCADENA_BUILD_TESTS=OFF >/dev/null
	@cmake --build build/release --target cadena_program

demo: build      ## trains on the bundled corpus, prints the held-out score, tags fresh sentences
	@tools/demo.sh

test:            ## all tests
	@tools/packages.sh test
	@cmake --preset release -DCADENA_BUILD_TESTS=ON >/dev/null
	@cmake --build build/release
	@ctest --preset release

check:           ## what CI does
	@.ci/run

coverage:        ## tests with line coverage
	@tools/packages.sh coverage
	@cmake --preset coverage >/dev/null
	@cmake --build build/coverage
	@ctest --preset coverage
	@gcovr --root . --filter cadena/ --filter apps/ build/coverage

clean:           ## removes build/
	@rm -rf build
