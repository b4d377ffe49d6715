#include "fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* For answers that must not come. */
static void
no_answer(void *cookie, const struct sts_record *record)
{
	(void)cookie;
	(void)record;
	fail_msg("asked the file");
}

/* What memory answers, without the file: the id, or "-" for nothing. */
static const char *
in_memory(struct fixture *f, const char *domain)
{
	static char id[STS_ID_SIZE]; /* the tests' main thread only */
	const struct sts_record *record;

	assert_int_equal(
	    sts_store_get(f->store, domain, no_answer, NULL, &record), STS_OK);
	(void)snprintf(id, sizeof(id), "%s", record == NULL ? "-" : record->id);
	sts_record_put(record);
	return id;
}

static size_t
flush(struct fixture *f, const char *domain)
{
	size_t n = 99;

	assert_int_equal(sts_store_flush(f->store, domain, &n), STS_OK);
	return n;
}

/* Callbacks that hold the worker until they are let go, and count. */
struct gate {
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool entered, open;
	unsigned called;
};

static void
enter_gate(void *cookie, const struct sts_record *record)
{
	struct gate *g = cookie;

	sts_record_put(record);
	(void)pthread_mutex_lock(&g->lock);
	g->called++;
	g->entered = true;
	(void)pthread_cond_broadcast(&g->change);
	while (!g->open)
		(void)pthread_cond_wait(&g->change, &g->lock);
	(void)pthread_mutex_unlock(&g->lock);
}

static void
count_call(void *cookie, const struct sts_record *record)
{
	unsigned *n = cookie;

	assert_non_null(record);
	sts_record_put(record);
	(*n)++;
}

static void
open_gate(struct gate *g)
{
	(void)pthread_mutex_lock(&g->lock);
	g->open = true;
	(void)pthread_cond_broadcast(&g->change);
	(void)pthread_mutex_unlock(&g->lock);
}

/* Returns when the worker stands in the gate. */
static void
hold_worker(struct fixture *f, struct gate *g)
{
	const struct sts_record *record;

	*g = (struct gate){ .lock = PTHREAD_MUTEX_INITIALIZER,
		.change = PTHREAD_COND_INITIALIZER };
	assert_int_equal(
	    sts_store_get(f->store, "gate.example", enter_gate, g, &record),
	    STS_E_AGAIN);
	(void)pthread_mutex_lock(&g->lock);
	while (!g->entered)
		(void)pthread_cond_wait(&g->change, &g->lock);
	(void)pthread_mutex_unlock(&g->lock);
}

struct listing {
	char text[8192];
	size_t stop_after; /* 0: never */
	size_t n;
};

static bool
add_to_listing(void *cookie, const struct sts_record *record)
{
	struct listing *l = cookie;
	size_t n = strlen(l->text);

	(void)snprintf(l->text + n, sizeof(l->text) - n, "%s=%s ",
	    record->domain, record->id);
	return ++l->n != l->stop_after;
}

static void
assert_listed(struct fixture *f, const char *expected)
{
	struct listing l = { .n = 0 };

	assert_int_equal(sts_store_list(f->store, add_to_listing, &l), STS_OK);
	assert_string_equal(l.text, expected);
}

/* The same with a file and in memory alone. */
static void
everyday_life(struct fixture *f)
{
	struct sts_store_health health;

	fixture_open(f);
	assert_remembered(f, "a.example", "");
	put(f, "c.example", "1");
	put(f, "a.example", "2");
	put(f, "b.example", "3");
	assert_remembered(f, "a.example", "2");
	put(f, "a.example", "4");
	assert_remembered(f, "a.example", "4");
	assert_listed(f, "a.example=4 b.example=3 c.example=1 ");
	assert_int_equal(flush(f, "b.example"), 1);
	assert_int_equal(flush(f, "b.example"), 0);
	assert_int_equal(flush(f, "never.example"), 0);
	assert_remembered(f, "b.example", "");
	assert_listed(f, "a.example=4 c.example=1 ");
	sync_all(f);
	assert_listed(f, "a.example=4 c.example=1 ");
	put(f, "b.example", "5");
	sts_store_health(f->store, &health);
	assert_int_equal(health.records, 3);
	assert_string_equal(health.problem, "");
	assert_int_equal(flush(f, NULL), 3);
	assert_int_equal(flush(f, NULL), 0);
	assert_listed(f, "");
	assert_remembered(f, "a.example", "");
	put(f, "a.example", "6");
	assert_remembered(f, "a.example", "6");
	sync_all(f);
	sts_store_health(f->store, &health);
	assert_int_equal(health.records, 1);
	assert_int_equal(health.waiting, 0);
}

