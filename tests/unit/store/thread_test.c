#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 4, DOMAINS = 6, ROUNDS = 1000 };

/* Each thread puts to domains of its own and must always get back what it put
 * last; meanwhile it reads those of the others. */
struct party {
	struct fixture *f;
	unsigned number;
	unsigned random;
	unsigned puts;
};

static unsigned
random_below(struct party *p, unsigned n)
{
	p->random = p->random * 1103515245 + 12345;
	return (p->random >> 8) % n;
}

static void
name_domain(char domain[32], unsigned party, unsigned i)
{
	(void)snprintf(domain, 32, "d%u.p%u.example", i, party);
}

/* 0: nothing is remembered. */
static unsigned
version_of(struct fixture *f, const char *domain)
{
	char id[STS_ID_SIZE];

	get_id(f, domain, id);
	return id[0] == '\0' ? 0 : (unsigned)strtoul(id, NULL, 10);
}

static bool
go_on(void *cookie, const struct sts_record *record)
{
	unsigned *n = cookie;

	assert_non_null(record->policy);
	return ++*n < 20;
}

static void
change(struct party *p, unsigned versions[DOMAINS], unsigned i)
{
	char domain[32], id[16];
	size_t n;

	name_domain(domain, p->number, i);
	if (random_below(p, 8) == 0) {
		assert_int_equal(
		    sts_store_flush(p->f->store, domain, &n), STS_OK);
		assert_int_equal(n, versions[i] > 0);
		versions[i] = 0;
		return;
	}
	versions[i] = ++p->puts;
	(void)snprintf(id, sizeof(id), "%u", versions[i]);
	put(p->f, domain, id);
}

static void
look_around(struct party *p)
{
	struct sts_store_health health;
	unsigned n = 0;
	char domain[32];

	name_domain(domain, random_below(p, THREADS), random_below(p, DOMAINS));
	(void)version_of(p->f, domain);
	sts_store_touch(p->f->store, domain);
	sts_store_health(p->f->store, &health);
	if (random_below(p, 40) == 0)
		assert_int_equal(
		    sts_store_list(p->f->store, go_on, &n), STS_OK);
	if (random_below(p, 40) == 0)
		sync_all(p->f);
}

static void *
run_party(void *arg)
{
	unsigned versions[DOMAINS] = { 0 };
	struct party *p = arg;
	char domain[32];
	unsigned i;

	for (int round = 0; round < ROUNDS; round++) {
		change(p, versions, random_below(p, DOMAINS));
		i = random_below(p, DOMAINS);
		name_domain(domain, p->number, i);
		assert_int_equal(version_of(p->f, domain), versions[i]);
		look_around(p);
	}
	/* What it leaves: the odd ones, all of one version. */
	for (i = 0; i < DOMAINS; i++) {
		name_domain(domain, p->number, i);
		put(p->f, domain, i % 2 == 0 ? "0" : "7");
	}
	return NULL;
}

static void
hammer(struct fixture *f)
{
	struct party parties[THREADS];
	pthread_t threads[THREADS];

	for (unsigned i = 0; i < THREADS; i++) {
		parties[i] = (struct party){ f, i, i + 1, 0 };
		assert_int_equal(
		    pthread_create(&threads[i], NULL, run_party, &parties[i]),
		    0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void
assert_left(struct fixture *f)
{
	char domain[32];

	for (unsigned p = 0; p < THREADS; p++)
		for (unsigned i = 0; i < DOMAINS; i++) {
			name_domain(domain, p, i);
			assert_remembered(f, domain, i % 2 == 0 ? "0" : "7");
		}
}

static void
test_threads_with_a_file(void **state)
{
	struct fixture *f = *state;

	f->memory_records = 1; /* so that almost all is read back */
	fixture_open(f);
	hammer(f);
	assert_left(f);
	fixture_reopen(f);
	assert_left(f);
	assert_int_equal(fixture_logged(f, "\n"), 0);
}

static void
test_threads_in_memory(void **state)
{
	struct fixture *f = *state;

	f->path[0] = '\0';
	fixture_open(f);
	hammer(f);
	assert_left(f);
}

int
main(void)
{
#define TEST(t)                                                                \
	cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_threads_with_a_file),
		TEST(test_threads_in_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
