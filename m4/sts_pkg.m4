# STS_PKG(NAME, MODULE >= VERSION, DEBIAN-PACKAGE)
# A library that the build cannot do without, with the remedy in the error.
AC_DEFUN([STS_PKG], [
  PKG_CHECK_MODULES([$1], [$2], [],
    [AC_MSG_ERROR([$2 not found. On Debian: apt-get install $3])])
])