static void
test_everyday_life_with_a_file(void **state)
{
	struct fixture *f = *state;

	everyday_life(f);
	assert_true(fixture_works(f));
	fixture_reopen(f);
	assert_listed(f, "a.example=6 ");
	assert_int_equal(fixture_logged(f, "\n"), 0);
}

static void
test_everyday_life_in_memory(void **state)
{
	struct fixture *f = *state;
	struct sts_store_health health;

	f->path[0] = '\0';
	everyday_life(f);
	/* It never says "later", and nothing waits. */
	assert_string_equal(in_memory(f, "new.example"), "-");
	sts_store_health(f->store, &health);
	assert_false(health.on_disk);
	assert_int_equal(fixture_logged(f, "\n"), 0);
	fixture_reopen(f);
	assert_listed(f, "");
}

static void
test_what_left_memory_is_read_back(void **state)
{
	struct fixture *f = *state;
	char domain[32], id[16];

	f->memory_records = 4;
	fixture_open(f);
	for (int i = 0; i < 20; i++) {
		(void)snprintf(domain, sizeof(domain), "d%02d.example", i);
		(void)snprintf(id, sizeof(id), "%d", i);
		put(f, domain, id);
	}
	sync_all(f);
	assert_string_equal(in_memory(f, "d19.example"), "19");
	assert_remembered(f, "d00.example", "0");
	assert_string_equal(in_memory(f, "d00.example"), "0");
	for (int i = 19; i >= 0; i--) {
		(void)snprintf(domain, sizeof(domain), "d%02d.example", i);
		(void)snprintf(id, sizeof(id), "%d", i);
		assert_remembered(f, domain, id);
	}
}

static void
test_what_is_not_there_is_asked_once(void **state)
{
	struct fixture *f = *state;
	char domain[32];

	f->memory_records = 4;
	fixture_open(f);
	assert_remembered(f, "none.example", "");
	assert_string_equal(in_memory(f, "none.example"), "-");
	put(f, "none.example", "1");
	assert_string_equal(in_memory(f, "none.example"), "1");
	assert_int_equal(flush(f, "none.example"), 1);
	assert_string_equal(in_memory(f, "none.example"), "-");
	/* A flood of unknown domains drives nothing out that is known. */
	put(f, "known.example", "2");
	sync_all(f);
	for (int i = 0; i < 100; i++) {
		(void)snprintf(domain, sizeof(domain), "u%d.example", i);
		assert_remembered(f, domain, "");
	}
	assert_string_equal(in_memory(f, "known.example"), "2");
}

static void
test_it_survives_a_restart(void **state)
{
	struct fixture *f = *state;
	const struct sts_record *record;

	fixture_open(f);
	put(f, "a.example", "1");
	put(f, "b.example", "2");
	put(f, "a.example", "3");
	assert_int_equal(flush(f, "b.example"), 1);
	fixture_reopen(f); /* without a sync: it writes what waits */
	assert_remembered(f, "b.example", "");
	record = get(f, "a.example");
	assert_non_null(record);
	assert_string_equal(record->id, "3");
	assert_int_equal(record->policy->mode, STS_MODE_ENFORCE);
	assert_int_equal(record->policy->max_age, 604800);
	assert_string_equal(record->policy->mx[0], "mx.example");
	sts_record_put(record);
}

