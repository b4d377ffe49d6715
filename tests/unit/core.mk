# Unit tests of core.
unit_ldadd_core = libcore.a libbase.a $(CORE_LIBS)
core_test_cppflags = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
core_test_ldadd = $(unit_ldadd_core) $(CMOCKA_LIBS)
UNIT_TESTS += \
	tests/unit/core/policy_test

tests_unit_core_policy_test_SOURCES = tests/unit/core/policy_test.c tests/unit/core/test.h
tests_unit_core_policy_test_CPPFLAGS = $(core_test_cppflags)
tests_unit_core_policy_test_LDADD = $(core_test_ldadd)
