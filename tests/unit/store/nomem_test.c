/*
 * The store without memory, SQLite's own included: what fails says so and
 * nothing else.  Above all no row and no file is taken for damaged then, for
 * both would be put away, and with memory the same goes well.
 */
#include "../starve.h"
#include "fixture.h"

#include "sts/store/db.h"

#include <malloc.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum { PLENTY = 20000 }; /* of allocations: an attempt never ends */

/* --- SQLite's allocator --- */

static void *
sqlite_malloc(int n)
{
	return starve_malloc((size_t)n);
}

static void *
sqlite_realloc(void *p, int n)
{
	return starve_realloc(p, (size_t)n);
}

static int
sqlite_size(void *p)
{
	return (int)malloc_usable_size(p);
}

static int
sqlite_roundup(int n)
{
	return (n + 7) & ~7;
}

static int
sqlite_init(void *cookie)
{
	(void)cookie;
	return SQLITE_OK;
}

static void
sqlite_shutdown(void *cookie)
{
	(void)cookie;
}

/* Without the small memory that a connection takes once and keeps. */
static void
starve_sqlite(void)
{
	static const sqlite3_mem_methods methods = {
		.xMalloc = sqlite_malloc,
		.xFree = free,
		.xRealloc = sqlite_realloc,
		.xSize = sqlite_size,
		.xRoundup = sqlite_roundup,
		.xInit = sqlite_init,
		.xShutdown = sqlite_shutdown,
	};

	assert_int_equal(
	    sqlite3_config(SQLITE_CONFIG_MALLOC, &methods), SQLITE_OK);
	assert_int_equal(
	    sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0), SQLITE_OK);
}

/* --- the file --- */

struct world {
	struct fixture *f;
	struct sts_db *db;
	const struct sts_record *record;
	char why[STS_DB_WHY];
};

typedef enum sts_err try(struct world *w);

/* SQLite does without some of its memory: an attempt may go well all the same,
 * and where it does not nothing but memory is to blame. */
static void
run(struct world *w, try *attempt)
{
	unsigned failures = 0;
	bool failed = true;
	enum sts_err err;

	for (unsigned n = 1; failed; n++) {
		assert_true(n < PLENTY);
		starve_begin((n + 1) / 2, n % 2 == 0);
		err = attempt(w);
		failed = starve_end();
		if (err != STS_OK && err != STS_E_NOMEM)
			fail_msg("allocation %u: %s: %s", (n + 1) / 2,
			    sts_err_text(err), w->why);
		assert_true(failed || err == STS_OK);
		failures += err == STS_OK ? 0 : 1;
		/* The last one failed neither alone nor for good. */
		failed = failed || n % 2 == 1;
	}
	assert_true(failures > 0);
	assert_int_equal(fixture_logged(w->f, "store-row-dropped"), 0);
}

static enum sts_err
open_file(struct world *w)
{
	struct sts_db *db = NULL;
	enum sts_err err = sts_db_open(w->f->path, w->f->log, w->why, &db);

	assert_int_equal(db != NULL, err == STS_OK);
	sts_db_close(db, false);
	return err;
}

static enum sts_err
write_record(struct world *w)
{
	struct sts_memory_item item = { .record = w->record };

	(void)snprintf(
	    item.domain, sizeof(item.domain), "%s", w->record->domain);
	return sts_db_write(w->db, &item, 1, START);
}

static enum sts_err
read_record(struct world *w)
{
	const struct sts_record *record = NULL;
	enum sts_err err = sts_db_get(w->db, "a.example", &record);

	assert_int_equal(record != NULL, err == STS_OK);
	if (err == STS_OK)
		assert_true(sts_policy_eq(record->policy, w->record->policy));
	sts_record_put(record);
	return err;
}

static enum sts_err
read_page(struct world *w)
{
	const struct sts_record *records[STS_DB_PAGE];
	size_t n = 0;
	enum sts_err err = sts_db_page(w->db, "", records, &n);

	if (err == STS_OK)
		assert_int_equal(n, 1);
	while (n > 0)
		sts_record_put(records[--n]);
	return err;
}

static void
open_world(struct world *w)
{
	assert_int_equal(
	    sts_db_open(w->f->path, w->f->log, w->why, &w->db), STS_OK);
}

static void
test_file(void **state)
{
	struct world w = { .f = *state };

	w.record = record_of("a.example", "1", "mx.example");
	run(&w, open_file); /* and makes it */
	open_world(&w);
	run(&w, write_record);
	run(&w, read_record);
	run(&w, read_page);
	sts_db_close(w.db, false);
	run(&w, open_file);
	open_world(&w);
	assert_int_equal(read_record(&w), STS_OK);
	sts_db_close(w.db, false);
	assert_int_equal(fixture_set_aside(w.f), 0);
	sts_record_put(w.record);
}

/* --- memory --- */

static bool
make_memory(void *cookie)
{
	struct sts_memory *m = NULL;
	enum sts_err err = sts_memory_new(100, &m);

	(void)cookie;
	assert_true(err == STS_OK || err == STS_E_NOMEM);
	sts_memory_free(m);
	return err == STS_OK;
}

static bool
put_and_list(void *cookie)
{
	const struct sts_record *record = cookie;
	const struct sts_record **list = NULL;
	struct sts_memory *m = NULL;
	size_t n = 0;
	enum sts_err err = sts_memory_new(100, &m);

	if (err == STS_OK)
		err = sts_memory_put(m, record->domain, record, true);
	if (err == STS_OK)
		err = sts_memory_snapshot(m, false, &list, &n);
	if (err == STS_OK)
		assert_int_equal(n, 1);
	assert_true(err == STS_OK || err == STS_E_NOMEM);
	while (n > 0)
		sts_record_put(list[--n]);
	free(list);
	sts_memory_free(m);
	return err == STS_OK;
}

static void
test_memory(void **state)
{
	struct sts_record *record = record_of("a.example", "1", "mx.example");

	(void)state;
	assert_true(starve(make_memory, NULL) > 0);
	assert_true(starve(put_and_list, record) > 2);
	sts_record_put(record);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_file, fixture_setup, fixture_teardown),
		cmocka_unit_test(test_memory),
	};

	starve_sqlite();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