/* Puts domain after domain, and tells down the pipe how many are synced. */
static void
put_until_killed(struct fixture *f, int fd)
{
	char domain[32];

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* should a test fail */
	fixture_open(f);
	for (unsigned n = 0;; n++) {
		(void)snprintf(domain, sizeof(domain), "d%u.example", n);
		put(f, domain, "1");
		if (n % 10 != 9)
			continue;
		sync_all(f);
		if (write(fd, &(unsigned){ n + 1 }, sizeof(n)) != sizeof(n))
			_exit(1);
	}
}

/* Kills a process in mid-write, once it has said that `enough` are synced.
 * Returns how many that were by then. */
static unsigned
kill_in_mid_write(struct fixture *f, unsigned enough)
{
	unsigned synced = 0, n;
	int pipes[2], status;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		put_until_killed(f, pipes[1]);
	(void)close(pipes[1]);
	while (synced < enough)
		assert_int_equal(
		    read(pipes[0], &synced, sizeof(synced)), sizeof(synced));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	while (read(pipes[0], &n, sizeof(n)) == sizeof(n))
		synced = n;
	(void)close(pipes[0]);
	return synced;
}

static void
test_it_survives_kill_9(void **state)
{
	static const unsigned enough[] = { 10, 170, 900, 3000 };
	struct fixture *f = *state;
	char domain[32];
	unsigned synced;

	f->memory_records = 10;
	for (size_t i = 0; i < COUNT(enough); i++) {
		synced = kill_in_mid_write(f, enough[i]);
		fixture_open(f);
		assert_true(fixture_works(f));
		for (unsigned n = 0; n < synced; n++) {
			(void)snprintf(
			    domain, sizeof(domain), "d%u.example", n);
			assert_remembered(f, domain, "1");
		}
		assert_int_equal(flush(f, NULL) >= synced, 1);
		fixture_close(f);
	}
	assert_int_equal(fixture_logged(f, "\n"), 0);
}

static void
test_use_is_noted_once_a_day(void **state)
{
	/* Seconds that pass, and used_at behind START afterwards. */
	static const struct {
		int64_t pass, used_at;
	} steps[] = {
		{ DAY - 1, 0 },
		{ 1, DAY },
		{ DAY - 1, DAY },
		{ 1, 2 * DAY },
		{ -3 * DAY, -DAY }, /* the clock was wrong */
		{ 10, -DAY },
	};
	struct fixture *f = *state;
	struct sts_store_health health;
	const struct sts_record *record;

	fixture_open(f);
	put(f, "a.example", "1");
	sts_store_touch(f->store, "unknown.example");
	for (size_t i = 0; i < COUNT(steps); i++) {
		sync_all(f);
		(void)atomic_fetch_add(&f->wall, steps[i].pass);
		sts_store_touch(f->store, "a.example");
		record = get(f, "a.example");
		assert_non_null(record);
		assert_int_equal(record->used_at, START + steps[i].used_at);
		assert_string_equal(record->id, "1");
		sts_record_put(record);
	}
	/* That is in the file too. */
	fixture_reopen(f);
	sts_store_touch(f->store, "a.example"); /* not yet in memory */
	record = get(f, "a.example");
	assert_non_null(record);
	assert_int_equal(record->used_at, START - DAY);
	sts_record_put(record);
	(void)atomic_fetch_add(&f->wall, 5 * DAY);
	fixture_reopen(f);
	sts_store_touch(f->store, "a.example");
	assert_int_equal(flush(f, "other.example"), 0); /* behind the touch */
	record = get(f, "a.example");
	assert_non_null(record);
	assert_true(record->used_at > START + 3 * DAY);
	sts_record_put(record);
	sync_all(f);
	sts_store_health(f->store, &health);
	assert_int_equal(health.records, 1);
}

static void
test_the_unused_are_forgotten(void **state)
{
	struct fixture *f = *state;

	fixture_open(f);
	put(f, "a.example", "1");
	put(f, "b.example", "2");
	put(f, "c.example", "3");
	sync_all(f);
	fixture_pass(f, STS_UNUSED_MAX - DAY);
	sts_store_touch(f->store, "b.example");
	assert_listed(f, "a.example=1 b.example=2 c.example=3 ");
	fixture_pass(f, DAY + 1);
	/* Used again in the last moment. */
	sts_store_touch(f->store, "c.example");
	assert_listed(f, "b.example=2 c.example=3 ");
	assert_remembered(f, "a.example", "");
	assert_int_equal(fixture_logged(f, "store-cleaned"), 1);
	sync_all(f);
	fixture_reopen(f);
	assert_listed(f, "b.example=2 c.example=3 ");
}

