# The layer core: see milter/README.md.
noinst_LIBRARIES += libcore.a
core_sources = \
	include/sts/core/dnsanswer.h \
	include/sts/core/domain.h \
	include/sts/core/freshness.h \
	include/sts/core/grammar.h \
	include/sts/core/milterwire.h \
	include/sts/core/mxmatch.h \
	include/sts/core/netstring.h \
	include/sts/core/outage.h \
	include/sts/core/outcome.h \
	include/sts/core/policy.h \
	include/sts/core/published.h \
	include/sts/core/smtpreply.h \
	include/sts/core/socketmap.h \
	include/sts/core/statusheader.h \
	include/sts/core/statusread.h \
	include/sts/core/tlsrpt.h \
	include/sts/core/txt.h \
	include/sts/core/verdict.h \
	include/sts/core/words.h \
	milter/core/dnsanswer.c \
	milter/core/domain.c \
	milter/core/freshness.c \
	milter/core/grammar.c \
	milter/core/milterwire.c \
	milter/core/mxmatch.c \
	milter/core/netstring.c \
	milter/core/outage.c \
	milter/core/outcome.c \
	milter/core/policy.c \
	milter/core/policyparse.c \
	milter/core/published.c \
	milter/core/publishedparse.c \
	milter/core/record.c \
	milter/core/smtpreply.c \
	milter/core/socketmap.c \
	milter/core/statusheader.c \
	milter/core/statusread.c \
	milter/core/tlsrpt.c \
	milter/core/txt.c \
	milter/core/verdict.c \
	milter/core/words.c
libcore_a_SOURCES = $(core_sources)
libcore_a_CPPFLAGS = $(AM_CPPFLAGS) $(CORE_CFLAGS)
