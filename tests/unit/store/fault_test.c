#include "fixture.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOBODY = 65534 };

static void
assert_problem(struct fixture *f, const char *text)
{
	struct sts_store_health health;

	sts_store_health(f->store, &health);
	assert_false(health.on_disk);
	if (strstr(health.problem, text) == NULL)
		fail_msg("\"%s\" is not in: %s", text, health.problem);
	assert_int_equal(fixture_logged(f, "store-failing"), 1);
}

/* Memory serves, whatever the file does. */
static void
assert_serves(struct fixture *f)
{
	put(f, "serves.example", "1");
	assert_remembered(f, "serves.example", "1");
	assert_remembered(f, "unknown.example", "");
	put(f, "serves.example", "2");
	assert_remembered(f, "serves.example", "2");
}

/* The time until the next try passes. */
static void
assert_recovers(struct fixture *f)
{
	fixture_pass(f, 60);
	sync_all(f);
	assert_true(fixture_works(f));
	assert_int_equal(fixture_logged(f, "store-recovered"), 1);
}

static void
assert_same_file(const char *path, const char *bytes, size_t n)
{
	char now[1024];
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	assert_int_equal(fread(now, 1, sizeof(now), file), n);
	(void)fclose(file);
	assert_memory_equal(now, bytes, n);
}

static void
test_a_text_file_is_left_alone(void **state)
{
	static const char text[] = "store = \"/var/lib/cache.db\"\n";
	struct fixture *f = *state;

	fixture_write_file(f->path, text, sizeof(text) - 1);
	fixture_open(f);
	assert_problem(f, "not a cache of mta-sts-milter");
	assert_serves(f);
	assert_int_equal(sts_store_sync(f->store, 1000), STS_E_IO);
	/* Looking again changes nothing, and says nothing new. */
	fixture_pass(f, 3600);
	assert_int_equal(sts_store_sync(f->store, 1000), STS_E_IO);
	assert_problem(f, "not a cache of mta-sts-milter");
	assert_same_file(f->path, text, sizeof(text) - 1);
	/* Moved away, what waited is written. */
	assert_int_equal(unlink(f->path), 0);
	assert_recovers(f);
	fixture_reopen(f);
	assert_remembered(f, "serves.example", "2");
}

static void
test_the_end_is_a_last_try(void **state)
{
	struct fixture *f = *state;

	fixture_write_file(f->path, "text", 4);
	fixture_open(f);
	put(f, "a.example", "1");
	fixture_close(f);
	assert_int_equal(fixture_logged(f, "store-unsaved domains=1"), 1);
	fixture_open(f);
	put(f, "a.example", "2");
	assert_int_equal(sts_store_sync(f->store, 1000), STS_E_IO);
	assert_int_equal(unlink(f->path), 0);
	fixture_reopen(f);
	assert_remembered(f, "a.example", "2");
}

static void
edit(struct fixture *f, const char *sql)
{
	sqlite3 *conn;

	assert_int_equal(sqlite3_open(f->path, &conn), SQLITE_OK);
	assert_int_equal(sqlite3_exec(conn, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(conn), SQLITE_OK);
}

static void
put_newer(struct fixture *f, const char *line)
{
	assert_non_null(strstr(line, "store-row-dropped"));
	put(f, "a.example", "2");
}

static void
test_a_put_while_the_file_is_read_is_newer(void **state)
{
	struct fixture *f = *state;

	fixture_open(f);
	put(f, "a.example", "1");
	fixture_close(f);
	edit(f, "UPDATE sts_record SET policy = 'junk'");
	f->on_line = put_newer;
	fixture_open(f);
	/* The row is damaged, and so reading it is told, in the midst of it. */
	assert_remembered(f, "a.example", "2");
	fixture_reopen(f);
	assert_remembered(f, "a.example", "2");
}

static void
test_another_database_is_left_alone(void **state)
{
	struct fixture *f = *state;

	edit(f, "CREATE TABLE sts_records (domain); "
		"INSERT INTO sts_records VALUES ('a.example')");
	fixture_open(f);
	assert_problem(f, "not a cache of mta-sts-milter");
	assert_serves(f);
	fixture_close(f);
	assert_int_equal(fixture_set_aside(f), 0);
	edit(f, "DELETE FROM sts_records WHERE domain = 'a.example'");
}

static void
test_a_newer_format_is_left_alone(void **state)
{
	struct fixture *f = *state;

	fixture_open(f);
	put(f, "a.example", "1");
	fixture_close(f);
	edit(f, "PRAGMA user_version = 3");
	fixture_open(f);
	assert_problem(f, "upgrade");
	assert_serves(f);
	assert_remembered(f, "a.example", "");
	fixture_close(f);
	assert_int_equal(fixture_set_aside(f), 0);
	edit(f, "PRAGMA user_version = 2");
	fixture_open(f);
	assert_remembered(f, "a.example", "1");
	assert_remembered(f, "serves.example", "");
}

static void
test_a_folder_is_left_alone(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdir(f->path, 0700), 0);
	fixture_open(f);
	assert_problem(f, "Is a directory");
	assert_serves(f);
	assert_int_equal(rmdir(f->path), 0);
	assert_recovers(f);
}

