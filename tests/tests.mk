# SPDX-License-Identifier: ISC
# For developers: the builds for the tests, and the targets check, lint, format,
# bench, scale-... and fuzz.

# Every C++ file and script of the project.
UNITDIRS = $(sort $(dir $(wildcard tests/unit/*.cc tests/unit/*/*.cc tests/unit/*/*/*.cc)))
CODE     = $(wildcard $(foreach d,$(foreach p,lib $(PROGRAMS),$(call folders,$(p))) checkpw/pam $(UNITDIRS) tests/fuzz tests/helpers tests/bench tests/bench/popbench,$(d:%/=%)/*.cc $(d:%/=%)/*.h))
SCRIPTS   := .ci/run $(shell grep -rl '^#!/bin/sh' doc/deploy) $(COMPAT) $(wildcard popup/compat/*.sh) tests/setup tests/run tests/demo/run tests/demo/port tests/bench/in-namespace tests/helpers/in-debian tests/helpers/store $(wildcard tests/*/*.bats tests/helpers/*.bash tests/helpers/*.sh)

# The tests use checkpw-pam if it can be built.
TESTPAM  := $(if $(wildcard /usr/include/security/pam_appl.h),$(PAMLOGIN))
CLANGXX   ?= clang++
# The unit tests link every file but the mains.  The replays run the fuzz
# targets on their corpora, with the sanitizers; any compiler can build them.
UNIT      := $(BUILD)/tests/unit
UNITPARTS  = $(foreach p,$(PROGRAMS),$(call parts,$(p))) $(filter tests/unit/%.cc,$(CODE))
FUZZED    := $(patsubst tests/fuzz/fuzz_%.cc,%,$(wildcard tests/fuzz/fuzz_*.cc))
FUZZPARTS  = $(foreach p,$(PROGRAMS),$(call parts,$(p))) $(filter-out lib/process/runtime.cc,$(call tree,lib))

$(UNIT): $(call shared,$(UNITPARTS)) $(SHAREDLIB)
	@mkdir -p $(@D)
	$(call run,LINK)$(call SHARED,$^)

REPLAYS   := $(FUZZED:%=build/san/tests/replay-%)
build/san/replay.a: $(patsubst %.cc,$(SANOBJ)/%.o,$(FUZZPARTS))
	@rm -f $@
	$(call run,AR)$(AR) qcs $@ $^
build/san/tests/replay-%: $(SANOBJ)/tests/fuzz/fuzz_%.o $(SANOBJ)/tests/fuzz/replay.o build/san/replay.a
	@mkdir -p $(@D)
	$(call run,LINK)$(CXX) $(CHECKED) -o $@ $^ $(LCRYPT)
$(BUILD)/fuzz/%: tests/fuzz/fuzz_%.cc $(FUZZPARTS)
	@mkdir -p $(@D)
	$(CLANGXX) $(BASE) -g -O1 $(CHECKED) -fsanitize=fuzzer -o $@ $^ $(LCRYPT)

# checkpw without libxcrypt: with the C library's crypt_r, and without any.
LIBCPARTS  = $(subst libxcrypt,libc_crypt,$(call parts,checkpw))
define without_libxcrypt
$(BUILD)/tests/libc-crypt/$(1): $(call shared,$(2) $(LIBCPARTS)) $(SHAREDLIB)
	@mkdir -p $$(@D)
	$$(call run,LINK)$$(call SHARED,$$(WEAKLY) $$^)
$(BUILD)/tests/no-crypt/$(1): $(call objects,$(2) $(LIBCPARTS)) $(LIB)
	@mkdir -p $$(@D)
	$$(call run,LINK)$$(call LINKER,$$^)
WITHOUT += $(BUILD)/tests/libc-crypt/$(1) $(BUILD)/tests/no-crypt/$(1)
endef
$(foreach m,main main_hash,$(eval $(call without_libxcrypt,$(call program,checkpw/$(m).cc),checkpw/$(m).cc)))

# The programs, and everything else that the tests need.
testable: all $(TESTPAM) $(UNIT) $(WITHOUT) $(REPLAYS)

# For scripts that run make: they cannot use the jobserver of this make.
own_jobs = MAKEFLAGS="$$(echo "$$MAKEFLAGS" | sed 's/--jobserver-[^ ]*//')"
# The test files that TESTS names.  A name may be a folder, or lack its folder.
CHOSEN    = $(or $(filter %.bats,$(foreach t,$(TESTS),$(wildcard tests/$(t) tests/*/$(t) tests/$(t)/*.bats))),$(wildcard tests/*/*.bats))
check:
	@echo "make check: $$(cat $(CHOSEN) | grep -c '^@test') tests$(if $(TESTS),,. This takes 10 to 20 minutes with two processors)"
	@tests/setup build check </dev/null
	@$(MAKE) --no-print-directory testable
	@$(own_jobs) BUILD='$(abspath $(BUILD))' SAN='$(SAN)' TAGS='$(TAGS)' tests/run $(TESTS)
bench:
	@tests/setup build bench </dev/null
	@$(MAKE) --no-print-directory all
	@$(own_jobs) exec tests/bench/run --build $(abspath $(BUILD)) $(BENCH)
# Two hosts, in namespaces; doc/scale.md.  SCALE holds options of the script.
scale-shared scale-spread scale-figures:
	@tests/setup build scale </dev/null
	@$(MAKE) --no-print-directory all
	@exec tests/scale/$(@:scale-%=%) --build $(abspath $(BUILD)) $(SCALE)
# max-nodes limits the states that the analyzer examines in a function.  Its
# default finds nothing more here, and takes twice as long.  The tests are
# checked without the analyzer.
TIDY    := clang-tidy --quiet
TIDIED   = -- $(BASE) -Wreserved-identifier -Xclang -analyzer-config -Xclang max-nodes=50000
TESTCODE = $(filter tests/%,$(CODE))
each     = printf '%s\n' $(1) | xargs -P "$$(nproc)" -I %
lint:
	@tests/setup build check lint </dev/null
	clang-format --dry-run -Werror $(CODE)
	$(call each,$(filter-out tests/% %.h,$(CODE))) $(TIDY) % $(TIDIED)
	$(call each,$(filter %.cc,$(TESTCODE))) $(TIDY) --checks='-clang-analyzer-*' % $(TIDIED)
	$(call each,$(filter %.h,$(CODE))) $(CXX) $(SYSTEM) -fsyntax-only -include ./% -x c++ /dev/null
	shellcheck $(SCRIPTS)
	tests/helpers/include-order
	mandoc -Tlint -Wwarning doc/*.[1-8]
format:
	clang-format -i $(CODE)

fuzz: $(FUZZED:%=$(BUILD)/fuzz/%)
	for f in $(FUZZED); do $(BUILD)/fuzz/$$f -max_total_time=$(or $(FUZZ_SECONDS),30) \
	  -artifact_prefix=$(BUILD)/fuzz/ $(BUILD)/fuzz tests/fuzz/corpus/$$f || exit; done

.PHONY: testable check bench lint format fuzz scale-shared scale-spread scale-figures
