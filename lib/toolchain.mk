# SPDX-License-Identifier: ISC
# Finds the compiler and the C library, and says how to compile and to link.
# In: CXX, CC, LIBC, SAN, LIBXCRYPT, PCH, CXXFLAGS, CPPFLAGS, LDFLAGS, V.
# Out: BUILD and the folders of objects; LINKER and SHARED, which link a
# program; CRYPT, the arguments that link crypt(3); run, which shows a short
# line in place of a command.

CXXFLAGS ?= -O2 -g

# The output of a command that runs before anything is built.  It does not read
# the terminal, even if its arguments are empty.  A missing command yields
# nothing.
ask = $(shell { $(1); } </dev/null 2>/dev/null)

# A -j on the command line overrides this one.  A make that was started by make
# gets its -j from there.
ifeq ($(MAKELEVEL)$(filter -j%,$(call ask,printenv MAKEFLAGS)),0)
  MAKEFLAGS += -j$(or $(call ask,nproc),1)
endif
# Keeps the order of `make clean all'.
ifneq ($(and $(filter clean demo check bench lint format uninstall dist deb,$(MAKECMDGOALS)),$(word 2,$(MAKECMDGOALS))),)
.NOTPARALLEL:
endif

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
# V=1 shows whole commands, make -s shows nothing.
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
# The compiler's own C++ headers come before musl's.  lib/process/runtime.cc
# replaces libstdc++, which is not linked.  The crt files are named because
# musl-gcc cannot link with -static-pie.
CXXINC := $(call ask,$(CXX) -E -x c++ - -v 2>&1 | sed -n 's/^ \(.*c++.*\)/-isystem \1/p')
COMPILE = $(CXX) -specs=$(MUSL)/musl-gcc.specs -nostdinc++ $(CXXINC:=) \
          -idirafter /usr/include/$(MULTIARCH) -idirafter /usr/include \
          -D_GLIBCXX_EXTERN_TEMPLATE=0 '-D__GLIBC_PREREQ(a,b)=0' -D__locale_t=locale_t \
          $(BASE) $(WARN) $(HARD) $(FORTIFY)
gccfile = $(call ask,$(CXX) -print-file-name=$(1))
# One segment for code and constants, so that exec maps less: a login takes
# 657 us of processor time with it, 686 us without.
LINKER  = $(CC) -nostdlib -static-pie $(RELRO) -Wl,-z,noseparate-code $(LDFLAGS) -o $@ $(MUSL)/rcrt1.o $(MUSL)/crti.o \
          $(call gccfile,crtbeginS.o) $(1) -Wl,--start-group $(2) $(MUSL)/libc.a \
          $(call gccfile,libgcc.a) $(call gccfile,libgcc_eh.a) -Wl,--end-group \
          $(call gccfile,crtendS.o) $(MUSL)/crtn.o
else
COMPILE = $(CXX) $(SYSTEM)
LINKER  = $(CXX) -pie $(if $(SAN),,-static-libstdc++ -static-libgcc) $(RELRO) $(SANITIZE) $(LDFLAGS) -o $@ $(1) $(2)
endif

# The library libxcrypt, recognized by a function that no other has; empty
# without it.  The C library's crypt_r, if there is one, replaces it
# (checkpw/crypt/libc_crypt.cc).  That is a weak reference, for which the linker
# needs an option.
library    = $(call ask,$(CC) -print-file-name=libcrypt.$(1))
LIBXCRYPT := $(call ask,grep -ls crypt_checksalt $(call library,$(if $(filter musl,$(LIBC)),a,so)))
WEAKLY    := -Wl,--no-as-needed
LCRYPT    := $(if $(LIBXCRYPT),,$(WEAKLY)) $(if $(filter /%,$(call library,so)),-lcrypt)
CRYPTR    := $(if $(call ask,grep -ls crypt_r $(MUSL)/libc.a),-Wl$(comma)-u$(comma)crypt_r)
CRYPT     := $(if $(filter musl,$(LIBC)),$(or $(LIBXCRYPT),$(CRYPTR)),$(LCRYPT))
# checkpw-nss asks the system's name services, so it needs the shared libc.
SHARED  = $(CXX) -pie -static-libstdc++ -static-libgcc $(RELRO) $(SANITIZE) $(LDFLAGS) -o $@ $(1) $(LCRYPT)

