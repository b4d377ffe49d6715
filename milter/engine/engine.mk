# The layer engine: see milter/README.md.
noinst_LIBRARIES += libengine.a
libengine_a_SOURCES = \
	include/sts/engine/certtext.h \
	include/sts/engine/fetch.h \
	include/sts/engine/loop.h \
	include/sts/engine/probe.h \
	include/sts/engine/tls.h \
	milter/engine/certtext.c \
	milter/engine/loop.c \
	milter/engine/tls.c \
	milter/engine/tlsjudge.c
