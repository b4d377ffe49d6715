# Unit tests of conf.
unit_ldadd_conf = libconf.a libcore.a libbase.a $(CONF_LIBS) $(CORE_LIBS)
conf_test_cppflags = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
conf_test_ldadd = $(unit_ldadd_conf) $(CMOCKA_LIBS)
conf_test_shared = \
	tests/unit/conf/conffile.c \
	tests/unit/conf/conffile.h \
	tests/unit/conf/test.h
UNIT_TESTS += \
	tests/unit/conf/endtime_test \
	tests/unit/conf/exception_test \
	tests/unit/conf/fieldname_test \
	tests/unit/conf/load_bad_test \
	tests/unit/conf/load_good_test \
	tests/unit/conf/nearest_test \
	tests/unit/conf/nomem_test \
	tests/unit/conf/options_test

tests_unit_conf_endtime_test_SOURCES = tests/unit/conf/endtime_test.c \
	$(conf_test_shared)
tests_unit_conf_endtime_test_CPPFLAGS = $(conf_test_cppflags)
tests_unit_conf_endtime_test_LDADD = $(conf_test_ldadd)

tests_unit_conf_exception_test_SOURCES = tests/unit/conf/exception_test.c \
	$(conf_test_shared)
tests_unit_conf_exception_test_CPPFLAGS = $(conf_test_cppflags)
tests_unit_conf_exception_test_LDADD = $(conf_test_ldadd)

tests_unit_conf_fieldname_test_SOURCES = tests/unit/conf/fieldname_test.c \
	$(conf_test_shared)
tests_unit_conf_fieldname_test_CPPFLAGS = $(conf_test_cppflags)
tests_unit_conf_fieldname_test_LDADD = $(conf_test_ldadd)

tests_unit_conf_load_bad_test_SOURCES = tests/unit/conf/load_bad_test.c \
	$(conf_test_shared)
tests_unit_conf_load_bad_test_CPPFLAGS = $(conf_test_cppflags)
tests_unit_conf_load_bad_test_LDADD = $(conf_test_ldadd)

tests_unit_conf_load_good_test_SOURCES = tests/unit/conf/load_good_test.c \
	$(conf_test_shared)
tests_unit_conf_load_good_test_CPPFLAGS = $(conf_test_cppflags)
tests_unit_conf_load_good_test_LDADD = $(conf_test_ldadd)

tests_unit_conf_nearest_test_SOURCES = tests/unit/conf/nearest_test.c \
	$(conf_test_shared)
tests_unit_conf_nearest_test_CPPFLAGS = $(conf_test_cppflags)
tests_unit_conf_nearest_test_LDADD = $(conf_test_ldadd)

tests_unit_conf_nomem_test_SOURCES = tests/unit/conf/nomem_test.c \
	tests/unit/conf/test.h $(starve_sources)
tests_unit_conf_nomem_test_CPPFLAGS = $(conf_test_cppflags)
tests_unit_conf_nomem_test_LDADD = $(conf_test_ldadd)
tests_unit_conf_nomem_test_LDFLAGS = $(starve_ldflags)

tests_unit_conf_options_test_SOURCES = tests/unit/conf/options_test.c \
	$(conf_test_shared)
tests_unit_conf_options_test_CPPFLAGS = $(conf_test_cppflags)
tests_unit_conf_options_test_LDADD = $(conf_test_ldadd)
