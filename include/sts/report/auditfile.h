/*
 * The audit file and those that it was rotated to, read line by line, plain or
 * gzipped, however long they are.
 *
 * A file belongs to its caller; one thread.  Blocks on the disk.
 */
#ifndef STS_REPORT_AUDITFILE_H
#define STS_REPORT_AUDITFILE_H

#include "sts/base/buf.h"
#include "sts/base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* One file of several, by sts_audit_files. */
struct sts_audit_path {
	char *path; /* owned */
	int64_t modified; /* wall s */
};

/*
 * `path` and, in its folder, what it was rotated to by logrotate and its like:
 * PATH.1, PATH-20260101, NAME-20260101.EXTENSION, each also with .gz; the
 * oldest first.  A file that does not exist is left out.  *out is an array to
 * be given to sts_audit_files_free.  *others counts the ones that are packed
 * otherwise (.xz, .zst, .bz2).  STS_E_NOMEM; STS_E_IO and errno, where the
 * folder cannot be read.
 */
STS_MUST_USE enum sts_err sts_audit_files(
    const char *path, struct sts_audit_path **out, size_t *n, size_t *others);
void sts_audit_files_free(struct sts_audit_path *files, size_t n);

/* Whether `name` is what `base` was rotated to; *packed: as .xz and the like.
 * Pure. */
bool sts_audit_is_rotated(const char *base, const char *name, bool *packed);

struct sts_audit_file;

/* "-" is standard input.  STS_E_IO and errno; STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_audit_file_open(
    const char *path, struct sts_audit_file **out);
void sts_audit_file_close(struct sts_audit_file *file);

/*
 * The next line, without its LF, until the next call; of one over
 * STS_AUDIT_LINE bytes a piece that is longer than that, so that it is told as
 * what it is.  STS_E_NOTFOUND: the end.  STS_E_IO: the file cannot be read on,
 * and *why tells a person.  STS_E_NOMEM.
 */
STS_MUST_USE enum sts_err sts_audit_file_line(
    struct sts_audit_file *file, struct sts_slice *line, const char **why);

/* The number of the last line, from 1. */
uint64_t sts_audit_file_number(const struct sts_audit_file *file);

/* How much of it has been read, 0 to 100; -1 where nobody knows. */
int sts_audit_file_percent(const struct sts_audit_file *file);

#endif
