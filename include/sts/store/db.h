/*
 * The store's connection to its SQLite file: opening, schema, statements.
 *
 * The table, format 2 (PRAGMA user_version; PRAGMA application_id is "MTST"):
 *
 *	sts_record      one row a policy domain
 *	id              INTEGER PRIMARY KEY, SQLite's own
 *	domain          TEXT UNIQUE, canonical form
 *	policy_id       TEXT, the policy's id; "" without one
 *	policy          TEXT, canonical policy text; NULL: only a failure
 *	fetched_at      INTEGER, wall s; 0 is never, as in all times here
 *	confirmed_at    INTEGER, wall s: max_age counts from here
 *	used_at         INTEGER, wall s, to within a day; indexed, so that the
 *	                unused are found without a search
 *	failed_id       TEXT, the id whose fetch failed last, or ""
 *	failed_at       INTEGER, wall s
 *	failed_reason   TEXT, RFC 8460's word or ours, or ""
 *	tried_at        INTEGER, wall s: when a refresh was last begun
 *	refresh_at      INTEGER, wall s, 0: not at all; of
 *	                sts_record_refresh_at when the row was written; indexed
 *
 * The connection locks the file for itself (locking_mode EXCLUSIVE): what is
 * known not to be in it stays true, and no memory is shared with files that
 * others could cut short.  WAL with synchronous=NORMAL: a commit survives
 * kill -9 and never leaves the file damaged; a power cut may lose the last.
 *
 * Worker's thread only.  Errors, in all functions:
 *	STS_E_SYNTAX    the file is ours, and damaged
 *	STS_E_LIMIT     it cannot be written now; reading may work on
 *	STS_E_REFUSED   not ours, of a newer format, or in use by another
 *	STS_E_NOMEM
 *	STS_E_IO        anything else
 * and `why`, of STS_DB_WHY bytes, given to _open and borrowed for good, then
 * says what is wrong and what to do about it.
 */
#ifndef STS_STORE_DB_H
#define STS_STORE_DB_H

#include "sts/base/log.h"
#include "sts/store/dbfile.h"
#include "sts/store/memory.h"
#include "sts/store/store.h"

struct sts_db;

/* Opens the file, making it where there is none or an empty one. */
STS_MUST_USE enum sts_err sts_db_open(
    const char *path, struct sts_log *log, char *why, struct sts_db **out);
/* `damaged`: leaves the file as it is, for whoever looks into it later. */
void sts_db_close(struct sts_db *db, bool damaged);

/* Whether the file at the path is no longer the one that is open. */
bool sts_db_moved(struct sts_db *db);
/* Writes, to see whether that works. */
STS_MUST_USE enum sts_err sts_db_probe(struct sts_db *db);

/* *out is a reference.  STS_E_NOTFOUND: no row, or one that was damaged, which
 * was logged and deleted. */
STS_MUST_USE enum sts_err sts_db_get(
    struct sts_db *db, const char *domain, const struct sts_record **out);

/* The records of the next STS_DB_PAGE domains behind `after`, in order; none:
 * that was all.  Each is a reference. */
enum { STS_DB_PAGE = 128 };
STS_MUST_USE enum sts_err sts_db_page(struct sts_db *db, const char *after,
    const struct sts_record *records[STS_DB_PAGE], size_t *n);

/* The domains of at most STS_DB_UNUSED rows last used before the time, the
 * oldest first. */
enum { STS_DB_UNUSED = 256 };
STS_MUST_USE enum sts_err sts_db_unused(struct sts_db *db, int64_t before,
    char domains[STS_DB_UNUSED][STS_DOMAIN_SIZE], size_t *n);

/* The domains of at most STS_DUE_MAX rows whose refresh_at has come, the oldest
 * first. */
STS_MUST_USE enum sts_err sts_db_due(struct sts_db *db, int64_t now,
    char domains[STS_DUE_MAX][STS_DOMAIN_SIZE], size_t *n);

/* Writes all items or none. */
STS_MUST_USE enum sts_err sts_db_write(struct sts_db *db,
    const struct sts_memory_item *items, size_t n, int64_t now);

/* Deletes all rows. *n: how many. */
STS_MUST_USE enum sts_err sts_db_wipe(struct sts_db *db, size_t *n);

#endif