/* A fetch that failed is nothing to keep for half a year. */
static void
test_failures_alone_are_forgotten_soon(void **state)
{
	struct fixture *f = *state;
	struct sts_record draft = {
		.domain = "failed.example",
		.failed_at = sts_wall_s(&f->clock),
		.failed_reason = STS_REASON_STS_POLICY_FETCH_ERROR,
	};
	const struct sts_record *record = sts_record_new(&draft);

	assert_non_null(record);
	fixture_open(f);
	put(f, "a.example", "1");
	assert_int_equal(sts_store_put(f->store, record), STS_OK);
	sts_record_put(record);
	sync_all(f);
	fixture_pass(f, DAY / 2);
	assert_listed(f, "a.example=1 failed.example= ");
	fixture_pass(f, DAY);
	assert_listed(f, "a.example=1 ");
	assert_int_equal(fixture_logged(f, "store-cleaned"), 1);
}

static void
test_what_was_just_used_is_not_forgotten(void **state)
{
	struct fixture *f = *state;
	struct gate gate;
	char domain[32];

	fixture_open(f);
	put(f, "a.example", "1");
	put(f, "b.example", "2");
	sync_all(f);
	/* The use waits behind so much that it is not written before the file
	 * is cleaned. */
	hold_worker(f, &gate);
	fixture_pass(f, STS_UNUSED_MAX + 1);
	for (int i = 0; i < 600; i++) {
		(void)snprintf(domain, sizeof(domain), "d%d.example", i);
		put(f, domain, "3");
	}
	sts_store_touch(f->store, "a.example");
	open_gate(&gate);
	assert_int_equal(flush(f, "b.example"), 0);
	assert_int_equal(fixture_logged(f, "store-cleaned"), 1);
	assert_remembered(f, "a.example", "1");
}

/* Whoever looks a domain up writes what it found some time after it read the
 * record: what was noted in between must not be lost by that. */
static void
test_a_put_takes_back_no_use(void **state)
{
	struct fixture *f = *state;
	const struct sts_record *read;

	fixture_open(f);
	put(f, "a.example", "1");
	sync_all(f);
	fixture_pass(f, STS_UNUSED_MAX - DAY);
	assert_int_equal(
	    sts_store_get(f->store, "a.example", no_answer, NULL, &read),
	    STS_OK);
	sts_store_touch(f->store, "a.example");
	assert_int_equal(sts_store_put(f->store, read), STS_OK);
	sts_record_put(read);
	sync_all(f); /* else the cleaner may be faster than the writer */
	fixture_pass(f, DAY + 1);
	assert_listed(f, "a.example=1 ");
	assert_int_equal(fixture_logged(f, "store-cleaned"), 0);
}

static void
test_all_that_is_flushed_is_counted(void **state)
{
	struct fixture *f = *state;
	char domain[32];

	fixture_open(f);
	for (int i = 0; i < 600; i++) {
		(void)snprintf(domain, sizeof(domain), "d%d.example", i);
		put(f, domain, "1");
	}
	assert_int_equal(flush(f, NULL), 600); /* most are not yet written */
	assert_remembered(f, "d599.example", "");
	fixture_reopen(f);
	assert_remembered(f, "d1.example", "");
}

static void
test_a_jump_of_the_clock_forgets_nothing(void **state)
{
	struct fixture *f = *state;

	fixture_open(f);
	put(f, "a.example", "1");
	sync_all(f);
	(void)atomic_fetch_add(&f->wall, 3650 * (int64_t)DAY);
	(void)atomic_fetch_add(&f->mono, 3600 * 1000);
	assert_listed(f, "a.example=1 ");
	(void)atomic_fetch_sub(&f->wall, 3660 * (int64_t)DAY);
	(void)atomic_fetch_add(&f->mono, 3600 * 1000);
	assert_listed(f, "a.example=1 ");
	assert_remembered(f, "a.example", "1");
	assert_int_equal(fixture_logged(f, "store-cleaned"), 0);
}

