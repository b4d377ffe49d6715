#include "fixture.h"

#include "sts/store/db.h"
#include "sts/store/row.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static char why[STS_DB_WHY];

static struct sts_db *
open_db(struct fixture *f)
{
	struct sts_db *db;
	enum sts_err err = sts_db_open(f->path, f->log, why, &db);

	if (err != STS_OK)
		fail_msg("%s: %s", sts_err_text(err), why);
	return db;
}

static void
refuses(struct fixture *f, enum sts_err err, const char *text)
{
	struct sts_db *db = NULL;

	why[0] = '\0';
	assert_int_equal(sts_db_open(f->path, f->log, why, &db), err);
	assert_null(db);
	if (strstr(why, text) == NULL)
		fail_msg("\"%s\" is not in: %s", text, why);
}

/* As an admin would with SQLite's own shell. The file is not open. */
static void
edit(struct fixture *f, const char *sql)
{
	sqlite3 *conn;

	assert_int_equal(sqlite3_open(f->path, &conn), SQLITE_OK);
	if (sqlite3_exec(conn, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(conn));
	assert_int_equal(sqlite3_close(conn), SQLITE_OK);
}

static void
write_one(
    struct sts_db *db, const char *domain, const struct sts_record *record)
{
	struct sts_memory_item item = { .record = record };

	(void)snprintf(item.domain, sizeof(item.domain), "%s", domain);
	assert_int_equal(sts_db_write(db, &item, 1, START), STS_OK);
}

static void
write_domain(struct sts_db *db, const char *domain, int64_t used_at)
{
	struct sts_record *record = record_of(domain, "1", "mx.example");

	record->used_at = used_at;
	write_one(db, domain, record);
	sts_record_put(record);
}

static const struct sts_record *
read_one(struct sts_db *db, const char *domain)
{
	const struct sts_record *record;
	enum sts_err err = sts_db_get(db, domain, &record);

	if (err == STS_E_NOTFOUND)
		return NULL;
	if (err != STS_OK)
		fail_msg("%s: %s", sts_err_text(err), why);
	return record;
}

static void
test_a_record_comes_back_whole(void **state)
{
	struct fixture *f = *state;
	struct sts_db *db = open_db(f);
	struct sts_record *r =
	    record_of("a.example", "20260101", "*.a.example");
	const struct sts_record *back;

	r->fetched_at = START - 5;
	r->confirmed_at = START - 4;
	r->used_at = START - 3;
	r->failed_id = "abcdefghijklmnopqrstuvwxyz012345";
	r->failed_at = START - 2;
	r->tried_at = START - 1;
	r->failed_reason = STS_REASON_STS_WEBPKI_INVALID;
	write_one(db, r->domain, r);
	sts_db_close(db, false);
	db = open_db(f);
	back = read_one(db, "a.example");
	assert_non_null(back);
	assert_string_equal(back->domain, r->domain);
	assert_string_equal(back->id, r->id);
	assert_true(sts_policy_eq(back->policy, r->policy));
	assert_int_equal(back->fetched_at, r->fetched_at);
	assert_int_equal(back->confirmed_at, r->confirmed_at);
	assert_int_equal(back->used_at, r->used_at);
	assert_string_equal(back->failed_id, r->failed_id);
	assert_int_equal(back->failed_at, r->failed_at);
	assert_int_equal(back->failed_reason, r->failed_reason);
	assert_int_equal(back->tried_at, r->tried_at);
	sts_record_put(back);
	sts_record_put(r);
	assert_null(read_one(db, "b.example"));
	sts_db_close(db, false);
}

static void
test_a_failure_alone_comes_back(void **state)
{
	struct fixture *f = *state;
	struct sts_db *db = open_db(f);
	const struct sts_record draft = {
		.domain = "a.example",
		.failed_at = START,
		.failed_reason = STS_REASON_STS_POLICY_FETCH_ERROR,
	};
	const struct sts_record *r = sts_record_new(&draft), *back;
	static char domains[STS_DB_UNUSED][STS_DOMAIN_SIZE];
	size_t n;

	assert_non_null(r);
	write_one(db, r->domain, r);
	sts_record_put(r);
	back = read_one(db, "a.example");
	assert_non_null(back);
	assert_null(back->policy);
	assert_string_equal(back->id, "");
	assert_int_equal(back->used_at, START);
	sts_record_put(back);
	/* Cleaned after a day, not after half a year. */
	assert_int_equal(
	    sts_db_unused(db, START - STS_UNUSED_MAX, domains, &n), STS_OK);
	assert_int_equal(n, 0);
	assert_int_equal(
	    sts_db_unused(db, START + STS_ROW_FAILURE_KEPT + 1 - STS_UNUSED_MAX,
		domains, &n),
	    STS_OK);
	assert_int_equal(n, 1);
	assert_string_equal(domains[0], "a.example");
	write_one(db, "a.example", NULL);
	assert_null(read_one(db, "a.example"));
	sts_db_close(db, false);
}

/* Each leaves the row of a.example as nothing that we write. */
static const char *const damages[] = {
	"policy_id = x'00'",
	"policy_id = 'no-id'",
	"policy_id = 'abcdefghijklmnopqrstuvwxyz0123456'",
	"policy_id = 'a' || char(0) || 'b'",
	"policy = NULL", /* with an id */
	"policy = ''",
	"policy = 7",
	"policy = CAST(policy AS BLOB)",
	"policy = replace(policy, 'enforce', 'enforced')",
	"policy = replace(policy, 'mx.example', 'mx..example')",
	"policy = policy || char(1)",
	"policy = policy || printf('%.*c', 66000, 'x')",
	"fetched_at = -1",
	"fetched_at = 'soon'",
	"confirmed_at = 253402300800",
	"confirmed_at = 1.5",
	"used_at = 9223372036854775807",
	"failed_id = 'a b'",
	"failed_at = x'01'",
	"failed_reason = 'because'",
	"failed_reason = 1",
	"tried_at = -1",
};

static void
test_a_damaged_row_is_forgotten(void **state)
{
	struct fixture *f = *state;
	struct sts_db *db = open_db(f);
	const struct sts_record *record;
	char sql[256];

	write_domain(db, "b.example", START);
	for (size_t i = 0; i < COUNT(damages); i++) {
		write_domain(db, "a.example", START);
		sts_db_close(db, false);
		(void)snprintf(sql, sizeof(sql),
		    "UPDATE sts_record SET %s WHERE domain = 'a.example'",
		    damages[i]);
		edit(f, sql);
		db = open_db(f);
		record = read_one(db, "a.example");
		if (record != NULL)
			fail_msg("read: %s", damages[i]);
		assert_int_equal(fixture_logged(f, "store-row-dropped"), i + 1);
		/* It is gone, and nothing else is. */
		assert_null(read_one(db, "a.example"));
		assert_int_equal(fixture_logged(f, "store-row-dropped"), i + 1);
		record = read_one(db, "b.example");
		assert_non_null(record);
		sts_record_put(record);
	}
	sts_db_close(db, false);
}

/* What SQLite's own checks say of the file. */
static void
test_only_our_formats_are_taken(void **state)
{
	struct fixture *f = *state;

	sts_db_close(open_db(f), false);
	edit(f, "PRAGMA user_version = 3");
	refuses(f, STS_E_REFUSED, "its format is 3");
	edit(f, "PRAGMA user_version = 1");
	refuses(f, STS_E_SYNTAX, "its format is unknown");
	edit(f, "PRAGMA user_version = 0");
	refuses(f, STS_E_SYNTAX, "its format is unknown");
	edit(f, "PRAGMA user_version = 2; DROP TABLE sts_record");
	refuses(f, STS_E_SYNTAX, "no such table");
	edit(f, "CREATE TABLE sts_record (id INTEGER, domain TEXT)");
	refuses(f, STS_E_SYNTAX, "no such column");
	edit(f, "PRAGMA application_id = 0; DROP TABLE sts_record;"
		"CREATE TABLE other (id)");
	refuses(f, STS_E_REFUSED, "not a cache of mta-sts-milter");
}

static void
test_pages_are_in_order(void **state)
{
	enum { N = 2 * STS_DB_PAGE + 7 };
	struct fixture *f = *state;
	struct sts_db *db = open_db(f);
	const struct sts_record *records[STS_DB_PAGE];
	char domain[32], after[STS_DOMAIN_SIZE] = "";
	size_t n, all = 0;

	for (int i = N - 1; i >= 0; i--) {
		(void)snprintf(domain, sizeof(domain), "d%04d.example", i);
		write_domain(db, domain, START);
	}
	/* The whole first page and a row of the second are damaged. */
	sts_db_close(db, false);
	edit(f, "UPDATE sts_record SET policy_id = '?' WHERE"
		" domain < 'd0128.example' OR domain = 'd0200.example'");
	db = open_db(f);
	for (;;) {
		assert_int_equal(sts_db_page(db, after, records, &n), STS_OK);
		if (n == 0)
			break;
		for (size_t i = 0; i < n; i++) {
			assert_true(strcmp(after, records[i]->domain) < 0);
			(void)snprintf(
			    after, sizeof(after), "%s", records[i]->domain);
			sts_record_put(records[i]);
		}
		all += n;
	}
	assert_int_equal(all, N - STS_DB_PAGE - 1);
	assert_string_equal(after, "d0262.example");
	assert_int_equal(
	    fixture_logged(f, "store-row-dropped"), STS_DB_PAGE + 1);
	sts_db_close(db, false);
}

static void
test_a_row_without_a_domain_is_forgotten(void **state)
{
	static const char *const names[] = { "''", "x'61'", "'a b'", "'a/b'",
		"'a' || char(0)", "char(233)", "printf('%.*c', 254, 'x')" };
	struct fixture *f = *state;
	const struct sts_record *records[STS_DB_PAGE];
	struct sts_db *db;
	char sql[128];
	size_t n;

	for (size_t i = 0; i < COUNT(names); i++) {
		db = open_db(f);
		write_domain(db, "a.example", START);
		sts_db_close(db, false);
		(void)snprintf(sql, sizeof(sql),
		    "UPDATE sts_record SET domain = %s", names[i]);
		edit(f, sql);
		db = open_db(f);
		assert_int_equal(sts_db_page(db, "", records, &n), STS_OK);
		if (n != 0)
			fail_msg("%s is taken for a domain", names[i]);
		assert_int_equal(sts_db_wipe(db, &n), STS_OK);
		sts_db_close(db, false);
	}
	/* '' is not behind "": the page did not find it. */
	assert_int_equal(
	    fixture_logged(f, "damaged_column=domain"), COUNT(names) - 1);
}

static void
test_the_unused_come_oldest_first(void **state)
{
	static char domains[STS_DB_UNUSED][STS_DOMAIN_SIZE];
	struct fixture *f = *state;
	struct sts_db *db = open_db(f);
	char domain[32];
	size_t n;

	for (int i = 0; i < STS_DB_UNUSED + 10; i++) {
		(void)snprintf(domain, sizeof(domain), "d%04d.example", i);
		write_domain(db, domain, START - i);
	}
	assert_int_equal(
	    sts_db_unused(db, START - STS_DB_UNUSED, domains, &n), STS_OK);
	assert_int_equal(n, 9);
	assert_string_equal(domains[0], "d0265.example");
	assert_string_equal(domains[8], "d0257.example");
	assert_int_equal(sts_db_unused(db, START, domains, &n), STS_OK);
	assert_int_equal(n, STS_DB_UNUSED);
	assert_int_equal(
	    sts_db_unused(db, START - 2 * STS_DB_UNUSED, domains, &n), STS_OK);
	assert_int_equal(n, 0);
	sts_db_close(db, false);
}

/* Confirmed, and used, at that time. */
static void
write_confirmed(struct sts_db *db, const char *domain, int64_t at)
{
	struct sts_record *record = record_of(domain, "1", "mx.example");

	record->confirmed_at = record->used_at = at;
	write_one(db, domain, record);
	sts_record_put(record);
}

static void
test_the_due_come_oldest_first(void **state)
{
	static char domains[STS_DUE_MAX][STS_DOMAIN_SIZE];
	struct fixture *f = *state;
	struct sts_db *db = open_db(f);
	char domain[32];
	size_t n;

	for (int i = 0; i < STS_DUE_MAX + 10; i++) {
		(void)snprintf(domain, sizeof(domain), "d%04d.example", i);
		write_confirmed(db, domain, START - i * STS_REFRESH_MAX);
	}
	/* When they were written, these were not in force any more. */
	write_confirmed(db, "expired.example", START - 400 * DAY);
	assert_int_equal(
	    sts_db_due(db, START + STS_REFRESH_MIN - 1, domains, &n), STS_OK);
	/* Seven days' life, and 28 h between: those of before are not due. */
	assert_int_equal(n, 5);
	assert_string_equal(domains[0], "d0005.example");
	assert_string_equal(domains[4], "d0001.example");
	assert_int_equal(
	    sts_db_due(db, START + STS_REFRESH_MAX, domains, &n), STS_OK);
	assert_int_equal(n, 6);
	assert_int_equal(sts_db_due(db, START - 10 * DAY, domains, &n), STS_OK);
	assert_int_equal(n, 0);
	sts_db_close(db, false);
}

/* Of each connection's statements, as SQLite itself tells it. */
static void
explain(sqlite3 *conn, const char *sql, struct sts_buf *out)
{
	char *text = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
	sqlite3_stmt *stmt;

	assert_int_equal(
	    sqlite3_prepare_v2(conn, text, -1, &stmt, NULL), SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW)
		sts_buf_printf(
		    out, "%s\n", (const char *)sqlite3_column_text(stmt, 3));
	(void)sqlite3_finalize(stmt);
	sqlite3_free(text);
}

static sqlite3 *opened; /* by SQLite's hook, which has no cookie */

static int
note_opened(sqlite3 *conn, char **error, const sqlite3_api_routines *api)
{
	(void)error;
	(void)api;
	opened = conn;
	return SQLITE_OK;
}

/* However many rows there are. */
static void
test_nothing_searches_the_whole_table(void **state)
{
	struct fixture *f = *state;
	sqlite3_stmt *stmt = NULL;
	struct sts_db *db;
	struct sts_buf plans;
	unsigned n = 0;

	sts_buf_init(&plans, 8192);
	assert_int_equal(
	    sqlite3_auto_extension((void (*)(void))note_opened), SQLITE_OK);
	db = open_db(f);
	sqlite3_reset_auto_extension();
	while ((stmt = sqlite3_next_stmt(opened, stmt)) != NULL)
		if (strcmp(sqlite3_sql(stmt), "DELETE FROM sts_record") != 0) {
			explain(opened, sqlite3_sql(stmt), &plans);
			n++;
		}
	assert_int_equal(n, 10);
	if (strstr(sts_buf_cstr(&plans), "SCAN") != NULL ||
	    strstr(sts_buf_cstr(&plans), "TEMP") != NULL)
		fail_msg("%s", sts_buf_cstr(&plans));
	assert_non_null(
	    strstr(sts_buf_cstr(&plans), "USING INDEX sts_record_refresh_at "
					 "(refresh_at>? AND refresh_at<?)"));
	sts_buf_deinit(&plans);
	sts_db_close(db, false);
}

static void
test_the_unused_without_a_name_go(void **state)
{
	static const char *const names[] = { "''", "x'61'", "'a' || char(0)",
		"printf('%.*c', 300, 'x')" };
	static char domains[STS_DB_UNUSED][STS_DOMAIN_SIZE];
	struct fixture *f = *state;
	struct sts_db *db;
	char sql[128];
	size_t n;

	for (size_t i = 0; i < COUNT(names); i++) {
		db = open_db(f);
		write_domain(db, "a.example", START - 1);
		sts_db_close(db, false);
		(void)snprintf(sql, sizeof(sql),
		    "UPDATE sts_record SET domain = %s", names[i]);
		edit(f, sql);
		db = open_db(f);
		assert_int_equal(sts_db_unused(db, START, domains, &n), STS_OK);
		if (n != 0)
			fail_msg("%s is taken for a domain", names[i]);
		assert_int_equal(sts_db_wipe(db, &n), STS_OK);
		assert_int_equal(n, 0);
		sts_db_close(db, false);
	}
}

static void
test_wiping_counts(void **state)
{
	struct fixture *f = *state;
	struct sts_db *db = open_db(f);
	size_t n = 9;

	assert_int_equal(sts_db_wipe(db, &n), STS_OK);
	assert_int_equal(n, 0);
	write_domain(db, "a.example", START);
	write_domain(db, "b.example", START);
	write_domain(db, "b.example", START);
	assert_int_equal(sts_db_wipe(db, &n), STS_OK);
	assert_int_equal(n, 2);
	assert_null(read_one(db, "a.example"));
	sts_db_close(db, false);
}

/* One row of many, and whether the index knows it. */
static void
check_row_of_many(struct sts_db *db, size_t i)
{
	const struct sts_record *back;
	char domain[32];

	(void)snprintf(domain, sizeof(domain), "d%zu.example", i);
	back = read_one(db, domain);
	assert_non_null(back);
	assert_string_equal(back->domain, domain);
	sts_record_put(back);
}

/* A hundred thousand; a million with STS_TEST_ROWS=1000000. */
static void
test_many_rows(void **state)
{
	enum { BATCH = 250 };
	static struct sts_memory_item items[BATCH];
	static char domains[STS_DUE_MAX][STS_DOMAIN_SIZE];
	struct fixture *f = *state;
	struct sts_record *r = record_of("d.example", "1", "mx.example");
	struct sts_db *db = open_db(f);
	const char *wish = getenv("STS_TEST_ROWS");
	size_t rows = wish == NULL ? 100000 : strtoul(wish, NULL, 10), n = 0;
	struct sts_record draft = sts_record_draft(r);

	for (size_t i = 0; i < rows; i += BATCH) {
		for (size_t j = 0; j < BATCH; j++) {
			(void)snprintf(items[j].domain, sizeof(items[j].domain),
			    "d%zu.example", i + j);
			draft.domain = items[j].domain;
			items[j].record = sts_record_new(&draft);
			assert_non_null(items[j].record);
		}
		assert_int_equal(sts_db_write(db, items, BATCH, START), STS_OK);
		for (size_t j = 0; j < BATCH; j++)
			sts_memory_item_deinit(&items[j]);
	}
	sts_db_close(db, false);
	db = open_db(f);
	check_row_of_many(db, 0);
	check_row_of_many(db, rows / 2);
	check_row_of_many(db, rows - 1);
	assert_null(read_one(db, "d.example"));
	assert_int_equal(sts_db_due(db, START, domains, &n), STS_OK);
	assert_int_equal(n, 0);
	assert_int_equal(sts_db_due(db, START + 86400, domains, &n), STS_OK);
	assert_int_equal(n, STS_DUE_MAX);
	sts_db_close(db, false);
	sts_record_put(r);
}

static void
test_all_is_written_or_nothing(void **state)
{
	static const char *mx[STS_POLICY_MX_MAX];
	static const char pattern[] =
	    "12345678901234567890123456789012345678901234567890."
	    "12345678901234567890.example";
	struct fixture *f = *state;
	struct sts_db *db = open_db(f);
	struct sts_policy endless = {
		.mode = STS_MODE_ENFORCE, .n_mx = STS_POLICY_MX_MAX, .mx = mx
	};
	const struct sts_record bad = {
		.domain = "b.example",
		.id = "1",
		.failed_id = "",
		.policy = &endless,
	};
	struct sts_record *good = record_of("a.example", "1", "mx.example");
	struct sts_memory_item items[] = {
		{ .domain = "a.example", .record = good },
		{ .domain = "b.example", .record = &bad },
	};

	for (size_t i = 0; i < STS_POLICY_MX_MAX; i++)
		mx[i] = pattern;
	assert_int_equal(sts_db_write(db, items, 2, START), STS_E_NOMEM);
	assert_null(read_one(db, "a.example"));
	assert_int_equal(sts_db_write(db, items, 1, START), STS_OK);
	sts_db_close(db, false);
	db = open_db(f);
	sts_record_put(good);
	good = NULL;
	assert_int_equal(sts_db_get(db, "a.example", &items[0].record), STS_OK);
	sts_record_put(items[0].record);
	sts_db_close(db, false);
}

static void
test_it_is_noticed_when_the_file_goes(void **state)
{
	struct fixture *f = *state;
	struct sts_db *db = open_db(f);

	assert_false(sts_db_moved(db));
	assert_int_equal(unlink(f->path), 0);
	assert_true(sts_db_moved(db));
	sts_db_close(db, false);
}

/* A process that has the file open until it is killed. */
static pid_t
other_process(struct fixture *f)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* should a test fail */
		write_domain(open_db(f), "a.example", START);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	return pid;
}

