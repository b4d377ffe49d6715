#include "sts/report/tlsdb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FORMAT = 1, APPLICATION_ID = 0x4d545352, STATEMENTS = 24, WHY = 256 };

struct sts_tlsdb {
	sqlite3 *conn;
	char why[WHY];
	struct {
		const char *sql; /* a literal, known by its address */
		sqlite3_stmt *stmt;
	} statements[STATEMENTS];
};

static const char settings[] = "PRAGMA mmap_size = 0;"
			       "PRAGMA temp_store = MEMORY;"
			       "PRAGMA journal_size_limit = 4194304;"
			       "PRAGMA journal_mode = WAL;"
			       "PRAGMA synchronous = NORMAL";

static const char schema[] =
    "PRAGMA application_id = 1297371986;"
    "PRAGMA user_version = 1;"
    "CREATE TABLE tally ("
    " day INTEGER NOT NULL,"
    " domain TEXT NOT NULL,"
    " type INTEGER NOT NULL,"
    " policy TEXT NOT NULL,"
    " result_type TEXT NOT NULL,"
    " mx TEXT NOT NULL,"
    " ip TEXT NOT NULL,"
    " reason_code TEXT NOT NULL,"
    " sessions INTEGER NOT NULL,"
    " PRIMARY KEY (day, domain, type, policy, result_type, mx, ip,"
    "  reason_code)) WITHOUT ROWID;"
    "CREATE TABLE report ("
    " day INTEGER NOT NULL,"
    " domain TEXT NOT NULL,"
    " report_id TEXT NOT NULL," /* "": nobody wants one */
    " body BLOB," /* gzip */
    " made_at INTEGER NOT NULL,"
    " PRIMARY KEY (day, domain)) WITHOUT ROWID;"
    "CREATE TABLE delivery ("
    " id INTEGER PRIMARY KEY,"
    " day INTEGER NOT NULL,"
    " domain TEXT NOT NULL,"
    " target TEXT NOT NULL,"
    " state TEXT NOT NULL," /* due, claimed, done, failed, uncertain */
    " tries INTEGER NOT NULL,"
    " at INTEGER NOT NULL," /* wall s: due then, or since when */
    " detail TEXT NOT NULL,"
    " UNIQUE (day, domain, target));"
    "CREATE INDEX delivery_state ON delivery (state, at);"
    "CREATE INDEX delivery_target ON delivery (target);";
_Static_assert(APPLICATION_ID == 1297371986, "the schema's own");

static enum sts_err
judge(struct sts_tlsdb *db, int rc)
{
	if (rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE)
		return STS_OK;
	(void)snprintf(db->why, sizeof(db->why), "%s (SQLite %d)%s",
	    sqlite3_errstr(rc), rc,
	    rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB
		? ": move it away, and a new one is made"
		: "");
	return rc == SQLITE_NOMEM ? STS_E_NOMEM : STS_E_IO;
}

static enum sts_err
exec(struct sts_tlsdb *db, const char *sql)
{
	return judge(db, sqlite3_exec(db->conn, sql, NULL, NULL, NULL));
}

static enum sts_err
ask_number(struct sts_tlsdb *db, const char *sql, int64_t *out)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db->conn, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		*out = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt);
	return judge(db, rc);
}

/* Makes the tables in an empty file; else checks whose it is.  In a transaction
 * of its own: two programs may start at once. */
static enum sts_err
recognise(struct sts_tlsdb *db)
{
	int64_t id = 0, format = 0, tables = 0;
	enum sts_err err;

	if ((err = ask_number(db, "PRAGMA application_id", &id)) != STS_OK ||
	    (err = ask_number(db, "PRAGMA user_version", &format)) != STS_OK ||
	    (err = ask_number(
		 db, "SELECT count(*) FROM sqlite_schema", &tables)) != STS_OK)
		return err;
	if (tables == 0 && id == 0)
		return exec(db, schema);
	if (id == APPLICATION_ID && format == FORMAT)
		return STS_OK;
	(void)snprintf(db->why, sizeof(db->why),
	    "not a file of TLS reports of this version, left alone: name "
	    "another in the key `tlsrpt_store`, or move this one away");
	return STS_E_REFUSED;
}

