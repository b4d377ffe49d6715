#include "sts/store/db.h"

#include "sts/store/row.h"

#include <stdio.h>
#include <stdlib.h>

#define FORMAT_TEXT "2"
enum { FORMAT = 2, BUSY_MS = 200, VALUE_MAX = 1 << 20 };

enum statement {
	GET,
	PAGE,
	UNUSED,
	DUE,
	PUT,
	DELETE,
	DROP,
	WIPE,
	BEGIN,
	COMMIT,
	ROLLBACK,
	N_STATEMENTS
};

static const char *const statements[N_STATEMENTS] = {
	[GET] =
	    "SELECT id, " STS_ROW_COLUMNS " FROM sts_record WHERE domain = ?1",
	[PAGE] = "SELECT id, " STS_ROW_COLUMNS
		 " FROM sts_record WHERE domain > ?1 ORDER BY domain LIMIT ?2",
	[UNUSED] = "SELECT id, domain FROM sts_record WHERE used_at < ?1"
		   " ORDER BY used_at LIMIT ?2",
	[DUE] = "SELECT id, domain FROM sts_record"
		" WHERE refresh_at > 0 AND refresh_at <= ?1"
		" ORDER BY refresh_at LIMIT ?2",
	[PUT] = "INSERT INTO sts_record (" STS_ROW_WRITTEN ")"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
		" ON CONFLICT (domain) DO UPDATE SET"
		" policy_id = ?2, policy = ?3, fetched_at = ?4,"
		" confirmed_at = ?5, used_at = ?6, failed_id = ?7,"
		" failed_at = ?8, failed_reason = ?9, tried_at = ?10,"
		" refresh_at = ?11",
	[DELETE] = "DELETE FROM sts_record WHERE domain = ?1",
	[DROP] = "DELETE FROM sts_record WHERE id = ?1",
	[WIPE] = "DELETE FROM sts_record",
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
};

/* Policies are public: what is deleted need not be overwritten.  Nothing is
 * mapped into memory, since a file that is cut short would then kill us.
 * Scratch files would lie in folders that the daemon may not reach. */
static const char settings[] = "PRAGMA locking_mode = EXCLUSIVE;"
			       "PRAGMA mmap_size = 0;"
			       "PRAGMA cell_size_check = ON;"
			       "PRAGMA secure_delete = OFF;"
			       "PRAGMA temp_store = MEMORY;"
			       "PRAGMA journal_size_limit = 4194304;"
			       "PRAGMA synchronous = NORMAL";

/* In one transaction, and before WAL: whenever the file has content, its first
 * page says that it is ours (dbfile.c). */
static const char schema[] =
    "BEGIN IMMEDIATE;"
    "PRAGMA application_id = 1297371988;" /* STS_DB_APPLICATION_ID */
    "PRAGMA user_version = " FORMAT_TEXT ";"
    "CREATE TABLE sts_record ("
    " id INTEGER PRIMARY KEY,"
    " domain TEXT NOT NULL UNIQUE,"
    " policy_id TEXT NOT NULL,"
    " policy TEXT,"
    " fetched_at INTEGER NOT NULL,"
    " confirmed_at INTEGER NOT NULL,"
    " used_at INTEGER NOT NULL,"
    " failed_id TEXT NOT NULL,"
    " failed_at INTEGER NOT NULL,"
    " failed_reason TEXT NOT NULL,"
    " tried_at INTEGER NOT NULL,"
    " refresh_at INTEGER NOT NULL);"
    "CREATE INDEX sts_record_used_at ON sts_record (used_at);"
    "CREATE INDEX sts_record_refresh_at ON sts_record (refresh_at);"
    "COMMIT";
_Static_assert(STS_DB_APPLICATION_ID == 1297371988, "the schema's own");

struct sts_db {
	sqlite3 *conn;
	sqlite3_stmt *stmts[N_STATEMENTS];
	struct sts_log *log; /* borrowed */
	char *why; /* borrowed */
};

struct meaning {
	int rc;
	enum sts_err err;
	const char *advice;
};