static void
test_an_empty_file_is_taken(void **state)
{
	struct fixture *f = *state;

	fixture_write_file(f->path, "", 0);
	fixture_open(f);
	assert_true(fixture_works(f));
	assert_serves(f);
	fixture_reopen(f);
	assert_remembered(f, "serves.example", "2");
	assert_int_equal(fixture_logged(f, "\n"), 0);
}

static void
test_a_missing_folder(void **state)
{
	struct fixture *f = *state;
	char folder[96];

	(void)snprintf(folder, sizeof(folder), "%s/sub", f->dir);
	(void)snprintf(f->path, sizeof(f->path), "%s/cache.db", folder);
	fixture_open(f);
	assert_problem(f, "make its folder");
	assert_serves(f);
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_recovers(f);
	fixture_reopen(f);
	assert_remembered(f, "serves.example", "2");
	fixture_close(f);
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(rmdir(folder), 0);
}

/* Root may do everything: then the test is somebody else for a while. */
static void
become_nobody(struct fixture *f)
{
	if (geteuid() != 0)
		return;
	assert_int_equal(chown(f->dir, NOBODY, NOBODY), 0);
	if (access(f->path, F_OK) == 0)
		assert_int_equal(chown(f->path, NOBODY, NOBODY), 0);
	assert_int_equal(seteuid(NOBODY), 0);
}

static void
become_self(void)
{
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
}

static void
test_an_unwritable_folder(void **state)
{
	struct fixture *f = *state;

	become_nobody(f);
	assert_int_equal(chmod(f->dir, 0500), 0);
	fixture_open(f);
	assert_problem(f, "give the file and its folder to");
	assert_serves(f);
	assert_int_equal(chmod(f->dir, 0700), 0);
	assert_recovers(f);
	fixture_reopen(f);
	assert_remembered(f, "serves.example", "2");
	fixture_close(f);
	become_self();
}

static void
test_an_unwritable_file(void **state)
{
	struct fixture *f = *state;

	fixture_open(f);
	put(f, "a.example", "1");
	fixture_close(f);
	become_nobody(f);
	assert_int_equal(chmod(f->path, 0400), 0);
	fixture_open(f);
	assert_problem(f, "give the file and its folder to");
	assert_serves(f);
	assert_int_equal(chmod(f->path, 0600), 0);
	assert_recovers(f);
	assert_remembered(f, "a.example", "1");
	fixture_close(f);
	become_self();
}

static void
fill(struct fixture *f, unsigned n)
{
	char domain[64];

	for (unsigned i = 0; i < n; i++) {
		(void)snprintf(domain, sizeof(domain), "d%04u.example", i);
		put(f, domain, "1");
	}
	sync_all(f);
}

static void
test_a_damaged_header(void **state)
{
	static const char junk[100] = "this was a header";
	struct fixture *f = *state;

	fixture_open(f);
	fill(f, 10);
	fixture_close(f);
	fixture_patch_file(f->path, 0, junk, sizeof(junk));
	fixture_open(f);
	assert_true(fixture_works(f));
	assert_int_equal(fixture_logged(f, "store-damaged"), 1);
	assert_int_equal(fixture_set_aside(f), 1);
	assert_remembered(f, "d0001.example", "");
	assert_serves(f);
	fixture_reopen(f);
	assert_remembered(f, "serves.example", "2");
	assert_int_equal(fixture_logged(f, "store-damaged"), 1);
}

