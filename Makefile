# One word for each daily habit; CMake does the work.
JOBS ?= $(shell nproc)
SECONDS ?= 60
TOTAL ?= 3600
REGRESS_RUNNER ?= $(wildcard ../shared/regress/run-openssh-regress)
PREFIX ?= /usr/local
SSHBENCH ?= $(wildcard ../shared/bench/sshbench.py)
# The system's, which has the system's modules (asyncssh, paramiko), before one of the user's.
PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)

all: build/release/build.ninja
	cmake --build --preset release -j $(JOBS)
build/release/build.ninja:
	cmake --preset release

test: all                 ## every test of the release build
	ctest --test-dir build/release -j $(JOBS) --output-on-failure
check: all                ## layout, clang-tidy, order of includes, headers alone, manual pages
	scripts/check.sh
interop: all              ## every algorithm with every other against the peers: long
	$(PYTHON) tests/scenarios/run.py --bin build/release/bin --full
regress: all              ## OpenSSH's regression suite: TESTS="connect @2" for a part
	REGRESS_RUNNER="$(REGRESS_RUNNER)" tests/regress/run.sh build/release/bin $(TESTS)
fuzz:                     ## each fuzz target for SECONDS (60)
	cmake --preset fuzz --log-level=WARNING
	cmake --build --preset fuzz -j $(JOBS) --target fuzzers
	fuzz/run.sh -s $(SECONDS)
fuzz-hours:               ## the targets with the least time in fuzz/hours.txt, SECONDS (60) each, for TOTAL (3600)
	cmake --preset fuzz --log-level=WARNING
	cmake --build --preset fuzz -j $(JOBS) --target fuzzers
	fuzz/run.sh -k -s $(SECONDS) -t $(TOTAL)
asan:                     ## unit tests and scenarios under the address and undefined-behaviour sanitizers: long
	cmake --preset asan --log-level=WARNING
	cmake --build --preset asan -j $(JOBS)
	ctest --test-dir build/asan -j $(JOBS) -L unit --output-on-failure
	$(PYTHON) tests/scenarios/run.py --bin build/asan/bin
tsan:                     ## unit tests and scenarios under the thread sanitizer: long
	cmake --preset tsan --log-level=WARNING
	cmake --build --preset tsan -j $(JOBS)
	ctest --test-dir build/tsan -j $(JOBS) -L unit --output-on-failure
	$(PYTHON) tests/scenarios/run.py --bin build/tsan/bin
faults: all               ## every system call of every journey fails once: long
	$(PYTHON) tests/scenarios/run.py --bin build/release/bin --full faults
bench: all                ## micro-benchmarks, then whole programs beside the machine's OpenSSH
	cmake --build --preset release -j $(JOBS) --target benchmarks
	SSHBENCH="$(SSHBENCH)" bench/run.sh build/release
# PREFIX, DESTDIR, and PROGRAM_PREFIX (nacre- makes nacre-ssh) choose where and under which names.
install:                  ## programs, library, manual pages, completion, units: PREFIX=/usr/local
	cmake --preset release -B build/install -DCMAKE_INSTALL_PREFIX="$(PREFIX)" -DNACRE_TESTS=OFF -DNACRE_BENCH=OFF --log-level=WARNING
	cmake --build build/install -j $(JOBS) --target programs library
	NACRE_PROGRAM_PREFIX="$(PROGRAM_PREFIX)" DESTDIR="$(DESTDIR)" cmake --install build/install --strip
reference:                ## the library's interface, from the comments in its headers: build/reference/html
	$(PYTHON) docs/reference/make.py build/reference
package:                  ## Debian packages, into build/packages
	packaging/make-packages.sh
format:                   ## lays out the lines changed since main
	git clang-format-19 main
clean:
	rm -rf build
help:
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile

.PHONY: all test check interop regress fuzz fuzz-hours asan tsan faults bench install reference package format clean help