/* SQLite's results, primary or extended, in our words. */
static const struct meaning meanings[] = {
	{ SQLITE_OK, STS_OK, "" },
	{ SQLITE_ROW, STS_OK, "" },
	{ SQLITE_DONE, STS_OK, "" },
	{ SQLITE_CORRUPT, STS_E_SYNTAX, "" },
	{ SQLITE_NOTADB, STS_E_SYNTAX, "" },
	{ SQLITE_TOOBIG, STS_E_SYNTAX, "" }, /* nothing of ours is so big */
	{ SQLITE_CONSTRAINT, STS_E_SYNTAX, "" }, /* or breaks one */
	{ SQLITE_FULL, STS_E_LIMIT, ": make room on its disk" },
	{ SQLITE_IOERR_WRITE, STS_E_LIMIT,
	    ": see to its disk, its quota, its limits" },
	{ SQLITE_BUSY, STS_E_REFUSED, ": another process has it open" },
	{ SQLITE_NOMEM, STS_E_NOMEM, "" },
	{ SQLITE_IOERR_NOMEM, STS_E_NOMEM, "" },
};
static const struct meaning other = { 0, STS_E_IO, "" };

static const struct meaning *
look_up(int rc)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++)
		if (meanings[i].rc == rc)
			return &meanings[i];
	return rc == (rc & 0xff) ? &other : look_up(rc & 0xff);
}

/* The result in our words, and why for people. */
static enum sts_err
judge(struct sts_db *db, int rc)
{
	const struct meaning *m = look_up(rc);

	if (m->err != STS_OK)
		(void)snprintf(db->why, STS_DB_WHY, "%s (SQLite %d)%s",
		    sqlite3_errstr(rc), rc, m->advice);
	return m->err;
}

static enum sts_err
exec(struct sts_db *db, const char *sql)
{
	return judge(db, sqlite3_exec(db->conn, sql, NULL, NULL, NULL));
}

/* The one number that the statement gives. */
static enum sts_err
ask_number(struct sts_db *db, const char *sql, int64_t *out)
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

