# STS_REPORT_MAIL
# Whether `mta-sts report show` reads whole mails: STS_GMIME is 0 or 1.  Only the
# command is linked with GMime, never the daemon.
AC_DEFUN([STS_REPORT_MAIL], [
  AC_ARG_WITH([gmime],
    [AS_HELP_STRING([--without-gmime],
      [TLS reports are shown from their files only, not from whole mails
       (default: from mails too where GMime is there)])],
    [], [with_gmime=auto])
  sts_gmime=0
  AS_IF([test "$with_gmime" != no],
    [PKG_CHECK_MODULES([GMIME], [gmime-3.0 >= 3.2.7], [sts_gmime=1], [:])])
  AS_IF([test "$with_gmime$sts_gmime" = yes0],
    [AC_MSG_ERROR([gmime-3.0 not found. On Debian: apt-get install libgmime-3.0-dev])])
  AC_DEFINE_UNQUOTED([STS_GMIME], [$sts_gmime])
])
