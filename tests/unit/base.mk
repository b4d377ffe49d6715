# Unit tests of base.
unit_ldadd_base = libbase.a
base_test_cppflags = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
base_test_ldadd = $(unit_ldadd_base) $(CMOCKA_LIBS)
UNIT_TESTS += \
	tests/unit/base/addr_test \
	tests/unit/base/buf_test \
	tests/unit/base/clock_test \
	tests/unit/base/escape_test \
	tests/unit/base/log_test \
	tests/unit/base/slice_test \
	tests/unit/base/sockspec_test \
	tests/unit/base/table_test

tests_unit_base_addr_test_SOURCES = tests/unit/base/addr_test.c \
	tests/unit/base/test.h
tests_unit_base_addr_test_CPPFLAGS = $(base_test_cppflags)
tests_unit_base_addr_test_LDADD = $(base_test_ldadd)

tests_unit_base_buf_test_SOURCES = tests/unit/base/buf_test.c \
	tests/unit/base/test.h
tests_unit_base_buf_test_CPPFLAGS = $(base_test_cppflags)
tests_unit_base_buf_test_LDADD = $(base_test_ldadd)

tests_unit_base_clock_test_SOURCES = tests/unit/base/clock_test.c \
	tests/unit/base/test.h
tests_unit_base_clock_test_CPPFLAGS = $(base_test_cppflags)
tests_unit_base_clock_test_LDADD = $(base_test_ldadd)

tests_unit_base_escape_test_SOURCES = tests/unit/base/escape_test.c \
	tests/unit/base/test.h
tests_unit_base_escape_test_CPPFLAGS = $(base_test_cppflags)
tests_unit_base_escape_test_LDADD = $(base_test_ldadd)

tests_unit_base_log_test_SOURCES = tests/unit/base/log_test.c \
	tests/unit/base/test.h
tests_unit_base_log_test_CPPFLAGS = $(base_test_cppflags)
tests_unit_base_log_test_LDADD = $(base_test_ldadd)
tests_unit_base_log_test_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=syslog -Wl,--wrap=__syslog_chk

tests_unit_base_slice_test_SOURCES = tests/unit/base/slice_test.c \
	tests/unit/base/test.h
tests_unit_base_slice_test_CPPFLAGS = $(base_test_cppflags)
tests_unit_base_slice_test_LDADD = $(base_test_ldadd)

tests_unit_base_sockspec_test_SOURCES = tests/unit/base/sockspec_test.c \
	tests/unit/base/test.h
tests_unit_base_sockspec_test_CPPFLAGS = $(base_test_cppflags)
tests_unit_base_sockspec_test_LDADD = $(base_test_ldadd)

tests_unit_base_table_test_SOURCES = tests/unit/base/table_test.c \
	tests/unit/base/test.h
tests_unit_base_table_test_CPPFLAGS = $(base_test_cppflags)
tests_unit_base_table_test_LDADD = $(base_test_ldadd)
