/*
 * Files for people that are written whole or not at all: whoever reads one sees
 * the old content or the new, never half of it.
 */
#ifndef STS_PROG_OUTFILE_H
#define STS_PROG_OUTFILE_H

#include "sts/base/err.h"
#include "sts/base/slice.h"

/*
 * Writes it beside `path` first and takes the place of what was there; the mode
 * is 0666 less the umask.  Where `path` is there and is no regular file (a
 * terminal, a pipe, a symbolic link such as /dev/stdout), it stays what it is
 * and is written to.  STS_E_IO, errno tells, and nothing is left behind;
 * STS_E_NOMEM.
 */
STS_MUST_USE enum sts_err sts_outfile_write(
    const char *path, struct sts_slice content);

#endif