static void
test_damage_that_cannot_be_set_aside(void **state)
{
	static const char junk[100] = "this was a header";
	struct fixture *f = *state;

	fixture_open(f);
	put(f, "a.example", "1");
	fixture_close(f);
	fixture_patch_file(f->path, 0, junk, sizeof(junk));
	become_nobody(f);
	assert_int_equal(chmod(f->dir, 0500), 0);
	fixture_open(f);
	assert_problem(f, "its header is damaged; it cannot be set aside");
	assert_serves(f);
	fixture_pass(f, 60);
	assert_int_equal(sts_store_sync(f->store, 30000), STS_E_IO);
	assert_problem(f, "its header is damaged; it cannot be set aside");
	assert_int_equal(fixture_logged(f, "store-damaged"), 0);
	assert_int_equal(chmod(f->dir, 0700), 0);
	assert_recovers(f);
	assert_int_equal(fixture_logged(f, "store-damaged"), 1);
	assert_int_equal(fixture_set_aside(f), 1);
	fixture_reopen(f);
	assert_remembered(f, "serves.example", "2");
	fixture_close(f);
	become_self();
}

static void
test_a_file_cut_short(void **state)
{
	struct fixture *f = *state;

	fixture_open(f);
	fill(f, 1000);
	fixture_close(f);
	assert_int_equal(truncate(f->path, 4096 + 100), 0);
	fixture_open(f);
	assert_remembered(f, "d0001.example", "");
	assert_true(fixture_works(f));
	assert_int_equal(fixture_logged(f, "store-damaged"), 1);
	assert_int_equal(fixture_set_aside(f), 1);
	assert_serves(f);
}

static bool
count_records(void *cookie, const struct sts_record *record)
{
	unsigned *n = cookie;

	(void)record;
	(*n)++;
	return true;
}

/* A file of which all pages but the first few are junk, to be opened. */
static void
make_damaged(struct fixture *f)
{
	static char junk[8192];
	struct stat st;

	memset(junk, 0xa5, sizeof(junk));
	fixture_open(f);
	fill(f, 2000);
	fixture_close(f);
	assert_int_equal(stat(f->path, &st), 0);
	for (long at = 4096; at < st.st_size - 8192; at += 8192)
		fixture_patch_file(f->path, at, junk, sizeof(junk));
}

static void
test_damage_found_in_mid_run(void **state)
{
	struct fixture *f = *state;
	unsigned n = 0;

	make_damaged(f);
	fixture_open(f);
	assert_true(fixture_works(f)); /* nothing is read in full */
	put(f, "before.example", "1");
	assert_remembered(f, "d0700.example", "");
	assert_int_equal(fixture_logged(f, "store-damaged"), 1);
	assert_int_equal(fixture_set_aside(f), 1);
	assert_true(fixture_works(f));
	put(f, "after.example", "2");
	assert_int_equal(sts_store_list(f->store, count_records, &n), STS_OK);
	assert_int_equal(n, 2);
	fixture_reopen(f);
	assert_remembered(f, "before.example", "1");
	assert_remembered(f, "after.example", "2");
	assert_int_equal(fixture_logged(f, "store-damaged"), 1);
}

static void
test_damage_found_by_a_listing(void **state)
{
	struct fixture *f = *state;
	unsigned n = 0;

	make_damaged(f);
	fixture_open(f);
	assert_int_equal(sts_store_list(f->store, count_records, &n), STS_E_IO);
	assert_int_equal(fixture_logged(f, "store-damaged"), 1);
	put(f, "a.example", "1");
	sync_all(f);
	n = 0;
	assert_int_equal(sts_store_list(f->store, count_records, &n), STS_OK);
	assert_int_equal(n, 1);
}

static rlim_t
limit_file_size(rlim_t limit)
{
	struct rlimit r;
	rlim_t before;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &r), 0);
	before = r.rlim_cur;
	r.rlim_cur = limit;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
	return before;
}

