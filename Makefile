# make            the programs, in build/bin/
# make demo       a server with a demo mailbox on 127.0.0.1:1110, or PORT=
# make check      every test          make SAN=1 check    with sanitizers
# make install    PREFIX=/usr/local DESTDIR=; STRIP= keeps the debug symbols
# make uninstall  with the same PREFIX and DESTDIR
# make bench      ours beside Debian's other POP3 servers (doc/performance.md)
# make lint | format | fuzz | clean
# PAM=1 adds checkpw-pam.
# LIBC=system builds against the system's C library instead of musl.
# LIBXCRYPT= builds without libxcrypt, as where it is not installed.
# Every target uses all processors, unless make is given a -j.
PREFIX   ?= /usr/local
BINDIR   ?= $(PREFIX)/bin
COMPATDIR ?= $(PREFIX)/libexec/popchain
MANDIR   ?= $(PREFIX)/share/man
DOCDIR   ?= $(PREFIX)/share/doc/popchain
CXXFLAGS ?= -O2 -g
STRIP    ?= strip
CLANGXX  ?= clang++
PROGRAMS := popup checkpw maildir-pop3d

# The output of a command that runs before anything is built.  The command may
# be missing, and its arguments empty: it must not read the terminal then.
ask = $(shell { $(1); } </dev/null 2>/dev/null)

# A -j of the command line wins over this one, and make with a -j of its own
# hands that on to the makes that it starts.
ifeq ($(MAKELEVEL)$(filter -j%,$(call ask,printenv MAKEFLAGS)),0)
  MAKEFLAGS += -j$(or $(call ask,nproc),1)
endif
# `make clean all' is still done in this order.
ifneq ($(and $(filter clean demo check bench lint format uninstall,$(MAKECMDGOALS)),$(word 2,$(MAKECMDGOALS))),)
.NOTPARALLEL:
endif

# --- Which C library (doc/design.md, "The build") ---------------------------
CC        := $(if $(filter default,$(origin CC)),gcc,$(CC))
CXX       := $(if $(filter default,$(origin CXX)),g++,$(CXX))
COMPILER  := $(call ask,command -v $(firstword $(CXX)))
MULTIARCH := $(call ask,$(CXX) -print-multiarch)
MUSL      := /usr/lib/$(subst -gnu,-musl,$(MULTIARCH))
ifndef LIBC
  LIBC  := $(if $(SAN),system,$(if $(wildcard $(MUSL)/rcrt1.o),musl,system))
  BUILD := build$(if $(SAN),/san)
endif
BUILD ?= build/$(LIBC)$(if $(SAN),-san)

comma := ,
# V=1 shows whole commands, make -s nothing.
silent = $(findstring s,$(firstword -$(MAKEFLAGS)))
run    = $(if $(V),,@$(if $(silent),,echo '  $(1)  $@';))
CHECKED := -fsanitize=address,undefined -fno-sanitize-recover=all -DPOPCHAIN_SANITIZED
SANITIZE := $(if $(SAN),$(CHECKED))
BASE := -std=c++20 -fno-exceptions -fno-rtti -fPIE -I. -D_GNU_SOURCE -D_GLIBCXX_ASSERTIONS
WARN := -Wall -Wextra -Wshadow -Wconversion -Wold-style-cast -Wcast-qual -Wformat=2 -Wno-missing-field-initializers
HARD := -fstack-protector-strong -fstack-clash-protection -ffunction-sections -fdata-sections
FORTIFY := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
SYSTEM := $(BASE) $(WARN) $(HARD) $(FORTIFY)
RELRO := -Wl,-z,relro,-z,now,-z,noexecstack,--gc-sections

