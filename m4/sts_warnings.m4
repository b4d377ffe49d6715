# STS_TRY_FLAGS(VARIABLE, FLAGS)
# Appends to VARIABLE each of FLAGS that the compiler takes without a word.
AC_DEFUN([STS_TRY_FLAGS], [
  sts_cflags_saved=$CFLAGS
  for sts_flag in m4_normalize([$2]); do
    AC_MSG_CHECKING([whether $CC takes $sts_flag])
    CFLAGS="-Werror $sts_flag"
    AC_LINK_IFELSE([AC_LANG_PROGRAM()],
      [AC_MSG_RESULT([yes]); $1="$$1 $sts_flag"],
      [AC_MSG_RESULT([no])])
  done
  CFLAGS=$sts_cflags_saved
  AC_SUBST([$1])
])

# STS_WARNINGS
# The warnings of a careful project; --enable-werror makes them errors.
AC_DEFUN([STS_WARNINGS], [
  STS_TRY_FLAGS([WARN_CFLAGS], [-Wall -Wextra -Wshadow -Wstrict-prototypes
    -Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wcast-qual
    -Wwrite-strings -Wformat=2 -Wundef -Wvla -Wswitch-enum -Wconversion
    -Wsign-conversion -Wnull-dereference -Wduplicated-cond
    -Wduplicated-branches -Wlogical-op -Walloc-zero -Wunused-result])
  AC_ARG_ENABLE([werror],
    [AS_HELP_STRING([--enable-werror], [treat warnings as errors])])
  AS_IF([test "$enable_werror" = yes], [WARN_CFLAGS="$WARN_CFLAGS -Werror"])
])

# STS_HARDENING
# What a network daemon is built with today.
AC_DEFUN([STS_HARDENING], [
  AS_IF([test -z "$enable_sanitize" && test "$enable_coverage" != yes],
    [STS_TRY_FLAGS([HARD_CFLAGS], [-fstack-protector-strong
      -fstack-clash-protection -fcf-protection -U_FORTIFY_SOURCE])
     AS_CASE(["$CFLAGS"], [*-O[[123s]]*],
       [HARD_CFLAGS="$HARD_CFLAGS -D_FORTIFY_SOURCE=2"])
     STS_TRY_FLAGS([HARD_CFLAGS], [-fPIE])
     STS_TRY_FLAGS([HARD_LDFLAGS], [-pie -Wl,-z,relro -Wl,-z,now])])
  AC_SUBST([HARD_CFLAGS])
  AC_SUBST([HARD_LDFLAGS])
])

# STS_BUILD_KINDS
# Builds that look for faults: sanitizers, coverage, libFuzzer.
AC_DEFUN([STS_BUILD_KINDS], [
  AC_ARG_ENABLE([sanitize],
    [AS_HELP_STRING([--enable-sanitize=LIST],
      [build all with these sanitizers, e.g. address,undefined or thread])],
    [AS_IF([test "$enableval" = yes], [enable_sanitize=address,undefined])
     AS_IF([test "$enable_sanitize" != no],
       [KIND_CFLAGS="-fsanitize=$enable_sanitize -fno-omit-frame-pointer"
        KIND_CFLAGS="$KIND_CFLAGS -fno-sanitize-recover=undefined"])])
  AC_ARG_ENABLE([coverage],
    [AS_HELP_STRING([--enable-coverage], [count the lines that tests reach])],
    [AS_IF([test "$enableval" = yes],
      [KIND_CFLAGS="$KIND_CFLAGS --coverage -O0"])])
  AC_ARG_ENABLE([fuzzing],
    [AS_HELP_STRING([--enable-fuzzing],
      [build the libFuzzer targets (needs CC=clang)])])
  AM_CONDITIONAL([FUZZING], [test "$enable_fuzzing" = yes])
  STS_FUZZERS
  AC_SUBST([KIND_CFLAGS])
])

# STS_FUZZERS
# The flags of the fuzzers and of what they test. FUZZERS: whether they can be
# built at all; another sanitizer than these two would be in their way.
# Comparisons are not traced: with a byte each in every loop that cost more than
# all else, and the words that they would find are in the corpora.
AC_DEFUN([STS_FUZZERS], [
  FUZZ_CFLAGS="-fsanitize=address,undefined -fno-sanitize-recover=undefined"
  FUZZ_CFLAGS="$FUZZ_CFLAGS -fno-omit-frame-pointer"
  AS_IF([test "$enable_fuzzing" = yes],
    [FUZZ_CFLAGS="$FUZZ_CFLAGS -fsanitize=fuzzer-no-link"
     FUZZ_CFLAGS="$FUZZ_CFLAGS -fno-sanitize-coverage=trace-cmp"])
  AC_MSG_CHECKING([whether the fuzzers can be built])
  sts_cflags_saved=$CFLAGS
  CFLAGS="$KIND_CFLAGS $FUZZ_CFLAGS"
  AC_LINK_IFELSE([AC_LANG_PROGRAM()], [sts_fuzzers=yes], [sts_fuzzers=no])
  CFLAGS=$sts_cflags_saved
  AC_MSG_RESULT([$sts_fuzzers])
  AS_IF([test "$enable_fuzzing$sts_fuzzers" = yesno],
    [AC_MSG_ERROR([--enable-fuzzing needs clang: ./configure CC=clang])])
  AM_CONDITIONAL([FUZZERS], [test "$sts_fuzzers" = yes])
  AC_SUBST([FUZZ_CFLAGS])
])
