/*
 * What is wrong with a configuration file: gathered as it is found, told in the
 * order of the lines.
 *
 * Internal to conf.  Belongs to one sts_conf_load, and so to one thread.
 */
#ifndef STS_CONF_ERRORS_H
#define STS_CONF_ERRORS_H

#include "sts/base/buf.h"
#include "sts/base/err.h"

struct sts_conf_error {
	unsigned line; /* 0: of no line in particular */
	char *text; /* owned */
};

struct sts_conf_errors {
	const char *path; /* borrowed */
	struct sts_conf_error *list;
	size_t n;
	enum sts_err err; /* of the first one, or STS_OK */
};

void sts_conf_errors_init(struct sts_conf_errors *errors, const char *path);

enum { STS_CONF_ERRORS_MAX = 100 };

/* Remembers one.  Past the maximum only `err` is kept up; out of memory, `err`
 * becomes STS_E_NOMEM. */
void sts_conf_errors_add(struct sts_conf_errors *errors, enum sts_err err,
    unsigned line, const char *fmt, ...) STS_PRINTF(4, 5);

/* Appends them to `out`, one a line as `FILE:LINE: text`, in the order of the
 * lines, and frees them. */
void sts_conf_errors_flush(struct sts_conf_errors *errors, struct sts_buf *out);

#endif
