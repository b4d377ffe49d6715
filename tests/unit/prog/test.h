/*
 * What the tests of the programs share: cmocka with the headers it wants before
 * it.
 */
#ifndef TEST_PROG_H
#define TEST_PROG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
