# Checks of the tree itself.
check_PROGRAMS += tests/lint/conf_options
tests_lint_conf_options_SOURCES = tests/lint/conf_options.c
tests_lint_conf_options_LDADD = libconf.a libcore.a libbase.a \
	$(CONF_LIBS) $(CORE_LIBS)

LINTS = \
	tests/lint/bans \
	tests/lint/conf-drift \
	tests/lint/layers \
	tests/lint/manuals \
	tests/lint/rules-map
TESTS += $(LINTS)
EXTRA_DIST += $(LINTS) \
	tests/lint/analysis-answers \
	tests/lint/static-analysis \
	tests/lint/tree.py \
	tests/rules.md \
	.clang-tidy

# Not part of make check: it takes minutes.
ANALYZE_FLAGS = $(DEFS) $(AM_CPPFLAGS) $(CORE_CFLAGS) $(CONF_CFLAGS) \
	$(STORE_CFLAGS) $(OPENSSL_CFLAGS) $(CARES_CFLAGS) $(CURL_CFLAGS) \
	$(EVENT_CFLAGS) $(JANSSON_CFLAGS) $(ZLIB_CFLAGS) $(GMIME_CFLAGS)
.PHONY: analyze
analyze:
	srcdir=$(srcdir) $(SHELL) $(srcdir)/tests/lint/static-analysis \
		$(ANALYZE_FLAGS)
