# The layer base: see milter/README.md.
noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	include/sts/base/addr.h \
	include/sts/base/buf.h \
	include/sts/base/clock.h \
	include/sts/base/err.h \
	include/sts/base/escape.h \
	include/sts/base/log.h \
	include/sts/base/pack.h \
	include/sts/base/ref.h \
	include/sts/base/slice.h \
	include/sts/base/sockspec.h \
	include/sts/base/table.h \
	milter/base/addr.c \
	milter/base/buf.c \
	milter/base/clock.c \
	milter/base/err.c \
	milter/base/escape.c \
	milter/base/log.c \
	milter/base/slice.c \
	milter/base/socklisten.c \
	milter/base/sockspec.c \
	milter/base/table.c