static enum sts_err
connect_file(struct sts_db *db, const char *path)
{
	static const int flags =
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	/* So that SQLite never takes a relative path for a URI. */
	char *name = sqlite3_mprintf("%s%s", *path == '/' ? "" : "./", path);
	int rc;

	if (name == NULL)
		return STS_E_NOMEM;
	rc = sqlite3_open_v2(name, &db->conn, flags, NULL);
	sqlite3_free(name);
	if (rc != SQLITE_OK)
		return judge(db, rc);
	(void)sqlite3_extended_result_codes(db->conn, 1);
	(void)sqlite3_busy_timeout(db->conn, BUSY_MS);
	(void)sqlite3_limit(db->conn, SQLITE_LIMIT_LENGTH, VALUE_MAX);
	/* Whatever a stranger put into the schema stays without effect. */
	(void)sqlite3_db_config(
	    db->conn, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
	(void)sqlite3_db_config(
	    db->conn, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
	(void)sqlite3_db_config(
	    db->conn, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, (int *)NULL);
	(void)sqlite3_db_config(
	    db->conn, SQLITE_DBCONFIG_ENABLE_VIEW, 0, (int *)NULL);
	return exec(db, settings);
}

/* Makes the table in an empty file; else checks whose it is. */
static enum sts_err
recognise(struct sts_db *db)
{
	int64_t id = 0, format = 0, pages = 0;
	enum sts_err err;

	if ((err = ask_number(db, "PRAGMA page_count", &pages)) != STS_OK ||
	    (err = ask_number(db, "PRAGMA application_id", &id)) != STS_OK ||
	    (err = ask_number(db, "PRAGMA user_version", &format)) != STS_OK)
		return err;
	if (pages == 0)
		return exec(db, schema);
	if (id != STS_DB_APPLICATION_ID || format > FORMAT) {
		(void)snprintf(db->why, STS_DB_WHY,
		    "its format is %lld, and this version knows %d: left "
		    "alone; upgrade, or name another file in the key `store`",
		    (long long)format, FORMAT);
		return STS_E_REFUSED;
	}
	if (format < FORMAT) {
		(void)snprintf(db->why, STS_DB_WHY, "its format is unknown");
		return STS_E_SYNTAX;
	}
	return STS_OK;
}

static enum sts_err
prepare_all(struct sts_db *db)
{
	int rc;

	for (size_t i = 0; i < N_STATEMENTS; i++) {
		rc = sqlite3_prepare_v3(db->conn, statements[i], -1,
		    SQLITE_PREPARE_PERSISTENT, &db->stmts[i], NULL);
		if (rc == SQLITE_ERROR) {
			(void)snprintf(db->why, STS_DB_WHY,
			    "its tables are not ours: %s",
			    sqlite3_errmsg(db->conn));
			return STS_E_SYNTAX;
		}
		if (rc != SQLITE_OK)
			return judge(db, rc);
	}
	return STS_OK;
}

enum sts_err
sts_db_open(
    const char *path, struct sts_log *log, char *why, struct sts_db **out)
{
	enum sts_err err = sts_dbfile_check(path, why);
	struct sts_db *db;

	if (err != STS_OK)
		return err;
	db = calloc(1, sizeof(*db));
	if (db == NULL)
		return STS_E_NOMEM;
	db->log = log;
	db->why = why;
	if ((err = connect_file(db, path)) != STS_OK ||
	    (err = recognise(db)) != STS_OK ||
	    (err = exec(db, "PRAGMA journal_mode = WAL")) != STS_OK ||
	    (err = prepare_all(db)) != STS_OK) {
		sts_db_close(db, err == STS_E_SYNTAX);
		return err;
	}
	*out = db;
	return STS_OK;
}

void
sts_db_close(struct sts_db *db, bool damaged)
{
	if (db == NULL)
		return;
	for (size_t i = 0; i < N_STATEMENTS; i++)
		(void)sqlite3_finalize(db->stmts[i]);
	if (damaged)
		(void)sqlite3_db_config(
		    db->conn, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
	(void)sqlite3_close(db->conn);
	free(db);
}

bool
sts_db_moved(struct sts_db *db)
{
	int moved = 0;

	return sqlite3_file_control(db->conn, "main", SQLITE_FCNTL_HAS_MOVED,
		   &moved) == SQLITE_OK &&
	       moved != 0;
}

enum sts_err
sts_db_probe(struct sts_db *db)
{
	/* The same value again: it is written all the same. */
	return exec(db, "PRAGMA user_version = " FORMAT_TEXT);
}

static void
bind_str(sqlite3_stmt *stmt, const char *s)
{
	/* Cannot fail: a valid parameter, and nothing is copied. */
	(void)sqlite3_bind_text(stmt, 1, s, -1, SQLITE_STATIC);
}

/* Of a statement that gives no rows. */
static enum sts_err
run(struct sts_db *db, enum statement which)
{
	sqlite3_stmt *stmt = db->stmts[which];
	enum sts_err err = judge(db, sqlite3_step(stmt));

	(void)sqlite3_reset(stmt);
	(void)sqlite3_clear_bindings(stmt);
	return err;
}

/* Deletes a row that is not a record of ours. */
static enum sts_err
drop_row(struct sts_db *db, int64_t id, const char *column)
{
	sts_log(db->log, STS_LOG_WARNING, "store-row-dropped",
	    STS_KV_INT("row", id), STS_KV_STR("damaged_column", column));
	(void)sqlite3_bind_int64(db->stmts[DROP], 1, id);
	return run(db, DROP);
}

/* The statement's row.  STS_E_NOTFOUND: it was damaged, and goes. */
static enum sts_err
take_row(struct sts_db *db, sqlite3_stmt *stmt, const struct sts_record **out)
{
	const char *column = "";
	enum sts_err err = sts_row_read(stmt, out, &column);

	if (err != STS_E_SYNTAX)
		return err;
	err = drop_row(db, sqlite3_column_int64(stmt, 0), column);
	return err == STS_OK ? STS_E_NOTFOUND : err;
}

enum sts_err
sts_db_get(struct sts_db *db, const char *domain, const struct sts_record **out)
{
	sqlite3_stmt *stmt = db->stmts[GET];
	const struct sts_record *record = NULL;
	enum sts_err err = STS_E_NOTFOUND;
	int rc;

	bind_str(stmt, domain);
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		err = take_row(db, stmt, &record);
	else if (rc != SQLITE_DONE)
		err = judge(db, rc);
	(void)sqlite3_reset(stmt);
	(void)sqlite3_clear_bindings(stmt);
	if (record == NULL)
		return err;
	if (strcmp(record->domain, domain) != 0) {
		sts_record_put(record);
		(void)snprintf(db->why, STS_DB_WHY, "its index is wrong");
		return STS_E_SYNTAX;
	}
	*out = record;
	return STS_OK;
}

/* One page. *dropped: how many rows were damaged. */
static enum sts_err
read_page(struct sts_db *db, const char *after,
    const struct sts_record *records[STS_DB_PAGE], size_t *n, size_t *dropped)
{
	sqlite3_stmt *stmt = db->stmts[PAGE];
	enum sts_err err = STS_OK;
	int rc = SQLITE_DONE;

	*n = *dropped = 0;
	bind_str(stmt, after);
	(void)sqlite3_bind_int(stmt, 2, STS_DB_PAGE);
	while (err == STS_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		err = take_row(db, stmt, &records[*n]);
		if (err == STS_OK) {
			(*n)++;
		} else if (err == STS_E_NOTFOUND) {
			(*dropped)++;
			err = STS_OK;
		}
	}
	if (err == STS_OK)
		err = judge(db, rc);
	(void)sqlite3_reset(stmt);
	(void)sqlite3_clear_bindings(stmt);
	return err;
}

enum sts_err
sts_db_page(struct sts_db *db, const char *after,
    const struct sts_record *records[STS_DB_PAGE], size_t *n)
{
	size_t got, dropped;
	enum sts_err err;

	do /* a page of nothing but damage is not the end */
		err = read_page(db, after, records, &got, &dropped);
	while (err == STS_OK && got == 0 && dropped > 0);
	if (err == STS_OK)
		*n = got;
	else
		while (got > 0)
			sts_record_put(records[--got]);
	return err;
}

/* Of a row of UNUSED or DUE. */
static bool
copy_domain(sqlite3_stmt *stmt, char dst[STS_DOMAIN_SIZE])
{
	const unsigned char *p;
	size_t n;

	if (sqlite3_column_type(stmt, 1) != SQLITE_TEXT)
		return false;
	p = sqlite3_column_text(stmt, 1);
	n = (size_t)sqlite3_column_bytes(stmt, 1);
	return p != NULL && n > 0 &&
	       sts_slice_copy(sts_slice(p, n), dst, STS_DOMAIN_SIZE) == STS_OK;
}

/* Runs UNUSED or DUE. */
static enum sts_err
list_domains(struct sts_db *db, enum statement which, int64_t time, int max,
    char domains[][STS_DOMAIN_SIZE], size_t *n)
{
	sqlite3_stmt *stmt = db->stmts[which];
	enum sts_err err = STS_OK;
	size_t got = 0;
	int rc = SQLITE_DONE;

	(void)sqlite3_bind_int64(stmt, 1, time);
	(void)sqlite3_bind_int(stmt, 2, max);
	while (err == STS_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		if (copy_domain(stmt, domains[got]))
			got++;
		else
			err = drop_row(
			    db, sqlite3_column_int64(stmt, 0), "domain");
	}
	if (err == STS_OK)
		err = judge(db, rc);
	(void)sqlite3_reset(stmt);
	if (err == STS_OK)
		*n = got;
	return err;
}

enum sts_err
sts_db_unused(struct sts_db *db, int64_t before,
    char domains[STS_DB_UNUSED][STS_DOMAIN_SIZE], size_t *n)
{
	return list_domains(db, UNUSED, before, STS_DB_UNUSED, domains, n);
}

enum sts_err
sts_db_due(struct sts_db *db, int64_t now,
    char domains[STS_DUE_MAX][STS_DOMAIN_SIZE], size_t *n)
{
	return list_domains(db, DUE, now, STS_DUE_MAX, domains, n);
}

static enum sts_err
write_item(struct sts_db *db, const struct sts_memory_item *item, int64_t now)
{
	enum sts_err err;

	if (item->record == NULL) {
		bind_str(db->stmts[DELETE], item->domain);
		return run(db, DELETE);
	}
	err = sts_row_bind(db->stmts[PUT], item->record, now);
	return err == STS_OK ? run(db, PUT) : err;
}

/* Without a judgement: `why` is the first failure's. */
static void
roll_back(struct sts_db *db)
{
	if (sqlite3_get_autocommit(db->conn))
		return;
	(void)sqlite3_step(db->stmts[ROLLBACK]);
	(void)sqlite3_reset(db->stmts[ROLLBACK]);
}

enum sts_err
sts_db_write(struct sts_db *db, const struct sts_memory_item *items, size_t n,
    int64_t now)
{
	enum sts_err err = run(db, BEGIN);

	for (size_t i = 0; i < n && err == STS_OK; i++)
		err = write_item(db, &items[i], now);
	if (err == STS_OK)
		err = run(db, COMMIT);
	roll_back(db);
	return err;
}

enum sts_err
sts_db_wipe(struct sts_db *db, size_t *n)
{
	enum sts_err err = run(db, WIPE);

	if (err == STS_OK)
		*n = (size_t)sqlite3_changes(db->conn);
	return err;
}