static void
test_a_listing_merges_memory_and_file(void **state)
{
	struct fixture *f = *state;
	struct listing l = { .stop_after = 150 };
	char domain[32];

	fixture_open(f);
	for (int i = 0; i < 300; i++) {
		(void)snprintf(domain, sizeof(domain), "d%03d.example", i);
		put(f, domain, "1");
	}
	assert_int_equal(sts_store_list(f->store, add_to_listing, &l), STS_OK);
	assert_int_equal(l.n, 150);
	assert_non_null(strstr(l.text, "d149.example=1 "));
	l = (struct listing){ .n = 0 };
	assert_int_equal(sts_store_list(f->store, add_to_listing, &l), STS_OK);
	assert_int_equal(l.n, 300);
}

static void
test_many_more_than_memory_holds(void **state)
{
	enum { N = 100000 };
	struct fixture *f = *state;
	struct sts_store_health health;
	unsigned random = 1;
	char domain[32], id[16];

	fixture_open(f); /* memory for 1000 */
	for (unsigned i = 0; i < N; i++) {
		(void)snprintf(domain, sizeof(domain), "d%u.example", i);
		(void)snprintf(id, sizeof(id), "%u", i);
		put(f, domain, id);
		if (i % 4096 == 0) /* policies never come so fast */
			sync_all(f);
	}
	sync_all(f);
	sts_store_health(f->store, &health);
	assert_int_equal(health.records, 1000);
	assert_int_equal(health.waiting, 0);
	for (unsigned i = 0; i < 5000; i++) {
		random = random * 1103515245 + 12345;
		(void)snprintf(
		    domain, sizeof(domain), "d%u.example", random % N);
		(void)snprintf(id, sizeof(id), "%u", random % N);
		assert_remembered(f, domain, id);
	}
	assert_int_equal(flush(f, NULL), N);
	assert_int_equal(fixture_logged(f, "\n"), 0);
}

static void
test_reads_that_wait_have_a_cap(void **state)
{
	struct fixture *f = *state;
	const struct sts_record *record;
	unsigned answered = 0;
	enum sts_err err;
	struct gate gate;
	unsigned asked = 0;

	fixture_open(f);
	put(f, "a.example", "1");
	fixture_reopen(f);
	hold_worker(f, &gate);
	while ((err = sts_store_get(f->store, "a.example", count_call,
		    &answered, &record)) == STS_E_AGAIN)
		asked++;
	assert_int_equal(err, STS_E_LIMIT);
	assert_int_equal(asked, 4096);
	sts_store_touch(f->store, "a.example"); /* asks for nothing then */
	assert_int_equal(answered, 0);
	open_gate(&gate);
	fixture_close(f); /* which answers them all */
	assert_int_equal(answered, asked);
	assert_int_equal(gate.called, 1);
}

static void
test_what_is_put_meanwhile_is_the_answer(void **state)
{
	struct fixture *f = *state;
	const struct sts_record *record;
	unsigned answered = 0;
	struct gate gate;

	fixture_open(f);
	put(f, "a.example", "1");
	fixture_reopen(f);
	hold_worker(f, &gate);
	/* Asked of the file, which knows nothing; put before it answers. */
	assert_int_equal(sts_store_get(f->store, "b.example", count_call,
			     &answered, &record),
	    STS_E_AGAIN);
	put(f, "b.example", "2");
	put(f, "a.example", "3");
	assert_int_equal(sts_store_sync(f->store, 1), STS_E_TIMEOUT);
	open_gate(&gate);
	sync_all(f);
	fixture_reopen(f);
	assert_int_equal(answered, 1);
	assert_remembered(f, "a.example", "3");
	assert_remembered(f, "b.example", "2");
}

