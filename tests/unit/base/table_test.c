/* A set of things by name, against all that is known of what is in it. */
#include "sts/base/table.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THINGS = 20000 };

struct thing {
	bool in, seen;
	char name[24];
};

static const char *
name_of(const void *item)
{
	return ((const struct thing *)item)->name;
}

static struct thing *
make_things(void)
{
	struct thing *things = calloc(THINGS, sizeof(*things));

	assert_non_null(things);
	for (int i = 0; i < THINGS; i++)
		(void)snprintf(
		    things[i].name, sizeof(things[i].name), "d%d.test", i);
	return things;
}

static void
check_all(const struct sts_table *t, const struct thing *things)
{
	const struct sts_slot *slot;

	for (int i = 0; i < THINGS; i++) {
		slot = sts_table_find(t, things[i].name);
		assert_int_equal(slot != NULL, things[i].in);
		if (slot != NULL)
			assert_ptr_equal(slot->item, &things[i]);
	}
}

static void
finds_what_is_in_it(void **state)
{
	struct thing *things = make_things();
	struct sts_table t;
	size_t n = 0;

	(void)state;
	sts_table_init(&t, name_of);
	assert_null(sts_table_find(&t, "d0.test"));
	for (unsigned step = 0, i = 0; step < 4 * THINGS; step++) {
		i = (i * 1103515245 + 12345) % THINGS;
		if (things[i].in) {
			sts_table_remove(
			    &t, sts_table_find(&t, things[i].name));
			n--;
		} else {
			assert_int_equal(sts_table_add(&t, &things[i]), STS_OK);
			n++;
		}
		things[i].in = !things[i].in;
		assert_int_equal(t.n, n);
	}
	check_all(&t, things);
	for (int i = 0; i < THINGS; i++)
		if (things[i].in) {
			sts_table_remove(
			    &t, sts_table_find(&t, things[i].name));
			things[i].in = false;
		}
	assert_int_equal(t.n, 0);
	check_all(&t, things);
	sts_table_deinit(&t);
	free(things);
}

/* Every one of them once in each round. */
static void
walks_round_and_round(void **state)
{
	struct thing *things = make_things(), *thing;
	struct sts_table t;
	size_t at = 0;

	(void)state;
	sts_table_init(&t, name_of);
	assert_null(sts_table_walk(&t, &at));
	for (int i = 0; i < THINGS; i++)
		assert_int_equal(sts_table_add(&t, &things[i]), STS_OK);
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < THINGS; i++) {
			thing = sts_table_walk(&t, &at)->item;
			assert_int_equal(thing->seen, round == 1);
			thing->seen = !thing->seen;
		}
	while (t.n > 0)
		sts_table_remove(&t, sts_table_walk(&t, &at));
	assert_null(sts_table_walk(&t, &at));
	sts_table_deinit(&t);
	free(things);
}

static void
takes_no_more_than_it_says(void **state)
{
	struct thing *things = make_things();
	struct sts_table t;

	(void)state;
	sts_table_init(&t, name_of);
	assert_int_equal(sts_table_size(&t), 0);
	for (int i = 0; i < THINGS; i++) {
		assert_int_equal(sts_table_add(&t, &things[i]), STS_OK);
		/* From a third to two thirds are in use. */
		assert_true(
		    i < 32 || sts_table_size(&t) <= 48 * ((size_t)i + 1));
		assert_true(sts_table_size(&t) >= 24 * ((size_t)i + 1));
	}
	sts_table_deinit(&t);
	assert_int_equal(sts_table_size(&t), 0);
	free(things);
}

static const char *
itself(const void *item)
{
	return item;
}

static void
takes_no_name_that_is_too_long(void **state)
{
	char name[STS_TABLE_NAME + 2];
	struct sts_table t;

	(void)state;
	memset(name, 'a', sizeof(name));
	name[STS_TABLE_NAME + 1] = '\0';
	sts_table_init(&t, itself);
	assert_int_equal(sts_table_add(&t, name), STS_E_RANGE);
	assert_null(sts_table_find(&t, name));
	name[STS_TABLE_NAME] = '\0';
	assert_int_equal(sts_table_add(&t, name), STS_OK);
	assert_non_null(sts_table_find(&t, name));
	sts_table_deinit(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_is_in_it),
		cmocka_unit_test(walks_round_and_round),
		cmocka_unit_test(takes_no_more_than_it_says),
		cmocka_unit_test(takes_no_name_that_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
