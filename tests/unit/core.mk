# Unit tests of core.
unit_ldadd_core = libcore.a libbase.a $(CORE_LIBS)
core_test_cppflags = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
core_test_ldadd = $(unit_ldadd_core) $(CMOCKA_LIBS)
CORE_TESTS = \
	tests/unit/core/dnsanswer_test \
	tests/unit/core/domain_test \
	tests/unit/core/freshness_test \
	tests/unit/core/milterwire_test \
	tests/unit/core/mxmatch_test \
	tests/unit/core/nomem_test \
	tests/unit/core/outage_test \
	tests/unit/core/outcome_test \
	tests/unit/core/policy_test \
	tests/unit/core/published_test \
	tests/unit/core/smtpreply_test \
	tests/unit/core/socketmap_test \
	tests/unit/core/statusheader_test \
	tests/unit/core/statusread_test \
	tests/unit/core/tlsrpt_test \
	tests/unit/core/txt_test \
	tests/unit/core/verdict_test \
	tests/unit/core/words_test
UNIT_TESTS += $(CORE_TESTS)
noinst_HEADERS += tests/unit/core/test.h

tests_unit_core_dnsanswer_test_SOURCES = tests/unit/core/dnsanswer_test.c
tests_unit_core_dnsanswer_test_CPPFLAGS = $(core_test_cppflags)
tests_unit_core_dnsanswer_test_LDADD = $(core_test_ldadd)

tests_unit_core_domain_test_SOURCES = tests/unit/core/domain_test.c
tests_unit_core_domain_test_CPPFLAGS = $(core_test_cppflags)
tests_unit_core_domain_test_LDADD = $(core_test_ldadd)

tests_unit_core_freshness_test_SOURCES = tests/unit/core/freshness_test.c
tests_unit_core_freshness_test_CPPFLAGS = $(core_test_cppflags)
tests_unit_core_freshness_test_LDADD = $(core_test_ldadd)

tests_unit_core_milterwire_test_SOURCES = tests/unit/core/milterwire_test.c
tests_unit_core_milterwire_test_CPPFLAGS = $(core_test_cppflags)
tests_unit_core_milterwire_test_LDADD = $(core_test_ldadd)

tests_unit_core_mxmatch_test_SOURCES = tests/unit/core/mxmatch_test.c
tests_unit_core_mxmatch_test_CPPFLAGS = $(core_test_cppflags)
tests_unit_core_mxmatch_test_LDADD = $(core_test_ldadd)

tests_unit_core_nomem_test_SOURCES = tests/unit/core/nomem_test.c \
	$(starve_sources)
tests_unit_core_nomem_test_CPPFLAGS = $(core_test_cppflags)
tests_unit_core_nomem_test_LDADD = $(core_test_ldadd)
tests_unit_core_nomem_test_LDFLAGS = $(starve_ldflags)

tests_unit_core_outage_test_SOURCES = tests/unit/core/outage_test.c
tests_unit_core_outage_test_CPPFLAGS = $(core_test_cppflags)
tests_unit_core_outage_test_LDADD = $(core_test_ldadd)

tests_unit_core_outcome_test_SOURCES = tests/unit/core/outcome_test.c
tests_unit_core_outcome_test_CPPFLAGS = $(core_test_cppflags)
tests_unit_core_outcome_test_LDADD = $(core_test_ldadd)

tests_unit_core_policy_test_SOURCES = tests/unit/core/policy_test.c
tests_unit_core_policy_test_CPPFLAGS = $(core_test_cppflags)
tests_unit_core_policy_test_LDADD = $(core_test_ldadd)

tests_unit_core_published_test_SOURCES = tests/unit/core/published_test.c
tests_unit_core_published_test_CPPFLAGS = $(core_test_cppflags)
tests_unit_core_published_test_LDADD = $(core_test_ldadd)

tests_unit_core_smtpreply_test_SOURCES = tests/unit/core/smtpreply_test.c
tests_unit_core_smtpreply_test_CPPFLAGS = $(core_test_cppflags)
tests_unit_core_smtpreply_test_LDADD = $(core_test_ldadd)

tests_unit_core_socketmap_test_SOURCES = tests/unit/core/socketmap_test.c
tests_unit_core_socketmap_test_CPPFLAGS = $(core_test_cppflags)
tests_unit_core_socketmap_test_LDADD = $(core_test_ldadd)

tests_unit_core_statusheader_test_SOURCES = tests/unit/core/statusheader_test.c
tests_unit_core_statusheader_test_CPPFLAGS = $(core_test_cppflags)
tests_unit_core_statusheader_test_LDADD = $(core_test_ldadd)
tests_unit_core_statusread_test_SOURCES = tests/unit/core/statusread_test.c
tests_unit_core_statusread_test_CPPFLAGS = $(core_test_cppflags)
tests_unit_core_statusread_test_LDADD = $(core_test_ldadd)

tests_unit_core_tlsrpt_test_SOURCES = tests/unit/core/tlsrpt_test.c
tests_unit_core_tlsrpt_test_CPPFLAGS = $(core_test_cppflags)
tests_unit_core_tlsrpt_test_LDADD = $(core_test_ldadd)

tests_unit_core_txt_test_SOURCES = tests/unit/core/txt_test.c
tests_unit_core_txt_test_CPPFLAGS = $(core_test_cppflags)
tests_unit_core_txt_test_LDADD = $(core_test_ldadd)

tests_unit_core_verdict_test_SOURCES = tests/unit/core/verdict_test.c
tests_unit_core_verdict_test_CPPFLAGS = $(core_test_cppflags)
tests_unit_core_verdict_test_LDADD = $(core_test_ldadd)

tests_unit_core_words_test_SOURCES = tests/unit/core/words_test.c
tests_unit_core_words_test_CPPFLAGS = $(core_test_cppflags)
tests_unit_core_words_test_LDADD = $(core_test_ldadd)

# How much of core its tests reach, from a build of its own.
EXTRA_DIST += tests/unit/coverage-core
coverage:
	@test ! -f $(srcdir)/config.status || { \
	    echo "make coverage: configure in a folder of its own first:" \
	        "mkdir build && cd build && ../configure" >&2; exit 1; }
	@$(MKDIR_P) coverage-build
	@cd coverage-build && $(abs_srcdir)/configure --enable-coverage \
	    CFLAGS='-g -O0' >/dev/null
	@cd coverage-build && find . -name '*.gcda' -exec rm -f {} + && \
	    $(MAKE) $(CORE_TESTS) >/dev/null && \
	    for test in $(CORE_TESTS); do \
	        ./$$test >/dev/null 2>coverage.log || \
	            { cat coverage.log; exit 1; }; \
	    done && \
	    $(SHELL) $(abs_srcdir)/tests/unit/coverage-core
.PHONY: coverage
