/*
 * What the tests of base share: cmocka with the headers it wants
 * before it.
 */
#ifndef TEST_CONF_H
#define TEST_CONF_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
