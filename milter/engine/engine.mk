# The layer engine: see milter/README.md.
noinst_LIBRARIES += libengine.a
libengine_a_SOURCES = \
	include/sts/engine/addresses.h \
	include/sts/engine/alarms.h \
	include/sts/engine/answer.h \
	include/sts/engine/answers.h \
	include/sts/engine/certtext.h \
	include/sts/engine/check.h \
	include/sts/engine/curlloop.h \
	include/sts/engine/engine.h \
	include/sts/engine/env.h \
	include/sts/engine/fetch.h \
	include/sts/engine/fetchjudge.h \
	include/sts/engine/fetchopts.h \
	include/sts/engine/hostprobe.h \
	include/sts/engine/hosts.h \
	include/sts/engine/lookup.h \
	include/sts/engine/loop.h \
	include/sts/engine/probe.h \
	include/sts/engine/resolver.h \
	include/sts/engine/smtpwire.h \
	include/sts/engine/storegate.h \
	include/sts/engine/tasks.h \
	include/sts/engine/tls.h \
	milter/engine/addresses.c \
	milter/engine/alarms.c \
	milter/engine/answer.c \
	milter/engine/answers.c \
	milter/engine/certtext.c \
	milter/engine/check.c \
	milter/engine/curlloop.c \
	milter/engine/engine.c \
	milter/engine/fetch.c \
	milter/engine/fetchjudge.c \
	milter/engine/fetchopts.c \
	milter/engine/hostprobe.c \
	milter/engine/hosts.c \
	milter/engine/lookup.c \
	milter/engine/loop.c \
	milter/engine/probe.c \
	milter/engine/resolver.c \
	milter/engine/smtpwire.c \
	milter/engine/storegate.c \
	milter/engine/tasks.c \
	milter/engine/tls.c \
	milter/engine/tlsjudge.c