static void
test_a_full_disk(void **state)
{
	struct fixture *f = *state;
	struct sts_store_health health;
	rlim_t before;
	size_t n = 0;

	f->memory_records = 50;
	fixture_open(f);
	fill(f, 200);
	before = limit_file_size(1024);
	put(f, "once.example", "4");
	put(f, "a.example", "1");
	assert_int_equal(sts_store_sync(f->store, 30000), STS_E_IO);
	assert_problem(f, "disk I/O error");
	assert_serves(f);
	/* What is in the file is read all the same. */
	assert_remembered(f, "d0003.example", "1");
	assert_int_equal(sts_store_flush(f->store, "d0003.example", &n), 0);
	assert_int_equal(n, 1);
	assert_remembered(f, "d0003.example", "");
	/* Nor is anything said twice. */
	for (int i = 0; i < 5; i++) {
		fixture_pass(f, 60);
		put(f, "a.example", "2");
		assert_int_equal(sts_store_sync(f->store, 30000), STS_E_IO);
	}
	assert_problem(f, "disk I/O error");
	sts_store_health(f->store, &health);
	assert_int_equal(health.waiting, 4);
	(void)limit_file_size(before);
	/* Not before its time, so that a full disk is left in peace. */
	assert_int_equal(sts_store_sync(f->store, 30000), STS_E_IO);
	assert_recovers(f);
	fixture_reopen(f);
	assert_remembered(f, "a.example", "2");
	assert_remembered(f, "serves.example", "2");
	assert_remembered(f, "once.example", "4");
	assert_remembered(f, "d0003.example", "");
	assert_remembered(f, "d0004.example", "1");
}

/* Room for a trial, but not for what waits. */
static void
test_an_almost_full_disk_is_one_failure(void **state)
{
	struct fixture *f = *state;
	char domain[32], name[160];
	struct stat st;
	rlim_t before;

	fixture_open(f);
	put(f, "a.example", "1");
	sync_all(f);
	(void)snprintf(name, sizeof(name), "%s-wal", f->path);
	assert_int_equal(stat(name, &st), 0);
	before = limit_file_size((rlim_t)st.st_size + 10 * 5000);
	for (int i = 0; i < 600; i++) {
		(void)snprintf(domain, sizeof(domain), "d%03d.example", i);
		put(f, domain, "1");
	}
	for (int i = 0; i < 5; i++) {
		fixture_pass(f, 60);
		assert_int_equal(sts_store_sync(f->store, 30000), STS_E_IO);
		assert_problem(f, "disk I/O error");
	}
	assert_int_equal(fixture_logged(f, "store-recovered"), 0);
	(void)limit_file_size(before);
	assert_recovers(f);
	fixture_reopen(f);
	assert_remembered(f, "d599.example", "1");
}

static void
test_a_full_disk_from_the_start(void **state)
{
	struct fixture *f = *state;
	rlim_t before;

	before = limit_file_size(1024);
	fixture_open(f);
	assert_problem(f, "disk I/O error");
	assert_serves(f);
	(void)limit_file_size(before);
	assert_recovers(f);
	fixture_reopen(f);
	assert_remembered(f, "serves.example", "2");
}

static void
test_what_waits_is_bounded(void **state)
{
	struct fixture *f = *state;
	struct sts_store_health health;
	rlim_t before;
	char domain[32];

	f->memory_records = 10;
	fixture_open(f);
	before = limit_file_size(1024);
	put(f, "first.example", "1");
	assert_int_equal(sts_store_sync(f->store, 30000), STS_E_IO);
	for (int i = 0; i < 100; i++) {
		(void)snprintf(domain, sizeof(domain), "w%02d.example", i);
		put(f, domain, "1");
		assert_remembered(f, domain, "1");
		if (i % 10 == 9)
			assert_int_equal(
			    sts_store_sync(f->store, 30000), STS_E_IO);
	}
	sts_store_health(f->store, &health);
	assert_int_equal(health.waiting, 10);
	assert_int_equal(health.records, 10);
	(void)limit_file_size(before);
	assert_recovers(f);
	fixture_reopen(f);
	assert_remembered(f, "w99.example", "1");
	assert_remembered(f, "w90.example", "1");
	assert_remembered(f, "w89.example", "");
	/* Once when it began, once for the rest. */
	assert_int_equal(fixture_logged(f, "store-writes-dropped"), 2);
}

/* All that SQLite has beside the file goes too, or only the file. */
static void
remove_file(struct fixture *f, bool all)
{
	char name[160];

	assert_int_equal(unlink(f->path), 0);
	(void)snprintf(name, sizeof(name), "%s-wal", f->path);
	if (all)
		assert_int_equal(unlink(name), 0);
}

