/*
 * The SQLite file behind TLS reports (conf's tlsrpt_store): what was tallied,
 * and what became of each report.  The daemon and `mta-sts report send` may
 * have it open at once; each connection belongs to one thread at a time.
 *
 * Format 1 (PRAGMA application_id is "MTSR"):
 *
 *	tally      sessions of a kind, of a day (days since 1970-01-01, UTC) and
 *	           a policy domain; result_type "" is success
 *	report     one row a report that was made, or that nobody wants
 *	delivery   one row a target of a report, and how it stands
 *
 * WAL with synchronous=NORMAL: a commit survives kill -9; a power cut may lose
 * the last.  STS_E_REFUSED: not ours, or of a newer format; STS_E_NOMEM;
 * STS_E_IO: anything else.  sts_tlsdb_why says what, and what to do.
 */
#ifndef STS_REPORT_TLSDB_H
#define STS_REPORT_TLSDB_H

#include "sts/base/err.h"
#include "sts/core/domain.h"

#include <sqlite3.h>
#include <stdint.h>

struct sts_tlsdb;

enum { STS_DAY_S = 86400 };

/* Opens the file, making it where there is none (mode 0600). *out is there even
 * on failure but for STS_E_NOMEM, for sts_tlsdb_why.  `patience_ms`: how long
 * another's lock is waited for. */
STS_MUST_USE enum sts_err sts_tlsdb_open(
    const char *path, int patience_ms, struct sts_tlsdb **out);
void sts_tlsdb_close(struct sts_tlsdb *db); /* NULL is legal */

/* What failed last, for people. */
const char *sts_tlsdb_why(const struct sts_tlsdb *db);

/* All or nothing of what is written between them; _end rolls back where `err`
 * is not STS_OK, which it then returns. */
STS_MUST_USE enum sts_err sts_tlsdb_begin(struct sts_tlsdb *db);
STS_MUST_USE enum sts_err sts_tlsdb_end(struct sts_tlsdb *db, enum sts_err err);

/* Sessions of one kind. All text is borrowed, none NULL. */
struct sts_tlsrow {
	int64_t day;
	const char *domain;
	int type; /* enum sts_tlsreport_type */
	const char *policy; /* lines with CRLF, or "" */
	const char *result_type, *mx, *ip, *reason_code;
	uint64_t sessions;
};

/* Adds to what is there of that kind. */
STS_MUST_USE enum sts_err sts_tlsdb_add(
    struct sts_tlsdb *db, const struct sts_tlsrow *row);

/* Gives all rows of a day and domain: those of one policy together, successes
 * before failures.  `each` says whether to go on. */
typedef enum sts_err sts_tlsdb_each(void *cookie, const struct sts_tlsrow *row);
STS_MUST_USE enum sts_err sts_tlsdb_rows(struct sts_tlsdb *db, int64_t day,
    const char *domain, sts_tlsdb_each *each, void *cookie);

/* Forgets all that is of days before that one. */
STS_MUST_USE enum sts_err sts_tlsdb_clean(struct sts_tlsdb *db, int64_t before);

/*
 * For report/tlsqueue.c.  A prepared statement of the literal `sql`, ready to
 * be bound; NULL on failure.  _step: SQLITE_ROW, SQLITE_DONE or a failure.
 * _run: to its end, for what gives no rows.
 */
sqlite3_stmt *sts_tlsdb_statement(struct sts_tlsdb *db, const char *sql);
int sts_tlsdb_step(struct sts_tlsdb *db, sqlite3_stmt *stmt);
STS_MUST_USE enum sts_err sts_tlsdb_run(
    struct sts_tlsdb *db, sqlite3_stmt *stmt);
/* Of a statement that gave rows: its end, and how it ended. */
STS_MUST_USE enum sts_err sts_tlsdb_finish(
    struct sts_tlsdb *db, sqlite3_stmt *stmt, int rc);
int sts_tlsdb_changes(struct sts_tlsdb *db);
/* A text of the row; "" where there is none.  Lives until the next step. */
const char *sts_tlsdb_text(sqlite3_stmt *stmt, int column);
/* Binds texts to the parameters 1, 2 … */
void sts_tlsdb_bind(sqlite3_stmt *stmt, int n, const char *const *texts);

#endif
