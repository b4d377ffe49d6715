/*
 * What the tests of front share: cmocka with the headers it wants before it.
 */
#ifndef TEST_FRONT_H
#define TEST_FRONT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
