# Unit tests of the programs: of the command …
prog_test_cppflags = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
prog_test_ldadd = $(cmd_ldadd) $(CMOCKA_LIBS)
UNIT_TESTS += \
	tests/unit/prog/advice_test \
	tests/unit/prog/check_nomem_test \
	tests/unit/prog/findings_test \
	tests/unit/prog/gunzip_test \
	tests/unit/prog/html_test \
	tests/unit/prog/report_nomem_test \
	tests/unit/prog/reportread_test \
	tests/unit/prog/reporttime_test \
	tests/unit/prog/ui_test

tests_unit_prog_advice_test_SOURCES = tests/unit/prog/advice_test.c \
	tests/unit/prog/test.h
tests_unit_prog_advice_test_CPPFLAGS = $(prog_test_cppflags)
tests_unit_prog_advice_test_LDADD = $(prog_test_ldadd)

tests_unit_prog_check_nomem_test_SOURCES = \
	tests/unit/prog/check_nomem_test.c \
	tests/unit/prog/test.h \
	$(starve_sources)
tests_unit_prog_check_nomem_test_CPPFLAGS = $(prog_test_cppflags)
tests_unit_prog_check_nomem_test_LDADD = $(prog_test_ldadd)
tests_unit_prog_check_nomem_test_LDFLAGS = $(starve_ldflags)

tests_unit_prog_findings_test_SOURCES = tests/unit/prog/findings_test.c \
	tests/unit/prog/test.h
tests_unit_prog_findings_test_CPPFLAGS = $(prog_test_cppflags)
tests_unit_prog_findings_test_LDADD = $(prog_test_ldadd)

tests_unit_prog_html_test_SOURCES = tests/unit/prog/html_test.c \
	tests/unit/prog/test.h
tests_unit_prog_html_test_CPPFLAGS = $(prog_test_cppflags)
tests_unit_prog_html_test_LDADD = $(prog_test_ldadd)

tests_unit_prog_gunzip_test_SOURCES = tests/unit/prog/gunzip_test.c \
	tests/unit/prog/test.h
tests_unit_prog_gunzip_test_CPPFLAGS = $(prog_test_cppflags)
tests_unit_prog_gunzip_test_LDADD = $(prog_test_ldadd)

tests_unit_prog_reportread_test_SOURCES = tests/unit/prog/reportread_test.c \
	tests/unit/prog/test.h
tests_unit_prog_reportread_test_CPPFLAGS = $(prog_test_cppflags)
tests_unit_prog_reportread_test_LDADD = $(prog_test_ldadd)

tests_unit_prog_reporttime_test_SOURCES = tests/unit/prog/reporttime_test.c \
	tests/unit/prog/test.h
tests_unit_prog_reporttime_test_CPPFLAGS = $(prog_test_cppflags)
tests_unit_prog_reporttime_test_LDADD = $(prog_test_ldadd)

tests_unit_prog_report_nomem_test_SOURCES = \
	tests/unit/prog/report_nomem_test.c tests/unit/prog/test.h \
	$(starve_sources)
tests_unit_prog_report_nomem_test_CPPFLAGS = $(prog_test_cppflags)
tests_unit_prog_report_nomem_test_LDADD = $(prog_test_ldadd)
tests_unit_prog_report_nomem_test_LDFLAGS = $(starve_ldflags)

UNIT_TESTS += tests/unit/prog/held_test
tests_unit_prog_held_test_SOURCES = tests/unit/prog/held_test.c \
	tests/unit/prog/test.h
tests_unit_prog_held_test_CPPFLAGS = $(prog_test_cppflags)
tests_unit_prog_held_test_LDADD = $(prog_test_ldadd)

UNIT_TESTS += tests/unit/prog/outdir_test
tests_unit_prog_outdir_test_SOURCES = tests/unit/prog/outdir_test.c \
	tests/unit/prog/test.h $(starve_sources)
tests_unit_prog_outdir_test_CPPFLAGS = $(prog_test_cppflags)
tests_unit_prog_outdir_test_LDADD = $(prog_test_ldadd)
tests_unit_prog_outdir_test_LDFLAGS = $(starve_ldflags)

tests_unit_prog_ui_test_SOURCES = tests/unit/prog/ui_test.c \
	tests/unit/prog/test.h
tests_unit_prog_ui_test_CPPFLAGS = $(prog_test_cppflags)
tests_unit_prog_ui_test_LDADD = $(prog_test_ldadd)

# … and of the daemon.
UNIT_TESTS += tests/unit/prog/sandbox_test
tests_unit_prog_sandbox_test_SOURCES = \
	tests/unit/engine/fakedns.c \
	tests/unit/engine/fakedns.h \
	tests/unit/engine/smtpserver.c \
	tests/unit/engine/smtpserver.h \
	tests/unit/engine/testpki.c \
	tests/unit/engine/testpki.h \
	tests/unit/prog/sandbox_test.c \
	tests/unit/prog/test.h
tests_unit_prog_sandbox_test_CPPFLAGS = $(prog_test_cppflags)
tests_unit_prog_sandbox_test_LDADD = $(daemon_ldadd) $(CMOCKA_LIBS)
