# Unit tests (cmocka): NAME_test.c for each file of the source worth one.
# others of its layer. A program links its layer and those below, none above.
UNIT_TESTS =
# What a test is made of that lets memory run out.
starve_sources = tests/unit/starve.c tests/unit/starve.h
starve_ldflags = $(AM_LDFLAGS) -Wl,--wrap=malloc -Wl,--wrap=calloc \
	-Wl,--wrap=realloc -Wl,--wrap=strdup -Wl,--wrap=strndup
include tests/unit/base.mk
include tests/unit/core.mk
include tests/unit/conf.mk
include tests/unit/store.mk
include tests/unit/engine.mk
include tests/unit/report.mk
include tests/unit/front.mk
include tests/unit/prog.mk

if HAVE_CMOCKA
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
endif