ifeq ($(LIBC),musl)
# The compiler's own C++ headers in front of musl's; no libstdc++ is linked
# (lib/process/runtime.cc stands in), and crt files are named, because the musl-gcc
# wrapper knows no static-pie.
CXXINC := $(call ask,$(CXX) -E -x c++ - -v 2>&1 | sed -n 's/^ \(.*c++.*\)/-isystem \1/p')
COMPILE = $(CXX) -specs=$(MUSL)/musl-gcc.specs -nostdinc++ $(CXXINC:=) \
          -idirafter /usr/include/$(MULTIARCH) -idirafter /usr/include \
          -D_GLIBCXX_EXTERN_TEMPLATE=0 '-D__GLIBC_PREREQ(a,b)=0' -D__locale_t=locale_t \
          $(BASE) $(WARN) $(HARD) $(FORTIFY)
gccfile = $(call ask,$(CXX) -print-file-name=$(1))
# One segment for code and constants: an exec maps and unmaps less.
LINKER  = $(CC) -nostdlib -static-pie $(RELRO) -Wl,-z,noseparate-code $(LDFLAGS) -o $@ $(MUSL)/rcrt1.o $(MUSL)/crti.o \
          $(call gccfile,crtbeginS.o) $(1) -Wl,--start-group $(2) $(MUSL)/libc.a \
          $(call gccfile,libgcc.a) $(call gccfile,libgcc_eh.a) -Wl,--end-group \
          $(call gccfile,crtendS.o) $(MUSL)/crtn.o
else
COMPILE = $(CXX) $(SYSTEM)
LINKER  = $(CXX) -pie $(if $(SAN),,-static-libstdc++ -static-libgcc) $(RELRO) $(SANITIZE) $(LDFLAGS) -o $@ $(1) $(2)
endif

# libxcrypt, known by a function that it alone has; empty without it.  Then the
# C library's crypt_r is taken, if there is one (checkpw/crypt/libc_crypt.cc): weakly,
# so that the linker has to be told.
library    = $(call ask,$(CC) -print-file-name=libcrypt.$(1))
LIBXCRYPT := $(call ask,grep -ls crypt_checksalt $(call library,$(if $(filter musl,$(LIBC)),a,so)))
WEAKLY    := -Wl,--no-as-needed
LCRYPT    := $(if $(LIBXCRYPT),,$(WEAKLY)) $(if $(filter /%,$(call library,so)),-lcrypt)
CRYPTR    := $(if $(call ask,grep -ls crypt_r $(MUSL)/libc.a),-Wl$(comma)-u$(comma)crypt_r)
CRYPT     := $(if $(filter musl,$(LIBC)),$(or $(LIBXCRYPT),$(CRYPTR)),$(LCRYPT))
# checkpw-nss asks the system's name services, so it keeps the shared libc.
SHARED  = $(CXX) -pie -static-libstdc++ -static-libgcc $(RELRO) $(SANITIZE) $(LDFLAGS) -o $@ $(1) $(LCRYPT)