# --- Objects -----------------------------------------------------------------
# Three kinds of objects, each compiled once for all builds: for the programs;
# for the system's C library (checkpw-nss and the unit tests); with sanitizers
# (the fuzz targets).  LIBC=system needs two of them, SAN=1 one.  Objects for
# musl and for the system's C library have different folders, because musl may
# be installed after a build without it.
OBJ     := build$(if $(SAN),/san,$(if $(filter system,$(LIBC)),/system))/obj
SHAREDOBJ := $(if $(SAN),$(OBJ),build/system/obj)
SANOBJ  := build/san/obj
shared   = $(patsubst %.cc,$(SHAREDOBJ)/%.o,$(1))
LIB     := $(OBJ)/lib.a
SHAREDLIB := $(SHAREDOBJ)/lib.a

# The rules for one kind of objects.  Precompiled headers save a third of the
# time.  If their options do not match, the compiler reads the header's copy
# beside them.  runtime.cc does not include them, because it defines some
# functions differently.  With PCH= there are none, and g++ rejects the empty file:
# with them, its debug information differs from one run to the next.
PCH ?= 1
define compiled
$(1)/standard.h.gch: lib/standard.h lib/toolchain.mk $(if $(COMPILER),,no-compiler)
	@mkdir -p $$(@D)
	@cp $$< $$(@:.gch=)
	$(if $(PCH),$$(call run,CXX)$(2) -MD -MP -MF $$(@:.gch=.d) -x c++-header -o $$@ $$<,@: >$$@)
$(1)/%.o: %.cc $(1)/standard.h.gch
	@mkdir -p $$(@D)
	$$(call run,CXX)$(2) $$(if $$(filter lib/process/runtime.cc,$$<),,-include $(1)/standard.h) -MMD -MP -c -o $$@ $$<
endef
$(eval $(call compiled,$(SANOBJ),$(CXX) $(BASE) $(WARN) $(HARD) $(CHECKED) $(CPPFLAGS) $(CXXFLAGS) -O1))
$(if $(SAN),,$(eval $(call compiled,$(SHAREDOBJ),$(CXX) $(SYSTEM) $(CPPFLAGS) $(CXXFLAGS))))
$(if $(filter $(SANOBJ) $(SHAREDOBJ),$(OBJ)),,$(eval $(call compiled,$(OBJ),$(COMPILE) $(CPPFLAGS) $(CXXFLAGS))))

# If the choice changes, the objects that depend on it are compiled again.
CHOICE  := $(BUILD)/$(if $(LIBXCRYPT),libxcrypt,libc_crypt).chosen
$(CHOICE):
	@mkdir -p $(@D)
	@rm -f $(BUILD)/*.chosen
	@touch $@
$(foreach f,libxcrypt libc_crypt,$(patsubst %,%/checkpw/crypt/$(f).o,$(sort $(OBJ) $(SHAREDOBJ) $(SANOBJ)))): $(CHOICE)

notice:
ifneq ($(COMPILER),)
ifeq ($(LIBC)$(SAN),system)
	@echo 'note: this build uses the system C library; with musl-tools installed, each program starts some ten times faster'
endif
ifeq ($(LIBXCRYPT),)
	@echo 'note: a build without libxcrypt: no yescrypt, and only the other hashes that the C library supports (none with musl-tools of Debian: only plain secrets)'
endif
endif
no-compiler:
	@echo '$(firstword $(CXX)) is missing: "sh tests/setup build" installs what the build needs' >&2
	@exit 1

%/obj/lib.a:
	@rm -f $@
	$(call run,AR)$(AR) qcs $@ $^
.PRECIOUS: $(SANOBJ)/%.o
-include $(call ask,find $(sort $(OBJ) $(SHAREDOBJ) $(SANOBJ)) -name '*.d')
.PHONY: notice no-compiler