static void
test_a_name_that_is_too_long(void **state)
{
	struct fixture *f = *state;
	char domain[300];
	const struct sts_record *record;
	size_t n;

	memset(domain, 'a', sizeof(domain) - 1);
	domain[sizeof(domain) - 1] = '\0';
	fixture_open(f);
	assert_int_equal(
	    sts_store_get(f->store, domain, no_answer, NULL, &record),
	    STS_E_RANGE);
	assert_int_equal(sts_store_flush(f->store, domain, &n), STS_E_RANGE);
	sts_store_touch(f->store, domain);
	sync_all(f);
}

/* What is due, by name, as the worker found it. */
struct due_asked {
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool there;
};

static void
note_found(void *cookie)
{
	struct due_asked *asked = cookie;

	(void)pthread_mutex_lock(&asked->lock);
	assert_false(asked->there);
	asked->there = true;
	(void)pthread_cond_signal(&asked->change);
	(void)pthread_mutex_unlock(&asked->lock);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
find_due(struct fixture *f, struct sts_due *due)
{
	struct due_asked asked = { .lock = PTHREAD_MUTEX_INITIALIZER,
		.change = PTHREAD_COND_INITIALIZER };
	enum sts_err err = sts_store_due(f->store, due, note_found, &asked);

	if (err != STS_E_AGAIN) {
		assert_int_equal(err, STS_OK);
		return;
	}
	(void)pthread_mutex_lock(&asked.lock);
	while (!asked.there)
		(void)pthread_cond_wait(&asked.change, &asked.lock);
	(void)pthread_mutex_unlock(&asked.lock);
}

static void
assert_due(struct fixture *f, const char *expected)
{
	struct sts_due due;
	char text[1024] = "";
	size_t at = 0;

	find_due(f, &due);
	qsort(due.domains, due.n, STS_DOMAIN_SIZE, by_name);
	for (size_t i = 0; i < due.n; i++)
		at += (size_t)snprintf(
		    text + at, sizeof(text) - at, "%s ", due.domains[i]);
	assert_string_equal(text, expected);
}

/* Row 43: the same with a file and in memory alone. */
static void
days_of_refreshing(struct fixture *f)
{
	put(f, "a.example", "1");
	put(f, "b.example", "2");
	put(f, "c.example", "3");
	sync_all(f);
	assert_due(f, "");
	fixture_pass(f, STS_REFRESH_MIN - 1);
	assert_due(f, "");
	fixture_pass(f, STS_REFRESH_MAX - STS_REFRESH_MIN + 1);
	assert_int_equal(flush(f, "c.example"), 1);
	assert_due(f, "a.example b.example ");
	/* Whatever became of it, not again for an hour. */
	assert_due(f, "");
	sync_all(f);
	assert_due(f, "");
	fixture_pass(f, STS_REFRESH_RETRY - 1);
	assert_due(f, "");
	fixture_pass(f, 1);
	assert_due(f, "a.example b.example ");
	/* That was no use, and the policy lives a week. */
	fixture_pass(f, 6 * DAY);
	assert_due(f, "");
}

static void
test_what_is_due_with_a_file(void **state)
{
	struct fixture *f = *state;

	fixture_open(f);
	days_of_refreshing(f);
}

static void
test_what_is_due_in_memory(void **state)
{
	struct fixture *f = *state;

	f->path[0] = '\0';
	fixture_open(f);
	days_of_refreshing(f);
}

static void
test_what_is_due_is_known_after_a_restart(void **state)
{
	struct fixture *f = *state;

	fixture_open(f);
	put(f, "a.example", "1");
	put(f, "b.example", "1");
	sync_all(f);
	fixture_pass(f, STS_REFRESH_MAX);
	fixture_reopen(f);
	sts_store_touch(f->store, "b.example"); /* changes nothing */
	assert_due(f, "a.example b.example ");
	fixture_reopen(f);
	assert_due(f, "");
	fixture_pass(f, STS_REFRESH_RETRY);
	assert_due(f, "a.example b.example ");
}

/* No row that was given stands in the way of the next. */
static void
test_all_that_is_due_has_its_turn(void **state)
{
	enum { N = 5 * STS_DUE_MAX / 2 };
	struct fixture *f = *state;
	struct sts_due due;
	char domain[32];
	size_t all = 0;

	f->memory_records = 4; /* nearly all are read from the file */
	fixture_open(f);
	for (int i = 0; i < N; i++) {
		(void)snprintf(domain, sizeof(domain), "d%d.example", i);
		put(f, domain, "1");
	}
	sync_all(f);
	fixture_pass(f, STS_REFRESH_MAX);
	for (int i = 0; i < 3; i++) {
		find_due(f, &due);
		all += due.n;
		sync_all(f);
	}
	assert_int_equal(all, N);
	find_due(f, &due);
	assert_int_equal(due.n, 0);
}

/* Policies that nobody uses are not due, and are passed over once only. */
static void
test_what_is_not_used_is_not_due(void **state)
{
	struct fixture *f = *state;
	struct sts_record *record;

	fixture_open(f);
	record = record_of("old.example", "1", "mx.example");
	record->used_at = START - STS_REFRESH_USED + STS_REFRESH_MAX;
	assert_int_equal(sts_store_put(f->store, record), STS_OK);
	sts_record_put(record);
	put(f, "a.example", "1");
	sync_all(f);
	fixture_pass(f, STS_REFRESH_MAX);
	assert_due(f, "a.example ");
	sts_store_touch(f->store, "old.example");
	sync_all(f);
	assert_due(f, "old.example ");
}

/* Neither what a newer put says, nor what was flushed, is taken from the
 * file. */
static void
test_what_is_put_meanwhile_is_not_due(void **state)
{
	struct fixture *f = *state;
	struct due_asked asked = { .lock = PTHREAD_MUTEX_INITIALIZER,
		.change = PTHREAD_COND_INITIALIZER };
	struct sts_record *record = record_of("a.example", "2", "mx.example");
	struct sts_due due;
	struct gate gate;

	fixture_open(f);
	put(f, "a.example", "1");
	put(f, "b.example", "1");
	sync_all(f);
	fixture_pass(f, STS_REFRESH_MAX);
	hold_worker(f, &gate);
	assert_int_equal(
	    sts_store_due(f->store, &due, note_found, &asked), STS_E_AGAIN);
	record->confirmed_at = START + STS_REFRESH_MAX;
	assert_int_equal(sts_store_put(f->store, record), STS_OK);
	sts_record_put(record);
	open_gate(&gate);
	sync_all(f);
	assert_true(asked.there);
	assert_int_equal(due.n, 1);
	assert_string_equal(due.domains[0], "b.example");
	assert_remembered(f, "a.example", "2");
}

int
main(void)
{
#define TEST(t)                                                                \
	cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_everyday_life_with_a_file),
		TEST(test_everyday_life_in_memory),
		TEST(test_what_left_memory_is_read_back),
		TEST(test_what_is_not_there_is_asked_once),
		TEST(test_it_survives_a_restart),
		TEST(test_it_survives_kill_9),
		TEST(test_use_is_noted_once_a_day),
		TEST(test_the_unused_are_forgotten),
		TEST(test_failures_alone_are_forgotten_soon),
		TEST(test_what_was_just_used_is_not_forgotten),
		TEST(test_a_put_takes_back_no_use),
		TEST(test_all_that_is_flushed_is_counted),
		TEST(test_a_jump_of_the_clock_forgets_nothing),
		TEST(test_a_listing_merges_memory_and_file),
		TEST(test_many_more_than_memory_holds),
		TEST(test_reads_that_wait_have_a_cap),
		TEST(test_what_is_put_meanwhile_is_the_answer),
		TEST(test_a_name_that_is_too_long),
		TEST(test_what_is_due_with_a_file),
		TEST(test_what_is_due_in_memory),
		TEST(test_what_is_due_is_known_after_a_restart),
		TEST(test_all_that_is_due_has_its_turn),
		TEST(test_what_is_not_used_is_not_due),
		TEST(test_what_is_put_meanwhile_is_not_due),
	};

	sts_store_free(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