static void
test_one_process_at_a_time(void **state)
{
	struct fixture *f = *state;
	pid_t pid = other_process(f);
	const struct sts_record *record;
	struct sts_db *db;

	refuses(f, STS_E_REFUSED, "another process has it open");
	/* Killed without warning, it leaves all it wrote, and no lock. */
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	db = open_db(f);
	record = read_one(db, "a.example");
	assert_non_null(record);
	sts_record_put(record);
	sts_db_close(db, false);
}

/* PRAGMA and what it has to answer. */
static const char *const pragmas[][2] = {
	{ "PRAGMA journal_mode", "wal" },
	{ "PRAGMA application_id", "1297371988" },
	{ "PRAGMA user_version", "2" },
	{ "PRAGMA integrity_check", "ok" },
};

static int
same_text(void *cookie, int n, char **values, char **names)
{
	(void)names;
	assert_int_equal(n, 1);
	assert_string_equal(values[0], cookie);
	return 0;
}

static void
test_the_file_says_what_it_is(void **state)
{
	struct fixture *f = *state;
	sqlite3 *conn;
	char text[32];

	sts_db_close(open_db(f), false);
	assert_int_equal(sqlite3_open(f->path, &conn), SQLITE_OK);
	for (size_t i = 0; i < COUNT(pragmas); i++) {
		(void)snprintf(text, sizeof(text), "%s", pragmas[i][1]);
		assert_int_equal(
		    sqlite3_exec(conn, pragmas[i][0], same_text, text, NULL),
		    SQLITE_OK);
	}
	assert_int_equal(sqlite3_close(conn), SQLITE_OK);
}

int
main(void)
{
#define TEST(t)                                                                \
	cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_a_record_comes_back_whole),
		TEST(test_a_failure_alone_comes_back),
		TEST(test_a_damaged_row_is_forgotten),
		TEST(test_only_our_formats_are_taken),
		TEST(test_pages_are_in_order),
		TEST(test_a_row_without_a_domain_is_forgotten),
		TEST(test_the_unused_come_oldest_first),
		TEST(test_the_due_come_oldest_first),
		TEST(test_nothing_searches_the_whole_table),
		TEST(test_the_unused_without_a_name_go),
		TEST(test_wiping_counts),
		TEST(test_all_is_written_or_nothing),
		TEST(test_many_rows),
		TEST(test_it_is_noticed_when_the_file_goes),
		TEST(test_one_process_at_a_time),
		TEST(test_the_file_says_what_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
