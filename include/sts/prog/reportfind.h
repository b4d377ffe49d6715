/*
 * The files that the operands of `mta-sts report show` name: a file, `-`
 * (standard input), a folder with all that is below it, a Maildir (its cur and
 * new).  They are listed first, in the order of their names, and read one at a
 * time.  One thread.
 */
#ifndef STS_PROG_REPORTFIND_H
#define STS_PROG_REPORTFIND_H

#include "sts/base/buf.h"
#include "sts/base/err.h"

#include <stddef.h>

enum {
	STS_REPORTFIND_FILES = 100000,
	STS_REPORTFIND_DEPTH = 8, /* of folders in folders */
};

struct sts_reportfind {
	char **paths; /* owned */
	size_t n;
	size_t size; /* that are allocated */
	void *cookie;
	/* Told of what cannot be listed; both borrowed for the call. */
	void (*broken)(void *cookie, const char *path, const char *why);
};

/* Lists nothing yet. */
void sts_reportfind_init(struct sts_reportfind *find, void *cookie,
    void (*broken)(void *cookie, const char *path, const char *why));
void sts_reportfind_deinit(struct sts_reportfind *find);

/* Adds the files that an operand names.  STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_reportfind_add(
    struct sts_reportfind *find, const char *operand);

/* Appends what is in the file; `-` is standard input.  STS_E_IO, errno tells;
 * STS_E_LIMIT: more than the buffer takes; STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_reportfind_read(
    const char *path, struct sts_buf *out);

#endif
