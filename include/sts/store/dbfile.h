/*
 * The store's file as a file, before SQLite sees it: making it, telling whether
 * it is ours, and setting it aside.
 *
 * A file that is not ours is never changed or renamed.  Ours is known by
 * SQLite's application_id or by the entry of our table in its first page, so
 * that damage to one of the two still leaves the other.
 *
 * Worker's thread only.
 */
#ifndef STS_STORE_DBFILE_H
#define STS_STORE_DBFILE_H

#include "sts/base/err.h"

#include <stddef.h>
#include <stdint.h>

enum {
	STS_DB_WHY = 192, /* bytes of every `why` of the store */
	STS_DB_APPLICATION_ID = 0x4d545354, /* "MTST" */
};

/*
 * Makes the file (mode 0600) where there is none.  STS_OK: it is empty or ours.
 * STS_E_SYNTAX: ours, and damaged.  STS_E_REFUSED: not ours.  STS_E_IO: it
 * cannot be read and written.  But for STS_OK, `why` (of STS_DB_WHY bytes) says
 * what is wrong and what to do about it.
 */
STS_MUST_USE enum sts_err sts_dbfile_check(const char *path, char *why);

/*
 * Renames the file and SQLite's files beside it to PATH.damaged-TIME, with the
 * same endings; *to, its new name, is to be given to free().  Nobody may have
 * it open.  STS_E_NOMEM; STS_E_IO, with `why`.
 */
STS_MUST_USE enum sts_err sts_dbfile_set_aside(
    const char *path, int64_t wall_s, char **to, char *why);

#endif
