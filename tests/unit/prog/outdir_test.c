/*
 * A folder whose files are replaced as a whole: nobody sees what is staged,
 * what is the same is left alone, and without memory nothing is lost.
 */
#include "sts/prog/outdir.h"

#include "../starve.h"
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 512, MANY = 100 };

struct place {
	char top[64];
	char path[PATH_SIZE];
};

static int
set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	(void)snprintf(
	    place->top, sizeof(place->top), "/tmp/outdir-test.XXXXXX");
	assert_non_null(mkdtemp(place->top));
	(void)snprintf(place->path, sizeof(place->path), "%s/out", place->top);
	*state = place;
	return 0;
}

/* All that a test wrote is empty folders by then. */
static int
tear_down(void **state)
{
	struct place *place = *state;

	(void)rmdir(place->path);
	assert_int_equal(rmdir(place->top), 0);
	free(place);
	return 0;
}

static struct sts_outdir *
opened(const struct place *place)
{
	struct sts_outdir *dir;

	assert_int_equal(sts_outdir_open(place->path, &dir), STS_OK);
	return dir;
}

static void
put(struct sts_outdir *dir, const char *name, const char *text)
{
	assert_int_equal(
	    sts_outdir_put(dir, name, sts_slice_str(text)), STS_OK);
}

/* NULL: there is no such file. */
static void
has(struct sts_outdir *dir, const char *name, const char *text)
{
	struct sts_buf b;
	enum sts_err err;

	sts_buf_init(&b, 4096);
	err = sts_outdir_read(dir, name, &b);
	assert_int_equal(err, text == NULL ? STS_E_NOTFOUND : STS_OK);
	if (text != NULL)
		assert_string_equal(sts_buf_cstr(&b), text);
	sts_buf_deinit(&b);
}

static void
remove_file(struct sts_outdir *dir, const char *name)
{
	assert_int_equal(sts_outdir_remove(dir, name), STS_OK);
}

static void
is_seen_when_it_is_committed(void **state)
{
	struct sts_outdir *dir = opened(*state);

	put(dir, "a/b/c", "one");
	put(dir, "d", "");
	has(dir, "a/b/c", NULL);
	assert_null(sts_outdir_changed(dir, 0));
	assert_int_equal(sts_outdir_commit(dir), STS_OK);
	has(dir, "a/b/c", "one");
	has(dir, "d", "");
	assert_string_equal(sts_outdir_changed(dir, 0), "a/b/c");
	assert_string_equal(sts_outdir_changed(dir, 1), "d");
	assert_null(sts_outdir_changed(dir, 2));
	put(dir, "a/b/c", "one"); /* it has that */
	put(dir, "d", "longer");
	assert_int_equal(sts_outdir_commit(dir), STS_OK);
	has(dir, "d", "longer");
	assert_string_equal(sts_outdir_changed(dir, 2), "d");
	assert_null(sts_outdir_changed(dir, 3));
	remove_file(dir, "a/b/c"); /* and the folders above it */
	remove_file(dir, "d");
	remove_file(dir, "d");
	assert_string_equal(sts_outdir_changed(dir, 4), "d");
	assert_null(sts_outdir_changed(dir, 5));
	sts_outdir_close(dir);
}

static void
is_gone_if_it_is_not_committed(void **state)
{
	const struct place *place = *state;
	struct sts_outdir *dir = opened(place);
	char staged[PATH_SIZE + 16];

	put(dir, "d", "one");
	put(dir, "a/b/c", "one");
	(void)snprintf(staged, sizeof(staged), "%s/d.new", place->path);
	assert_int_equal(access(staged, F_OK), 0);
	sts_outdir_close(dir);
	assert_int_equal(access(place->path, F_OK), -1);
}

static void
is_one_process_at_a_time(void **state)
{
	const struct place *place = *state;
	struct sts_outdir *dir = opened(place), *other;

	assert_int_equal(sts_outdir_open(place->path, &other), STS_E_AGAIN);
	sts_outdir_close(dir);
	sts_outdir_close(opened(place));
}

static void
names_the_culprit(void **state)
{
	const struct place *place = *state;
	struct sts_outdir *dir = opened(place);

	put(dir, "d", "one");
	assert_int_equal(sts_outdir_commit(dir), STS_OK);
	assert_int_equal(
	    sts_outdir_put(dir, "d/e", sts_slice_str("")), STS_E_IO);
	assert_int_equal(errno, ENOTDIR);
	assert_non_null(strstr(sts_outdir_culprit(dir), "/out/d"));
	remove_file(dir, "d");
	sts_outdir_close(dir);
}

static void
link_to(const char *target, const struct place *place, const char *name)
{
	char path[PATH_SIZE + 32];

	(void)snprintf(path, sizeof(path), "%s/%s", place->path, name);
	assert_int_equal(symlink(target, path), 0);
}

