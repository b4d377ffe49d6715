/*
 * A folder whose files are replaced as a whole: what is put there is staged
 * beside the file that it is to replace, and nobody sees it until it is
 * committed; what is the same already is left alone.  Nothing is ever half
 * written, and what was committed is on the disk.
 *
 * Names are relative to the folder; folders on the way are made.  The folder
 * may be a symbolic link itself; what is below it is not followed if it is one,
 * and fails with ELOOP.  One thread.
 * One process at a time has it: it is locked.  Where a function fails with
 * STS_E_IO, errno tells and sts_outdir_culprit names the file.
 */
#ifndef STS_PROG_OUTDIR_H
#define STS_PROG_OUTDIR_H

#include "sts/base/buf.h"

struct sts_outdir;

/* Makes the folder where there is none (but not those above it).  STS_E_AGAIN:
 * another process has it; STS_E_IO; STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_outdir_open(
    const char *path, struct sts_outdir **out);
/* Drops what was staged and not committed, and the folder where it was made for
 * nothing.  NULL is legal. */
void sts_outdir_close(struct sts_outdir *dir);

/* Its absolute path, without symbolic links. */
const char *sts_outdir_path(const struct sts_outdir *dir);
const char *sts_outdir_culprit(const struct sts_outdir *dir);
/* An errno of here, with the remedy, for people; valid until the next call. */
const char *sts_outdir_why(int error);

/* Appends the file's content.  STS_E_NOTFOUND: there is none; STS_E_LIMIT: more
 * than the buffer takes; STS_E_IO; STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_outdir_read(
    struct sts_outdir *dir, const char *name, struct sts_buf *b);

/* Stages a content for the file, unless it has it. STS_E_IO; STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_outdir_put(
    struct sts_outdir *dir, const char *name, struct sts_slice content);

/* Puts what was staged in place, in the order of the puts; when it returns all
 * is on the disk. STS_E_IO: some may be in place. */
STS_MUST_USE enum sts_err sts_outdir_commit(struct sts_outdir *dir);

/* Removes the file, if it is there, and the folders above it that are empty
 * then.  Nothing may be staged.  STS_E_IO; STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_outdir_remove(
    struct sts_outdir *dir, const char *name);

/* The files that were committed or removed, in order; NULL behind the last.
 * The names live as long as the folder is open. */
const char *sts_outdir_changed(const struct sts_outdir *dir, size_t i);

#endif
