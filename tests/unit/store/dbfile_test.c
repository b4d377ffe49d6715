#include "fixture.h"

#include "sts/store/dbfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char why[STS_DB_WHY];

static void
test_it_is_made_for_the_daemon_alone(void **state)
{
	struct fixture *f = *state;
	mode_t mask = umask(0);
	struct stat st;

	assert_int_equal(sts_dbfile_check(f->path, why), STS_OK);
	(void)umask(mask);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, 0);
	/* An open one is closed to others. */
	assert_int_equal(chmod(f->path, 0644), 0);
	assert_int_equal(sts_dbfile_check(f->path, why), STS_OK);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

/* The beginning of a file, with up to three texts at their places. */
struct piece {
	size_t at;
	const char *text;
	size_t n;
};
#define PIECE(at, s)                                                           \
	{                                                                      \
		(at), (s), sizeof(s) - 1                                       \
	}
#define MAGIC PIECE(0, "SQLite format 3\0")
#define OUR_ID PIECE(68, "MTST")
#define OUR_TABLE                                                              \
	PIECE(3000,                                                            \
	    "\7\27\37tablests_recordsts_record\2CREATE TABLE sts_record")

static const struct {
	const char *what;
	size_t size;
	struct piece pieces[3];
	enum sts_err err;
} files[] = {
	{ "empty", 0, { { 0 } }, STS_OK },
	{ "ours", 4096, { MAGIC, OUR_ID, OUR_TABLE }, STS_OK },
	{ "ours, magic gone", 4096, { OUR_ID, OUR_TABLE }, STS_E_SYNTAX },
	{ "ours, id gone", 4096, { MAGIC, OUR_TABLE }, STS_E_SYNTAX },
	{ "ours, whole header gone", 4096, { OUR_TABLE }, STS_E_SYNTAX },
	{ "ours, cut after the header", 100, { MAGIC, OUR_ID }, STS_OK },
	{ "too short to tell", 70, { MAGIC }, STS_E_REFUSED },
	{ "a byte", 1, { { 0 } }, STS_E_REFUSED },
	{ "zeroes", 4096, { { 0 } }, STS_E_REFUSED },
	{ "another program's database", 4096,
	    { MAGIC, PIECE(68, "FOSS"), PIECE(3000, "tablefilesfiles") },
	    STS_E_REFUSED },
	{ "a database without an id", 4096,
	    { MAGIC, PIECE(3000, "tablefilesfiles") }, STS_E_REFUSED },
	{ "a text", 64, { PIECE(0, "# mta-sts-milter.conf\nstore = \"\"\n") },
	    STS_E_REFUSED },
	{ "a dump of ours", 120,
	    { PIECE(0, "BEGIN; CREATE TABLE sts_record (id INTEGER); MTST") },
	    STS_E_REFUSED },
	{ "the mark behind the first page", 9000,
	    { MAGIC, PIECE(5000, "tablests_recordsts_record") },
	    STS_E_REFUSED },
};

static void
test_whose_file_it_is(void **state)
{
	struct fixture *f = *state;
	char bytes[9000], after[9000];
	struct stat st;
	FILE *file;

	for (size_t i = 0; i < COUNT(files); i++) {
		memset(bytes, 0, sizeof(bytes));
		for (size_t p = 0; p < 3; p++)
			if (files[i].pieces[p].n > 0)
				memcpy(bytes + files[i].pieces[p].at,
				    files[i].pieces[p].text,
				    files[i].pieces[p].n);
		fixture_write_file(f->path, bytes, files[i].size);
		assert_int_equal(chmod(f->path, 0640), 0);
		why[0] = '\0';
		if (sts_dbfile_check(f->path, why) != files[i].err)
			fail_msg("%s: %s", files[i].what, why);
		assert_int_equal(why[0] == '\0', files[i].err == STS_OK);
		/* Whatever it is, it is left as it was. */
		file = fopen(f->path, "r");
		assert_non_null(file);
		assert_int_equal(
		    fread(after, 1, sizeof(after), file), files[i].size);
		(void)fclose(file);
		assert_memory_equal(bytes, after, files[i].size);
		assert_int_equal(stat(f->path, &st), 0);
		assert_int_equal(
		    st.st_mode & 07777, files[i].err == STS_OK ? 0600 : 0640);
	}
}

static void
test_what_is_no_file(void **state)
{
	struct fixture *f = *state;
	char path[256];

	assert_int_equal(sts_dbfile_check(f->dir, why), STS_E_IO);
	assert_non_null(strstr(why, "Is a directory"));
	assert_non_null(strstr(why, "`store`"));
	assert_int_equal(mkfifo(f->path, 0600), 0);
	assert_int_equal(sts_dbfile_check(f->path, why), STS_E_REFUSED);
	assert_non_null(strstr(why, "not a regular file"));
	(void)snprintf(path, sizeof(path), "%s/none/cache.db", f->dir);
	assert_int_equal(sts_dbfile_check(path, why), STS_E_IO);
	assert_non_null(strstr(why, "make its folder"));
}

static void
exists(const char *path, const char *ending, bool expected)
{
	char name[300];

	(void)snprintf(name, sizeof(name), "%s%s", path, ending);
	assert_int_equal(access(name, F_OK) == 0, expected);
}

static void
test_setting_aside_takes_all_along(void **state)
{
	static const char *const endings[] = { "", "-wal", "-shm" };
	struct fixture *f = *state;
	char expected[256], name[300], *to;

	for (size_t i = 0; i < COUNT(endings); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", f->path, endings[i]);
		fixture_write_file(name, endings[i], strlen(endings[i]));
	}
	assert_int_equal(
	    sts_dbfile_set_aside(f->path, START, &to, why), STS_OK);
	(void)snprintf(
	    expected, sizeof(expected), "%s.damaged-20260101T000000Z", f->path);
	assert_string_equal(to, expected);
	for (size_t i = 0; i < COUNT(endings); i++) {
		exists(f->path, endings[i], false);
		exists(to, endings[i], true);
	}
	exists(to, "-journal", false);
	free(to);
	/* In the same second, the first is kept too. */
	fixture_write_file(f->path, "2", 1);
	assert_int_equal(
	    sts_dbfile_set_aside(f->path, START, &to, why), STS_OK);
	assert_string_not_equal(to, expected);
	exists(to, "", true);
	exists(expected, "", true);
	free(to);
}

int
main(void)
{
#define TEST(t)                                                                \
	cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_it_is_made_for_the_daemon_alone),
		TEST(test_whose_file_it_is),
		TEST(test_what_is_no_file),
		TEST(test_setting_aside_takes_all_along),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
