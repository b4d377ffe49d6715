# The layer conf: see milter/README.md.
noinst_LIBRARIES += libconf.a
libconf_a_CPPFLAGS = $(AM_CPPFLAGS) $(CONF_CFLAGS)
libconf_a_SOURCES = \
	include/sts/conf/conf.h \
	include/sts/conf/endtime.h \
	include/sts/conf/errors.h \
	include/sts/conf/exception.h \
	include/sts/conf/fieldname.h \
	include/sts/conf/load.h \
	include/sts/conf/nearest.h \
	include/sts/conf/option.h \
	include/sts/conf/text.h \
	include/sts/conf/tree.h \
	milter/conf/check.c \
	milter/conf/conf.c \
	milter/conf/endtime.c \
	milter/conf/errors.c \
	milter/conf/exception.c \
	milter/conf/fieldname.c \
	milter/conf/load.c \
	milter/conf/machine.c \
	milter/conf/nearest.c \
	milter/conf/option.c \
	milter/conf/options.c \
	milter/conf/print.c \
	milter/conf/text.c \
	milter/conf/tree.c \
	milter/conf/types.c
