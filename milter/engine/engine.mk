# The layer engine: see milter/README.md.
noinst_LIBRARIES += libengine.a
libengine_a_SOURCES = \
	include/sts/engine/certtext.h \
	include/sts/engine/curlloop.h \
	include/sts/engine/fetch.h \
	include/sts/engine/fetchjudge.h \
	include/sts/engine/fetchopts.h \
	include/sts/engine/loop.h \
	include/sts/engine/probe.h \
	include/sts/engine/smtpwire.h \
	include/sts/engine/tls.h \
	milter/engine/certtext.c \
	milter/engine/curlloop.c \
	milter/engine/fetch.c \
	milter/engine/fetchjudge.c \
	milter/engine/fetchopts.c \
	milter/engine/loop.c \
	milter/engine/probe.c \
	milter/engine/smtpwire.c \
	milter/engine/tls.c \
	milter/engine/tlsjudge.c
