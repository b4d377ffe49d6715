/* report/audit.c: the file. */
#include "test.h"

#include "sts/report/audit.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

struct world {
	struct kept_log kept;
	struct sts_log *log;
	struct sts_audit *audit;
	char folder[32], path[64], moved[64];
};

static void
begin(struct world *w)
{
	memset(w, 0, sizeof(*w));
	(void)snprintf(w->folder, sizeof(w->folder), "/tmp/sts-audit-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	(void)snprintf(w->path, sizeof(w->path), "%s/audit", w->folder);
	(void)snprintf(w->moved, sizeof(w->moved), "%s/audit.1", w->folder);
	assert_int_equal(
	    sts_log_new_sink(keep_line, &w->kept, STS_LOG_DEBUG, &w->log),
	    STS_OK);
	assert_int_equal(sts_audit_new(w->log, &w->audit), STS_OK);
}

static void
end(struct world *w)
{
	sts_audit_free(w->audit);
	sts_log_free(w->log);
	(void)unlink(w->path);
	(void)unlink(w->moved);
	assert_int_equal(rmdir(w->folder), 0);
}

static void
put(struct world *w, const char *text)
{
	char *line = strdup(text);

	assert_non_null(line);
	sts_audit_write(w->audit, line);
	free(line);
}

static void
assert_file(const char *path, const char *text)
{
	char content[4096];
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(content, 1, sizeof(content) - 1, f);
	content[n] = '\0';
	(void)fclose(f);
	assert_string_equal(content, text);
}

static void
lines_are_appended(void **state)
{
	struct world w;
	struct stat st;

	(void)state;
	begin(&w);
	assert_false(sts_audit_wanted(w.audit));
	sts_audit_open(w.audit, w.path);
	assert_true(sts_audit_wanted(w.audit));
	put(&w, "{\"a\":1}");
	put(&w, "{\"a\":2}");
	assert_file(w.path, "{\"a\":1}\n{\"a\":2}\n");
	assert_int_equal(stat(w.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	/* What stands there stays. */
	sts_audit_open(w.audit, w.path);
	put(&w, "{\"a\":3}");
	assert_file(w.path, "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n");
	/* Turned off. */
	sts_audit_open(w.audit, "");
	assert_false(sts_audit_wanted(w.audit));
	put(&w, "{\"a\":4}");
	assert_int_equal(sts_audit_lost(w.audit), 0);
	assert_int_equal(w.kept.n, 0);
	end(&w);
}

static void
a_rotated_file_is_left(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	sts_audit_open(w.audit, w.path);
	put(&w, "1");
	assert_int_equal(rename(w.path, w.moved), 0);
	put(&w, "2");
	sts_audit_open(w.audit, w.path);
	put(&w, "3");
	assert_file(w.moved, "1\n2\n");
	assert_file(w.path, "3\n");
	end(&w);
}

static void
a_full_disk_is_told_once(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	sts_audit_open(w.audit, "/dev/full");
	assert_int_equal(w.kept.n, 0);
	put(&w, "1");
	put(&w, "2");
	put(&w, "3");
	assert_int_equal(w.kept.n, 1);
	assert_string_equal(w.kept.lines[0],
	    "audit-failed file=/dev/full error=\"No space left on device\"");
	assert_int_equal(sts_audit_lost(w.audit), 3);
	/* There is room again. */
	sts_audit_open(w.audit, w.path);
	put(&w, "4");
	put(&w, "5");
	assert_int_equal(w.kept.n, 2);
	assert_non_null(strstr(w.kept.lines[1], "audit-resumed file="));
	assert_non_null(strstr(w.kept.lines[1], " lost_lines=3"));
	assert_file(w.path, "4\n5\n");
	/* The next time it is told anew, and all are counted. */
	sts_audit_open(w.audit, "/dev/full");
	put(&w, "6");
	assert_int_equal(w.kept.n, 3);
	assert_int_equal(sts_audit_lost(w.audit), 4);
	end(&w);
}

static void
a_folder_that_comes_later(void **state)
{
	char deep[80];
	struct world w;

	(void)state;
	begin(&w);
	(void)snprintf(deep, sizeof(deep), "%s/later", w.folder);
	(void)snprintf(w.path, sizeof(w.path), "%s/later/audit", w.folder);
	sts_audit_open(w.audit, w.path);
	put(&w, "1");
	assert_int_equal(w.kept.n, 1);
	assert_int_equal(mkdir(deep, 0700), 0);
	put(&w, "2");
	assert_file(w.path, "2\n");
	assert_int_equal(w.kept.n, 2);
	(void)unlink(w.path);
	assert_int_equal(rmdir(deep), 0);
	end(&w);
}

/* A reload with a path that cannot be opened must not end the audit. */
static void
an_old_file_is_better_than_none(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	sts_audit_open(w.audit, w.path);
	sts_audit_open(w.audit, "/nowhere/at/all");
	assert_int_equal(w.kept.n, 1);
	assert_string_equal(w.kept.lines[0],
	    "audit-not-reopened file=/nowhere/at/all "
	    "error=\"No such file or directory\"");
	put(&w, "1");
	assert_file(w.path, "1\n");
	assert_int_equal(sts_audit_lost(w.audit), 0);
	assert_int_equal(w.kept.n, 1);
	end(&w);
}

static void
a_pipe_without_a_reader_does_not_block(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	assert_int_equal(mkfifo(w.path, 0600), 0);
	sts_audit_open(w.audit, w.path);
	put(&w, "1");
	assert_int_equal(sts_audit_lost(w.audit), 1);
	end(&w);
}

/* A disk that fills up within a line: the next one must not be glued to it. */
static void
a_torn_line_spoils_no_other(void **state)
{
	struct rlimit old, small;
	struct world w;

	(void)state;
	begin(&w);
	sts_audit_open(w.audit, w.path);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 6;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	put(&w, "1234");
	put(&w, "5678");
	put(&w, "9");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	put(&w, "abc");
	put(&w, "def");
	assert_file(w.path, "1234\n5\nabc\ndef\n");
	assert_int_equal(sts_audit_lost(w.audit), 2);
	end(&w);
}

static void
a_line_that_could_not_be_made_is_lost(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	sts_audit_open(w.audit, w.path);
	sts_audit_write(w.audit, NULL);
	assert_int_equal(sts_audit_lost(w.audit), 1);
	assert_file(w.path, "");
	end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_appended),
		cmocka_unit_test(a_rotated_file_is_left),
		cmocka_unit_test(a_full_disk_is_told_once),
		cmocka_unit_test(a_folder_that_comes_later),
		cmocka_unit_test(an_old_file_is_better_than_none),
		cmocka_unit_test(a_pipe_without_a_reader_does_not_block),
		cmocka_unit_test(a_torn_line_spoils_no_other),
		cmocka_unit_test(a_line_that_could_not_be_made_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
