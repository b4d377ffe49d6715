# STS_SANDBOX
# How the daemon is confined: STS_LANDLOCK and STS_SECCOMP are 0 or 1.  Landlock
# needs no more than the kernel's header; the filter of system calls is made by
# libseccomp.  Sanitizers want to do what neither would let them.
AC_DEFUN([STS_SANDBOX], [
  AC_ARG_ENABLE([sandbox],
    [AS_HELP_STRING([--disable-sandbox],
      [leave out Landlock and seccomp (default: what is there is used, but for
       sanitizers)])],
    [], [enable_sandbox=auto])
  AS_CASE([$enable_sandbox/${enable_sanitize:-no}],
    [*/no], [],
    [auto/*], [enable_sandbox=no])
  sts_landlock=0
  sts_seccomp=0
  AS_IF([test "$enable_sandbox" != no],
    [AC_CHECK_HEADER([linux/landlock.h], [sts_landlock=1])
     PKG_CHECK_MODULES([SECCOMP], [libseccomp >= 2.5], [sts_seccomp=1], [:])])
  AS_IF([test "$enable_sandbox$sts_seccomp" = yes0],
    [AC_MSG_ERROR([libseccomp not found. On Debian: apt-get install libseccomp-dev])])
  AS_IF([test "$enable_sandbox$sts_landlock" = yes0],
    [AC_MSG_ERROR([linux/landlock.h not found. On Debian: apt-get install linux-libc-dev])])
  AC_DEFINE_UNQUOTED([STS_LANDLOCK], [$sts_landlock])
  AC_DEFINE_UNQUOTED([STS_SECCOMP], [$sts_seccomp])
])