# --- What is built of what ---------------------------------------------------
# FOLDER/main.cc is the program FOLDER, FOLDER/main_X.cc is FOLDER-X.
MAINS   := $(foreach p,$(PROGRAMS),$(wildcard $(p)/main.cc $(p)/main_*.cc))
program  = $(subst /main_,-,$(patsubst %/main,%,$(basename $(1))))
BINARIES := $(call program,$(MAINS))
sources  = $(wildcard $(1)/*.cc)
# A program's own folder and those below it; checkpw/pam is another program.
folders  = $(1) $(patsubst %/,%,$(filter-out checkpw/pam/,$(sort $(dir $(wildcard $(1)/*/*.cc $(1)/*/*.h)))))
tree     = $(foreach d,$(call folders,$(1)),$(call sources,$(d)))
parts    = $(filter-out $(MAINS) $(if $(LIBXCRYPT),checkpw/crypt/libc_crypt.cc,checkpw/crypt/libxcrypt.cc),$(call tree,$(1)))
objects  = $(patsubst %.cc,$(OBJ)/%.o,$(1))

# Three kinds of objects, each compiled once for all builds: for the programs;
# for the system's C library (checkpw-nss and the unit tests); with sanitizers
# (the fuzz targets).  LIBC=system needs two of them, SAN=1 one.  Their folders
# name the C library: musl may come when a build without it is there.
OBJ     := build$(if $(SAN),/san,$(if $(filter system,$(LIBC)),/system))/obj
SHAREDOBJ := $(if $(SAN),$(OBJ),build/system/obj)
SANOBJ  := build/san/obj
shared   = $(patsubst %.cc,$(SHAREDOBJ)/%.o,$(1))
LIB     := $(OBJ)/lib.a
SHAREDLIB := $(SHAREDOBJ)/lib.a
CODE     = $(wildcard $(foreach d,$(foreach p,lib $(PROGRAMS),$(call folders,$(p))) checkpw/pam tests/unit tests/fuzz tests/helpers tests/bench tests/bench/popbench,$(d)/*.cc $(d)/*.h))

# checkpw-pam is built where it is asked for; the tests want it as well.
PAMLOGIN := $(BUILD)/bin/checkpw-pam
EXTRA     = $(BUILD)/bin/checkpw-nss $(if $(PAM),$(PAMLOGIN))
TESTPAM  := $(if $(wildcard /usr/include/security/pam_appl.h),$(PAMLOGIN))

all: notice $(BINARIES:%=$(BUILD)/bin/%) $(EXTRA)

notice:
ifneq ($(COMPILER),)
ifeq ($(LIBC)$(SAN),system)
	@echo 'note: building against the system C library; with musl-tools each program starts some ten times faster'
endif
ifeq ($(LIBXCRYPT),)
	@echo 'note: building without libxcrypt: no yescrypt, and of other hashes those that the C library knows (with musl-tools of Debian: none, only plain secrets)'
endif
endif
no-compiler:
	@echo '$(firstword $(CXX)) is missing: "sh tests/setup build" installs what the build needs' >&2
	@exit 1

define binary
$(BUILD)/bin/$(1): $(call objects,$(2) $(call parts,$(3))) $(LIB)
	@mkdir -p $$(@D)
	$$(call run,LINK)$$(call LINKER,$(call objects,$(2) $(call parts,$(3))),$(LIB) $(if $(filter checkpw,$(3)),$$(CRYPT)))
endef
$(foreach p,$(PROGRAMS),$(foreach m,$(filter $(p)/%,$(MAINS)),\
  $(eval $(call binary,$(call program,$(m)),$(m),$(p)))))

$(BUILD)/bin/checkpw-nss: $(call shared,checkpw/main.cc $(call parts,checkpw)) $(SHAREDLIB)
	@mkdir -p $(@D)
	$(call run,LINK)$(call SHARED,$^)

# Where the choice changes, what depends on it is made anew.
CHOICE  := $(BUILD)/$(if $(LIBXCRYPT),libxcrypt,libc_crypt).chosen
$(CHOICE):
	@mkdir -p $(@D)
	@rm -f $(BUILD)/*.chosen
	@touch $@
$(foreach f,libxcrypt libc_crypt,$(patsubst %,%/checkpw/crypt/$(f).o,$(sort $(OBJ) $(SHAREDOBJ) $(SANOBJ)))): $(CHOICE)

$(PAMLOGIN): $(call shared,$(call sources,checkpw/pam) $(call parts,checkpw)) $(SHAREDLIB)
	@mkdir -p $(@D)
	$(call run,LINK)$(call SHARED,$^) -lpam

%/obj/lib.a:
	@rm -f $@
	$(call run,AR)$(AR) rcs $@ $^
$(LIB): $(call objects,$(call tree,lib))
$(SHAREDLIB): $(call shared,$(call tree,lib))

# The objects of a kind.  Precompiled headers save a third of the time; if they
# do not fit the options, the compiler reads the copy beside them.  runtime.cc
# defines what those headers define otherwise.
define compiled
$(1)/standard.h.gch: lib/standard.h Makefile $(if $(COMPILER),,no-compiler)
	@mkdir -p $$(@D)
	@cp $$< $$(@:.gch=)
	$$(call run,CXX)$(2) -MD -MP -MF $$(@:.gch=.d) -x c++-header -o $$@ $$<
$(1)/%.o: %.cc $(1)/standard.h.gch
	@mkdir -p $$(@D)
	$$(call run,CXX)$(2) $$(if $$(filter lib/process/runtime.cc,$$<),,-include $(1)/standard.h) -MMD -MP -c -o $$@ $$<
endef
$(eval $(call compiled,$(SANOBJ),$(CXX) $(BASE) $(WARN) $(HARD) $(CHECKED) $(CPPFLAGS) $(CXXFLAGS) -O1))
$(if $(SAN),,$(eval $(call compiled,$(SHAREDOBJ),$(CXX) $(SYSTEM) $(CPPFLAGS) $(CXXFLAGS))))
$(if $(filter $(SANOBJ) $(SHAREDOBJ),$(OBJ)),,$(eval $(call compiled,$(OBJ),$(COMPILE) $(CPPFLAGS) $(CXXFLAGS))))

# --- Tests -------------------------------------------------------------------
# The unit tests link every file but the mains; fuzz targets replay their
# corpora under the sanitizers, with any compiler.
COMPAT    := $(addprefix popup/compat/,popa3d pop3d popper mdpop3d)
SCRIPTS   := .ci/run $(COMPAT) $(wildcard popup/compat/*.sh) tests/setup tests/run tests/demo/run tests/demo/port tests/bench/room tests/helpers/store $(wildcard tests/*.bats tests/helpers/*.bash tests/helpers/*.sh)
UNIT      := $(BUILD)/tests/unit
UNITPARTS  = $(foreach p,$(PROGRAMS),$(call parts,$(p))) $(call sources,tests/unit)
FUZZED    := $(patsubst tests/fuzz/fuzz_%.cc,%,$(wildcard tests/fuzz/fuzz_*.cc))
FUZZPARTS  = $(foreach p,$(PROGRAMS),$(call parts,$(p))) $(filter-out lib/process/runtime.cc,$(call tree,lib))

$(UNIT): $(call shared,$(UNITPARTS)) $(SHAREDLIB)
	@mkdir -p $(@D)
	$(call run,LINK)$(call SHARED,$^)

REPLAYS   := $(FUZZED:%=build/san/tests/replay-%)
build/san/replay.a: $(patsubst %.cc,$(SANOBJ)/%.o,$(FUZZPARTS))
	@rm -f $@
	$(call run,AR)$(AR) rcs $@ $^
build/san/tests/replay-%: $(SANOBJ)/tests/fuzz/fuzz_%.o $(SANOBJ)/tests/fuzz/replay.o build/san/replay.a
	@mkdir -p $(@D)
	$(call run,LINK)$(CXX) $(CHECKED) -o $@ $^ $(LCRYPT)
$(BUILD)/fuzz/%: tests/fuzz/fuzz_%.cc $(FUZZPARTS)
	@mkdir -p $(@D)
	$(CLANGXX) $(BASE) -g -O1 $(CHECKED) -fsanitize=fuzzer -o $@ $^ $(LCRYPT)

# checkpw without libxcrypt: with a C library's crypt_r, and without any.
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

# Everything that the tests need beside the programs.
testable: all $(TESTPAM) $(UNIT) $(WITHOUT) $(REPLAYS)

# The targets that a fresh machine starts with install what is missing first
# and look at the machine anew after that.  With no terminal as its input the
# set-up asks for nothing.
DEMO := $(PROGRAMS:%=$(BUILD)/bin/%)
demo:
	@$(if $(PORT),tests/demo/port '$(PORT)' >/dev/null)
	@tests/setup build </dev/null
	@$(MAKE) -q $(DEMO) >/dev/null 2>&1 || echo 'compiling $(PROGRAMS): half a minute with two processors'
	@$(MAKE) --no-print-directory $(if $(V),,-s) $(DEMO)
	@exec tests/demo/run $(BUILD) $(PORT:%='%')
# For scripts that run make: the jobserver of this make is closed to them.
own_jobs = MAKEFLAGS="$$(echo "$$MAKEFLAGS" | sed 's/--jobserver-[^ ]*//')"
check:
	@echo "make check: $$(cat $(or $(TESTS:%=tests/%),tests/*.bats) | grep -c '^@test') tests$(if $(TESTS),,. All take 10 to 20 minutes with two processors)"
	@tests/setup build check </dev/null
	@$(MAKE) --no-print-directory testable
	@$(own_jobs) BUILD='$(abspath $(BUILD))' SAN='$(SAN)' TAGS='$(TAGS)' tests/run $(TESTS)
bench:
	@tests/setup build bench </dev/null
	@$(MAKE) --no-print-directory all
	@$(own_jobs) exec tests/bench/run --build $(abspath $(BUILD)) $(BENCH)
# The analyzer follows at most so many states of a function: its default finds
# nothing more here and takes twice as long.  The tests go without it.
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
	mandoc -Tlint -Wwarning doc/*.[1-8]
format:
	clang-format -i $(CODE)

# What is installed: $(call installed,put) and $(call installed,remove) expand
# to commands for each folder, called with FOLDER, MODE, FILES, and
# `programs' where they are some.
define installed
$(call $(1),$(BINDIR),755,$(BINARIES:%=$(BUILD)/bin/%) $(EXTRA),programs)
$(call $(1),$(COMPATDIR),755,$(COMPAT))
$(call $(1),$(COMPATDIR),644,$(wildcard popup/compat/*.sh))
$(call $(1),$(MANDIR)/man7,644,$(wildcard doc/*.7))
$(call $(1),$(MANDIR)/man8,644,$(filter-out $(if $(PAM),,%/checkpw-pam.8),$(wildcard doc/*.8)))
$(call $(1),$(DOCDIR),644,README.md LICENSE $(wildcard doc/*.md))
$(call $(1),$(DOCDIR)/performance,644,$(wildcard doc/performance/*.svg))
$(call $(1),$(DOCDIR)/deploy/fail2ban/filter.d,644,$(wildcard doc/deploy/fail2ban/filter.d/*.conf))
$(call $(1),$(DOCDIR)/deploy/fail2ban/jail.d,644,$(wildcard doc/deploy/fail2ban/jail.d/*.conf))
endef
# A service may start a program at any moment.  So each file is completed under
# a name of its own, in the same folder, and then renamed.
define put_file
	@echo '  INSTALL  $(DESTDIR)$(1)/$(notdir $(3))'; new='$(DESTDIR)$(1)/.$(notdir $(3)).'$$$$.new; \
	  install -m $(2) $(3) "$$new" $(if $(and $(4),$(STRIP)),&& $(STRIP) "$$new") && \
	  mv -f "$$new" '$(DESTDIR)$(1)/$(notdir $(3))' || { rm -f "$$new"; exit 1; }

endef
define put
	@install -d '$(DESTDIR)$(1)'
$(foreach f,$(3),$(call put_file,$(1),$(2),$(f),$(4)))
endef
define remove
	@if cd '$(DESTDIR)$(1)' 2>/dev/null; then rm -f $(foreach f,$(notdir $(3)),$(f) .$(f).*.new); fi

endef
install: all
	$(call installed,put)
# Folders that others use as well stay; these are ours, the deepest first.
OWN_DIRS := $(COMPATDIR) $(addprefix $(DOCDIR)/,performance deploy/fail2ban/filter.d deploy/fail2ban/jail.d deploy/fail2ban deploy) $(DOCDIR)
uninstall: PAM := 1
uninstall:
	$(call installed,remove)
	@for d in $(OWN_DIRS:%='$(DESTDIR)%'); do rmdir "$$d" 2>/dev/null || :; done
clean:
	rm -rf build

fuzz: $(FUZZED:%=$(BUILD)/fuzz/%)
	for f in $(FUZZED); do $(BUILD)/fuzz/$$f -max_total_time=$(or $(FUZZ_SECONDS),30) \
	  -artifact_prefix=$(BUILD)/fuzz/ $(BUILD)/fuzz tests/fuzz/corpus/$$f || exit; done

.PRECIOUS: $(SANOBJ)/%.o
-include $(call ask,find $(sort $(OBJ) $(SHAREDOBJ) $(SANOBJ)) -name '*.d')
.PHONY: all notice no-compiler testable demo check bench lint format install uninstall clean fuzz