static enum sts_err
set_up(struct sts_tlsdb *db)
{
	enum sts_err err = sts_tlsdb_begin(db);

	if (err == STS_OK)
		err = sts_tlsdb_end(db, recognise(db));
	/* Only in a file that is ours. */
	return err == STS_OK ? exec(db, settings) : err;
}

/* SQLite gives its other files the mode of this one.  One that is there is not
 * opened: closing it would drop the locks that this process has on it. */
static enum sts_err
make_file(struct sts_tlsdb *db, const char *path)
{
	int fd;

	if (access(path, F_OK) == 0)
		return STS_OK;
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600);
	if (fd < 0 && errno == EEXIST)
		return STS_OK; /* another was faster */
	if (fd < 0) {
		(void)snprintf(db->why, sizeof(db->why), "%m%s",
		    errno == ENOENT ? ": make its folder, owned by the "
				      "daemon's user"
				    : "");
		return STS_E_IO;
	}
	(void)close(fd);
	return STS_OK;
}

enum sts_err
sts_tlsdb_open(const char *path, int patience_ms, struct sts_tlsdb **out)
{
	static const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX;
	struct sts_tlsdb *db = calloc(1, sizeof(*db));
	enum sts_err err;

	if (db == NULL)
		return STS_E_NOMEM;
	*out = db;
	err = make_file(db, path);
	if (err == STS_OK)
		err = judge(db, sqlite3_open_v2(path, &db->conn, flags, NULL));
	if (err != STS_OK)
		return err;
	(void)sqlite3_busy_timeout(db->conn, patience_ms);
	return set_up(db);
}

void
sts_tlsdb_close(struct sts_tlsdb *db)
{
	if (db == NULL)
		return;
	for (size_t i = 0; i < STATEMENTS; i++)
		(void)sqlite3_finalize(db->statements[i].stmt);
	(void)sqlite3_close(db->conn);
	free(db);
}

const char *
sts_tlsdb_why(const struct sts_tlsdb *db)
{
	return db == NULL ? "out of memory" : db->why;
}

sqlite3_stmt *
sts_tlsdb_statement(struct sts_tlsdb *db, const char *sql)
{
	size_t i = 0;

	while (i + 1 < STATEMENTS && db->statements[i].stmt != NULL &&
	       db->statements[i].sql != sql)
		i++;
	if (db->statements[i].stmt != NULL && db->statements[i].sql != sql) {
		(void)sqlite3_finalize(db->statements[i].stmt);
		db->statements[i].stmt = NULL;
	}
	if (db->statements[i].stmt == NULL) {
		db->statements[i].sql = sql;
		(void)judge(db, sqlite3_prepare_v3(db->conn, sql, -1,
				    SQLITE_PREPARE_PERSISTENT,
				    &db->statements[i].stmt, NULL));
	}
	return db->statements[i].stmt;
}

int
sts_tlsdb_step(struct sts_tlsdb *db, sqlite3_stmt *stmt)
{
	int rc = sqlite3_step(stmt);

	(void)judge(db, rc);
	return rc;
}

enum sts_err
sts_tlsdb_finish(struct sts_tlsdb *db, sqlite3_stmt *stmt, int rc)
{
	(void)sqlite3_reset(stmt);
	(void)sqlite3_clear_bindings(stmt);
	return judge(db, rc);
}

enum sts_err
sts_tlsdb_run(struct sts_tlsdb *db, sqlite3_stmt *stmt)
{
	return sts_tlsdb_finish(db, stmt, sqlite3_step(stmt));
}

int
sts_tlsdb_changes(struct sts_tlsdb *db)
{
	return sqlite3_changes(db->conn);
}

const char *
sts_tlsdb_text(sqlite3_stmt *stmt, int column)
{
	const unsigned char *text = sqlite3_column_text(stmt, column);

	return text == NULL ? "" : (const char *)text;
}

void
sts_tlsdb_bind(sqlite3_stmt *stmt, int n, const char *const *texts)
{
	/* Cannot fail: valid parameters, and nothing is copied. */
	for (int i = 0; i < n; i++)
		(void)sqlite3_bind_text(
		    stmt, i + 1, texts[i], -1, SQLITE_STATIC);
}

