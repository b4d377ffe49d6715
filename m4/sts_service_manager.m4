# STS_SERVICE_MANAGER
# Whether the daemon speaks with the service manager: STS_SYSTEMD is 0 or 1, and
# the unit that is installed says which.
AC_DEFUN([STS_SERVICE_MANAGER], [
  AC_ARG_WITH([systemd],
    [AS_HELP_STRING([--without-systemd],
      [do not tell the service manager how it goes (default: do so where
       libsystemd is there)])],
    [], [with_systemd=auto])
  sts_systemd=0
  UNIT_TYPE=forking
  UNIT_FOREGROUND=
  UNIT_WATCHDOG=0
  AS_IF([test "$with_systemd" != no],
    [PKG_CHECK_MODULES([SYSTEMD], [libsystemd >= 209], [sts_systemd=1], [:])])
  AS_IF([test "$with_systemd$sts_systemd" = yes0],
    [AC_MSG_ERROR([libsystemd not found. On Debian: apt-get install libsystemd-dev])])
  AS_IF([test "$sts_systemd" = 1],
    [UNIT_TYPE=notify
     UNIT_FOREGROUND=-f
     UNIT_WATCHDOG=60s])
  AC_DEFINE_UNQUOTED([STS_SYSTEMD], [$sts_systemd])
  AC_SUBST([UNIT_TYPE])
  AC_SUBST([UNIT_FOREGROUND])
  AC_SUBST([UNIT_WATCHDOG])
])