static void
is_refused(struct sts_outdir *dir, enum sts_err err, const char *culprit)
{
	assert_int_equal(err, STS_E_IO);
	assert_int_equal(errno, ELOOP);
	assert_non_null(strstr(sts_outdir_why(ELOOP), "symbolic link"));
	assert_string_equal(
	    sts_outdir_culprit(dir) + strlen(sts_outdir_path(dir)), culprit);
}

/* Who may write below the folder does not send its files elsewhere. */
static void
follows_no_link_below_it(void **state)
{
	const struct place *place = *state;
	struct sts_outdir *dir = opened(place);
	struct sts_buf b;

	put(dir, "kept/file", "one");
	assert_int_equal(sts_outdir_commit(dir), STS_OK);
	link_to("kept", place, "a");
	link_to("kept/file", place, "f");
	sts_buf_init(&b, 64);
	is_refused(dir, sts_outdir_put(dir, "a/file", STS_LIT("two")), "/a");
	is_refused(dir, sts_outdir_put(dir, "a/b/c", STS_LIT("two")), "/a");
	is_refused(dir, sts_outdir_read(dir, "a/file", &b), "/a");
	is_refused(dir, sts_outdir_remove(dir, "a/file"), "/a");
	is_refused(dir, sts_outdir_read(dir, "f", &b), "/f");
	is_refused(dir, sts_outdir_put(dir, "f", STS_LIT("two")), "/f");
	link_to("kept/file", place, "g.new");
	put(dir, "g", "two"); /* takes its place */
	assert_int_equal(sts_outdir_commit(dir), STS_OK);
	has(dir, "kept/file", "one");
	for (const char *const *name =
		 (const char *const[]){ "g", "f", "a", "kept/file", NULL };
	     *name != NULL; name++)
		remove_file(dir, *name);
	sts_buf_deinit(&b);
	sts_outdir_close(dir);
}

/* Between staging and committing, too. */
static void
follows_no_link_that_came_later(void **state)
{
	const struct place *place = *state;
	struct sts_outdir *dir = opened(place);
	char from[PATH_SIZE + 8], to[PATH_SIZE + 8];

	(void)snprintf(from, sizeof(from), "%s/a", place->path);
	(void)snprintf(to, sizeof(to), "%s/b", place->path);
	put(dir, "a/file", "one");
	assert_int_equal(rename(from, to), 0);
	link_to("b", place, "a");
	is_refused(dir, sts_outdir_commit(dir), "/a");
	assert_int_equal(unlink(from), 0);
	assert_int_equal(rename(to, from), 0);
	sts_outdir_close(dir);
}

static void
may_be_a_link_itself(void **state)
{
	struct place *place = *state, linked = *place;
	struct sts_outdir *dir = opened(place);

	put(dir, "d", "one");
	assert_int_equal(sts_outdir_commit(dir), STS_OK);
	sts_outdir_close(dir);
	(void)snprintf(linked.path, sizeof(linked.path), "%s/link", place->top);
	assert_int_equal(symlink("out", linked.path), 0);
	dir = opened(&linked);
	has(dir, "d", "one");
	remove_file(dir, "d");
	sts_outdir_close(dir);
	assert_int_equal(unlink(linked.path), 0);
}

/* More than are flushed one by one. */
static void
takes_many(void **state)
{
	struct sts_outdir *dir = opened(*state);
	char name[32];

	for (int i = 0; i < MANY; i++) {
		(void)snprintf(name, sizeof(name), "f%d/x", i);
		put(dir, name, name);
	}
	assert_int_equal(sts_outdir_commit(dir), STS_OK);
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(name, sizeof(name), "f%d/x", i);
		has(dir, name, name);
		remove_file(dir, name);
	}
	sts_outdir_close(dir);
}

static bool
write_one(void *cookie)
{
	struct sts_outdir *dir;
	enum sts_err err = sts_outdir_open(cookie, &dir);

	if (err == STS_OK) {
		err = sts_outdir_put(dir, "a/b", STS_LIT("text"));
		if (err == STS_OK)
			err = sts_outdir_commit(dir);
		if (err == STS_OK)
			err = sts_outdir_remove(dir, "a/b");
		sts_outdir_close(dir);
	}
	return err == STS_OK;
}

static void
can_be_tried_again_with_memory(void **state)
{
	struct place *place = *state;

	assert_true(starve(write_one, place->path) >= 4);
	assert_true(write_one(place->path));
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(is_seen_when_it_is_committed),
		TEST(is_gone_if_it_is_not_committed),
		TEST(is_one_process_at_a_time),
		TEST(names_the_culprit),
		TEST(follows_no_link_below_it),
		TEST(follows_no_link_that_came_later),
		TEST(may_be_a_link_itself),
		TEST(takes_many),
		TEST(can_be_tried_again_with_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
