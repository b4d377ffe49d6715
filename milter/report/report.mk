# The layer report: see milter/README.md.
noinst_LIBRARIES += libreport.a
libreport_a_SOURCES = \
	include/sts/report/audit.h \
	include/sts/report/auditentry.h \
	include/sts/report/auditfile.h \
	include/sts/report/dryrun.h \
	include/sts/report/gzip.h \
	include/sts/report/jsontext.h \
	include/sts/report/recent.h \
	include/sts/report/relief.h \
	include/sts/report/report.h \
	include/sts/report/tlscounts.h \
	include/sts/report/tlsdb.h \
	include/sts/report/tlsmail.h \
	include/sts/report/tlsmaker.h \
	include/sts/report/tlsown.h \
	include/sts/report/tlsqueue.h \
	include/sts/report/tlsreport.h \
	include/sts/report/tlssender.h \
	include/sts/report/tlssession.h \
	include/sts/report/tlstally.h \
	include/sts/report/tlstimer.h \
	milter/report/audit.c \
	milter/report/auditentry.c \
	milter/report/auditfile.c \
	milter/report/auditfiles.c \
	milter/report/auditline.c \
	milter/report/dryrun.c \
	milter/report/gzip.c \
	milter/report/jsontext.c \
	milter/report/recent.c \
	milter/report/relief.c \
	milter/report/report.c \
	milter/report/tlscounts.c \
	milter/report/tlsdb.c \
	milter/report/tlsmail.c \
	milter/report/tlsmaker.c \
	milter/report/tlsown.c \
	milter/report/tlsqueue.c \
	milter/report/tlsreport.c \
	milter/report/tlssender.c \
	milter/report/tlssession.c \
	milter/report/tlstally.c \
	milter/report/tlstimer.c
libreport_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(STORE_CFLAGS) \
	$(ZLIB_CFLAGS)
