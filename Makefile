# SPDX-License-Identifier: ISC
# make            the programs, in build/bin/
# make demo       a server with a demo mailbox on 127.0.0.1:1110, or PORT=
# make check      every test          make SAN=1 check    with sanitizers
# make install    PREFIX=/usr/local DESTDIR=; STRIP= keeps the debug symbols
# make uninstall  with the same PREFIX and DESTDIR
# make dist       the source, in build/dist/
# make deb        a Debian package, in build/deb/
# make bench      compares with Debian's other POP3 servers (doc/performance.md)
# make scale-shared | scale-spread | scale-figures: many hosts (doc/scale.md)
# make lint | format | fuzz | clean
# make help       these lines
# PAM=1 adds checkpw-pam.
# LIBC=system builds against the system's C library instead of musl.
# LIBXCRYPT= builds without libxcrypt, as if it were not installed.
# Every target uses all processors, unless you give make a -j.
PREFIX   ?= /usr/local
BINDIR   ?= $(PREFIX)/bin
COMPATDIR ?= $(PREFIX)/libexec/popchain
MANDIR   ?= $(PREFIX)/share/man
DOCDIR   ?= $(PREFIX)/share/doc/popchain
STRIP    ?= strip
PROGRAMS := popup checkpw maildir-pop3d
COMPAT   := $(addprefix popup/compat/,popa3d pop3d popper mdpop3d)

.DEFAULT_GOAL := all
include lib/toolchain.mk

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

# checkpw-pam is built with PAM=1, and for the tests.
PAMLOGIN := $(BUILD)/bin/checkpw-pam
EXTRA     = $(BUILD)/bin/checkpw-nss $(if $(PAM),$(PAMLOGIN))

all: notice $(BINARIES:%=$(BUILD)/bin/%) $(EXTRA)

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

$(PAMLOGIN): $(call shared,$(call sources,checkpw/pam) $(call parts,checkpw)) $(SHAREDLIB)
	@mkdir -p $(@D)
	$(call run,LINK)$(call SHARED,$^) -lpam

$(LIB): $(call objects,$(call tree,lib))
$(SHAREDLIB): $(call shared,$(call tree,lib))

# demo, check, bench and lint may be the first target on a fresh machine.  They
# install missing packages, and then start make again, which finds the compiler.
# Without a terminal as its input, tests/setup asks no question.
DEMO := $(PROGRAMS:%=$(BUILD)/bin/%)
demo:
	@$(if $(PORT),tests/demo/port '$(PORT)' >/dev/null)
	@tests/setup build </dev/null
	@$(MAKE) -q $(DEMO) >/dev/null 2>&1 || echo 'compiling $(PROGRAMS): half a minute with two processors'
	@$(MAKE) --no-print-directory $(if $(V),,-s) $(DEMO)
	@exec tests/demo/run $(BUILD) $(PORT:%='%')

# doc/deploy's folders, the deepest first, and the files of a folder that have this
# mode.
DEPLOYDIRS := $(filter-out doc/deploy/debian%,$(shell find doc/deploy -depth -type d))
deployed    = $(shell find $(1) -maxdepth 1 -type f $(if $(filter 755,$(2)),-perm -u+x,! -perm -u+x))

# What is installed where.  $(call installed,put) and $(call installed,remove)
# call put or remove for each folder, with FOLDER, MODE, FILES and, if the files
# are to be stripped, `programs'.
define installed
$(call $(1),$(BINDIR),755,$(BINARIES:%=$(BUILD)/bin/%) $(EXTRA),programs)
$(call $(1),$(COMPATDIR),755,$(COMPAT))
$(call $(1),$(COMPATDIR),644,$(wildcard popup/compat/*.sh))
$(call $(1),$(MANDIR)/man7,644,$(wildcard doc/*.7))
$(call $(1),$(MANDIR)/man8,644,$(filter-out $(if $(PAM),,%/checkpw-pam.8),$(wildcard doc/*.8)))
$(call $(1),$(DOCDIR),644,README.md LICENSE $(wildcard doc/*.md))
$(call $(1),$(DOCDIR)/performance,644,$(wildcard doc/performance/*.svg))
$(call $(1),$(DOCDIR)/figures,644,$(wildcard doc/figures/*.svg))
$(foreach d,$(DEPLOYDIRS),$(call $(1),$(DOCDIR)/$(d:doc/%=%),644,$(call deployed,$(d),644))$(call $(1),$(DOCDIR)/$(d:doc/%=%),755,$(call deployed,$(d),755)))
endef
# A service may start a program at any moment.  So each file is written under
# another name in the same folder, and then renamed.
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
# Only folders of our own are removed, the deepest first.
OWN_DIRS := $(COMPATDIR) $(addprefix $(DOCDIR)/,performance figures $(DEPLOYDIRS:doc/%=%)) $(DOCDIR)
uninstall: PAM := 1
uninstall:
	$(call installed,remove)
	@for d in $(OWN_DIRS:%='$(DESTDIR)%'); do rmdir "$$d" 2>/dev/null || :; done
clean:
	rm -rf build

# The source archive has the same bytes wherever it is made: from git's HEAD, or
# from an archive that was unpacked.  Its files are as old as the release.
RELEASE  = popchain-$(call ask,sed -n 's/.* kVersion = "\(.*\)";/\1/p' lib/process/program.h)
RELEASED = $(call ask,date -d "$$(sed -n 's/^ -- .*>  //p' doc/deploy/debian/changelog | head -n 1)" +%s)
dist:
	@rm -rf build/dist && mkdir -p build/dist/$(RELEASE)
	@if [ -e .git ]; then git archive -o build/dist/tree.tar HEAD; else \
	  tar --exclude=./build --exclude=./debian --exclude=./tests/setup.log -cf build/dist/tree.tar .; fi
	@tar -xf build/dist/tree.tar -C build/dist/$(RELEASE)
	@tar -C build/dist --sort=name --format=gnu --mtime=@$(RELEASED) --owner=0 --group=0 --numeric-owner \
	  --mode=u=rwX,go=rX -cf build/dist/$(RELEASE).tar $(RELEASE)
	@gzip -9n build/dist/$(RELEASE).tar
	@rm -rf build/dist/tree.tar build/dist/$(RELEASE)
	@echo build/dist/$(RELEASE).tar.gz
# The package depends on nothing in the environment of make.
deb: dist
	@tests/setup build deb </dev/null
	@rm -rf build/deb && mkdir -p build/deb
	@cp build/dist/$(RELEASE).tar.gz build/deb/$(subst -,_,$(RELEASE)).orig.tar.gz
	@umask 022 && tar -xf build/dist/$(RELEASE).tar.gz -C build/deb && cd build/deb/$(RELEASE) && \
	  cp -R doc/deploy/debian debian && \
	  env -i PATH="$$PATH" HOME="$$HOME" dpkg-buildpackage -us -uc -jauto
	@rm -rf build/deb/$(RELEASE)
	@ls build/deb/*.deb

help:
	@sed -n '2,/^$$/s/^# \{0,1\}//p' Makefile

include tests/tests.mk
.PHONY: all demo install uninstall clean dist deb help
