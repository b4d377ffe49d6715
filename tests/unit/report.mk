# Unit tests of report.
unit_ldadd_report = libreport.a $(unit_ldadd_engine) $(JANSSON_LIBS) \
	$(ZLIB_LIBS)
report_test_cppflags = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
report_test_ldadd = $(unit_ldadd_report) $(CMOCKA_LIBS)
noinst_HEADERS += tests/unit/report/test.h
UNIT_TESTS += \
	tests/unit/report/audit_test \
	tests/unit/report/auditentry_test \
	tests/unit/report/dryrun_test \
	tests/unit/report/nomem_test \
	tests/unit/report/report_test \
	tests/unit/report/tlsreport_test

tests_unit_report_audit_test_SOURCES = tests/unit/report/audit_test.c
tests_unit_report_audit_test_CPPFLAGS = $(report_test_cppflags)
tests_unit_report_audit_test_LDADD = $(report_test_ldadd)

tests_unit_report_auditentry_test_SOURCES = \
	tests/unit/report/auditentry_test.c
tests_unit_report_auditentry_test_CPPFLAGS = $(report_test_cppflags) \
	$(ZLIB_CFLAGS)
tests_unit_report_auditentry_test_LDADD = $(report_test_ldadd)

tests_unit_report_dryrun_test_SOURCES = tests/unit/report/dryrun_test.c \
	tests/unit/conf/conffile.c tests/unit/conf/conffile.h $(starve_sources)
tests_unit_report_dryrun_test_CPPFLAGS = $(report_test_cppflags)
tests_unit_report_dryrun_test_LDADD = $(report_test_ldadd)
tests_unit_report_dryrun_test_LDFLAGS = $(starve_ldflags)

tests_unit_report_nomem_test_SOURCES = tests/unit/report/nomem_test.c \
	$(starve_sources)
tests_unit_report_nomem_test_CPPFLAGS = $(report_test_cppflags)
tests_unit_report_nomem_test_LDADD = $(report_test_ldadd)
tests_unit_report_nomem_test_LDFLAGS = $(starve_ldflags)

tests_unit_report_report_test_SOURCES = tests/unit/report/report_test.c
tests_unit_report_report_test_CPPFLAGS = $(report_test_cppflags)
tests_unit_report_report_test_LDADD = $(report_test_ldadd)

tests_unit_report_tlsreport_test_SOURCES = \
	tests/unit/report/tlsreport_test.c
tests_unit_report_tlsreport_test_CPPFLAGS = $(report_test_cppflags)
tests_unit_report_tlsreport_test_LDADD = $(report_test_ldadd)

UNIT_TESTS += tests/unit/report/tlstally_test
tests_unit_report_tlstally_test_SOURCES = tests/unit/report/tlstally_test.c
tests_unit_report_tlstally_test_CPPFLAGS = $(report_test_cppflags)
tests_unit_report_tlstally_test_LDADD = $(report_test_ldadd)

UNIT_TESTS += tests/unit/report/tlsqueue_test
tests_unit_report_tlsqueue_test_SOURCES = tests/unit/report/tlsqueue_test.c
tests_unit_report_tlsqueue_test_CPPFLAGS = $(report_test_cppflags)
tests_unit_report_tlsqueue_test_LDADD = $(report_test_ldadd)

UNIT_TESTS += tests/unit/report/tlssender_test
tests_unit_report_tlssender_test_SOURCES = \
	tests/unit/report/tlssender_test.c \
	$(unit_engineworld)
tests_unit_report_tlssender_test_CPPFLAGS = $(report_test_cppflags) \
	$(ZLIB_CFLAGS)
tests_unit_report_tlssender_test_LDADD = $(report_test_ldadd)