static void
lives_through_removal(struct fixture *f, bool all)
{
	fixture_open(f);
	put(f, "a.example", "1");
	put(f, "b.example", "2");
	assert_remembered(f, "c.example", "");
	sync_all(f);
	remove_file(f, all);
	assert_remembered(f, "a.example", "1");
	assert_remembered(f, "d.example", "");
	put(f, "c.example", "3");
	sync_all(f);
	assert_true(fixture_works(f));
	assert_int_equal(fixture_logged(f, "store-file-gone"), 1);
	fixture_reopen(f);
	assert_remembered(f, "a.example", "1");
	assert_remembered(f, "b.example", "2");
	assert_remembered(f, "c.example", "3");
}

static void
test_the_file_is_removed(void **state)
{
	lives_through_removal(*state, false);
}

static void
test_the_file_and_its_log_are_removed(void **state)
{
	lives_through_removal(*state, true);
}

static void
test_the_file_is_removed_and_nothing_is_put(void **state)
{
	struct fixture *f = *state;

	fixture_open(f);
	put(f, "a.example", "1");
	sync_all(f);
	assert_int_equal(unlink(f->path), 0);
	sync_all(f); /* it looks */
	fixture_reopen(f);
	assert_remembered(f, "a.example", "1");
}

static void
test_the_whole_folder_is_removed(void **state)
{
	struct fixture *f = *state;
	char folder[96], moved[96];

	(void)snprintf(folder, sizeof(folder), "%s/sub", f->dir);
	(void)snprintf(moved, sizeof(moved), "%s/moved", f->dir);
	(void)snprintf(f->path, sizeof(f->path), "%s/cache.db", folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	fixture_open(f);
	put(f, "a.example", "1");
	sync_all(f);
	assert_int_equal(rename(folder, moved), 0);
	assert_int_equal(sts_store_sync(f->store, 30000), STS_E_IO);
	assert_problem(f, "make its folder");
	assert_serves(f);
	assert_remembered(f, "a.example", "1");
	assert_int_equal(rename(moved, folder), 0);
	assert_recovers(f);
	fixture_reopen(f);
	assert_remembered(f, "a.example", "1");
	assert_remembered(f, "serves.example", "2");
	fixture_close(f);
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void
test_a_flush_is_not_lost(void **state)
{
	struct fixture *f = *state;
	rlim_t before;
	unsigned listed = 0;
	size_t n;

	f->memory_records = 10;
	fixture_open(f);
	fill(f, 100);
	before = limit_file_size(1024);
	put(f, "a.example", "1");
	assert_int_equal(sts_store_sync(f->store, 30000), STS_E_IO);
	assert_int_equal(sts_store_flush(f->store, NULL, &n), STS_OK);
	/* The file has them still, and nobody sees that. */
	assert_remembered(f, "d0050.example", "");
	put(f, "b.example", "2");
	assert_int_equal(
	    sts_store_list(f->store, count_records, &listed), STS_OK);
	assert_int_equal(listed, 1);
	(void)limit_file_size(before);
	assert_recovers(f);
	fixture_reopen(f);
	assert_remembered(f, "d0050.example", "");
	assert_remembered(f, "a.example", "");
	assert_remembered(f, "b.example", "2");
}

int
main(void)
{
#define TEST(t)                                                                \
	cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_a_text_file_is_left_alone),
		TEST(test_the_end_is_a_last_try),
		TEST(test_a_put_while_the_file_is_read_is_newer),
		TEST(test_another_database_is_left_alone),
		TEST(test_a_newer_format_is_left_alone),
		TEST(test_a_folder_is_left_alone),
		TEST(test_an_empty_file_is_taken),
		TEST(test_a_missing_folder),
		TEST(test_an_unwritable_folder),
		TEST(test_an_unwritable_file),
		TEST(test_a_damaged_header),
		TEST(test_damage_that_cannot_be_set_aside),
		TEST(test_a_file_cut_short),
		TEST(test_damage_found_in_mid_run),
		TEST(test_damage_found_by_a_listing),
		TEST(test_a_full_disk),
		TEST(test_an_almost_full_disk_is_one_failure),
		TEST(test_a_full_disk_from_the_start),
		TEST(test_what_waits_is_bounded),
		TEST(test_the_file_is_removed),
		TEST(test_the_file_and_its_log_are_removed),
		TEST(test_the_file_is_removed_and_nothing_is_put),
		TEST(test_the_whole_folder_is_removed),
		TEST(test_a_flush_is_not_lost),
	};

	/* Past RLIMIT_FSIZE a write is to fail, not to kill. */
	(void)signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
