# The programs.

# The command: all of it but main, so that tests can link it.
noinst_LIBRARIES += libcmd.a
libcmd_a_SOURCES = \
	include/sts/prog/cli.h \
	include/sts/prog/lint.h \
	include/sts/prog/ui.h \
	milter/prog/cli.c \
	milter/prog/cliconf.c \
	milter/prog/cmd_lint.c \
	milter/prog/lint_policy.c \
	milter/prog/lint_txt.c \
	milter/prog/ui.c
