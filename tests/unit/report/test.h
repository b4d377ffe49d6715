/*
 * What the tests of report share: cmocka with the headers it wants before it,
 * and a log that is kept.
 */
#ifndef TEST_REPORT_H
#define TEST_REPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sts/base/log.h"

#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct kept_log {
	char lines[8][STS_LOG_LINE];
	size_t n;
};

static inline void
keep_line(void *cookie, enum sts_log_level level, const char *line)
{
	struct kept_log *kept = cookie;

	(void)level;
	assert_true(kept->n < COUNT(kept->lines));
	(void)snprintf(kept->lines[kept->n++], STS_LOG_LINE, "%s", line);
}

#endif