enum sts_err
sts_tlsdb_begin(struct sts_tlsdb *db)
{
	return exec(db, "BEGIN IMMEDIATE");
}

enum sts_err
sts_tlsdb_end(struct sts_tlsdb *db, enum sts_err err)
{
	if (err == STS_OK)
		err = exec(db, "COMMIT");
	if (err != STS_OK)
		(void)sqlite3_exec(db->conn, "ROLLBACK", NULL, NULL, NULL);
	return err;
}

enum sts_err
sts_tlsdb_add(struct sts_tlsdb *db, const struct sts_tlsrow *row)
{
	const char *const texts[] = { row->domain, row->policy,
		row->result_type, row->mx, row->ip, row->reason_code };
	sqlite3_stmt *stmt = sts_tlsdb_statement(db,
	    "INSERT INTO tally (domain, policy, result_type, mx, ip,"
	    " reason_code, day, type, sessions)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
	    " ON CONFLICT DO UPDATE SET sessions = sessions + ?9");

	if (stmt == NULL)
		return STS_E_IO;
	sts_tlsdb_bind(stmt, 6, texts);
	(void)sqlite3_bind_int64(stmt, 7, row->day);
	(void)sqlite3_bind_int(stmt, 8, row->type);
	(void)sqlite3_bind_int64(stmt, 9, (int64_t)row->sessions);
	return sts_tlsdb_run(db, stmt);
}

enum sts_err
sts_tlsdb_rows(struct sts_tlsdb *db, int64_t day, const char *domain,
    sts_tlsdb_each *each, void *cookie)
{
	sqlite3_stmt *stmt = sts_tlsdb_statement(db,
	    "SELECT type, policy, result_type, mx, ip, reason_code, sessions"
	    " FROM tally WHERE domain = ?1 AND day = ?2"
	    " ORDER BY type, policy, result_type, mx, ip, reason_code");
	enum sts_err err = STS_OK;
	int rc = SQLITE_DONE;

	if (stmt == NULL)
		return STS_E_IO;
	sts_tlsdb_bind(stmt, 1, &domain);
	(void)sqlite3_bind_int64(stmt, 2, day);
	while (err == STS_OK && (rc = sts_tlsdb_step(db, stmt)) == SQLITE_ROW) {
		const struct sts_tlsrow row = {
			.day = day,
			.domain = domain,
			.type = sqlite3_column_int(stmt, 0),
			.policy = sts_tlsdb_text(stmt, 1),
			.result_type = sts_tlsdb_text(stmt, 2),
			.mx = sts_tlsdb_text(stmt, 3),
			.ip = sts_tlsdb_text(stmt, 4),
			.reason_code = sts_tlsdb_text(stmt, 5),
			.sessions = (uint64_t)sqlite3_column_int64(stmt, 6),
		};

		err = each(cookie, &row);
	}
	if (err != STS_OK) {
		(void)!sts_tlsdb_finish(db, stmt, SQLITE_DONE);
		return err;
	}
	return sts_tlsdb_finish(db, stmt, rc);
}

static enum sts_err
run_of_day(struct sts_tlsdb *db, const char *sql, int64_t day)
{
	sqlite3_stmt *stmt = sts_tlsdb_statement(db, sql);

	if (stmt == NULL)
		return STS_E_IO;
	(void)sqlite3_bind_int64(stmt, 1, day);
	return sts_tlsdb_run(db, stmt);
}

enum sts_err
sts_tlsdb_clean(struct sts_tlsdb *db, int64_t before)
{
	enum sts_err err = sts_tlsdb_begin(db);

	if (err != STS_OK)
		return err;
	err = run_of_day(db, "DELETE FROM tally WHERE day < ?1", before);
	if (err == STS_OK)
		err =
		    run_of_day(db, "DELETE FROM report WHERE day < ?1", before);
	if (err == STS_OK)
		err = run_of_day(
		    db, "DELETE FROM delivery WHERE day < ?1", before);
	return sts_tlsdb_end(db, err);
}
