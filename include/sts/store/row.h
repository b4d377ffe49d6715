/*
 * One row of the file and the record that it stands for.
 *
 * The file is not trusted: a row is only taken as a record where every column
 * has the type, length and range that we write.  Worker's thread only.
 */
#ifndef STS_STORE_ROW_H
#define STS_STORE_ROW_H

#include "sts/base/err.h"
#include "sts/core/freshness.h"

#include <sqlite3.h>

/* A fetch that failed counts for minutes (row 26): where there is no policy
 * beside it, its row is cleaned after so many seconds, or whoever makes up
 * domains would fill the disk for STS_UNUSED_MAX. */
enum { STS_ROW_FAILURE_KEPT = 86400 };

/* The columns of a row after its id, in the order in which both functions take
 * them. */
#define STS_ROW_COLUMNS                                                        \
	"domain, policy_id, policy, fetched_at, confirmed_at, used_at, "       \
	"failed_id, failed_at, failed_reason, tried_at"
/* Those that are written: the last follows from the others, and is there to be
 * searched for only. */
#define STS_ROW_WRITTEN STS_ROW_COLUMNS ", refresh_at"

/* Binds parameters 1 to 11: the columns that are written.  `now` is wall
 * seconds.  STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_row_bind(
    sqlite3_stmt *stmt, const struct sts_record *record, int64_t now);

/* Of a row whose columns are: id, then those above. *out is a reference.
 * STS_E_SYNTAX: not a record of ours, and *why (a literal) names the column;
 * STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_row_read(
    sqlite3_stmt *stmt, const struct sts_record **out, const char **why);

#endif
