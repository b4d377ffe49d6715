/*
 * The engine's own thread: what is told there, when, and how often; and
 * watching descriptors and the time.
 */
#include "../conf/conffile.h"
#include "sts/engine/watch.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "fakedns.h"

#include "sts/engine/engine.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000, TXT = 16, MX = 15, LONG_AGO = 1 };

#define TXT_ROW(d)                                                             \
	{                                                                      \
		"_mta-sts." d, TXT, FAKEDNS_ANSWER, "v=STSv1; id=1;", 3600,    \
		    false                                                      \
	}

static const struct fakedns_row table[] = {
	TXT_ROW("good.test"),
	{ "good.test", MX, FAKEDNS_ANSWER, "10 mx1.good.test|20 mx2.good.test",
	    3600, false },
	{ "mx1.good.test", 1, FAKEDNS_SERVFAIL, NULL, 0, false },
	{ "mx1.good.test", 28, FAKEDNS_SERVFAIL, NULL, 0, false },
	{ "mx2.good.test", 1, FAKEDNS_SERVFAIL, NULL, 0, false },
	{ "mx2.good.test", 28, FAKEDNS_SERVFAIL, NULL, 0, false },
	TXT_ROW("other.test"),
	{ "other.test", MX, FAKEDNS_ANSWER, "10 mx.elsewhere.test", 3600,
	    false },
	{ "_mta-sts.silent.test", TXT, FAKEDNS_SILENCE, NULL, 0, false },
	{ "_mta-sts.known.test", TXT, FAKEDNS_SILENCE, NULL, 0, false },
	{ NULL, 0, FAKEDNS_ANSWER, NULL, 0, false },
};

struct world {
	struct fakedns *dns;
	const struct sts_conf *conf;
	struct sts_log *log;
	struct sts_store *store;
	struct sts_engine *engine;
};

static void
to_nowhere(void *cookie, enum sts_log_level level, const char *line)
{
	(void)cookie;
	(void)level;
	(void)line;
}

static const struct sts_conf *
load_conf(uint16_t dns_port)
{
	char text[128];

	(void)snprintf(text, sizeof(text),
	    "dns_servers = {\"127.0.0.1:%u\"}\ndns_timeout = 5\n"
	    "probe_timeout = 1\nstore = \"\"\n",
	    (unsigned)dns_port);
	return conffile_good(text);
}

/* As if it had been fetched just now, for nobody. */
static void
remember(struct world *w, const char *domain, const char *mx)
{
	struct sts_record draft = {
		.domain = domain, .id = "1", .used_at = LONG_AGO
	};
	const struct sts_record *record;
	char text[256];
	struct sts_policy *policy;

	(void)snprintf(text, sizeof(text),
	    "version: STSv1\nmode: enforce\nmx: %s\nmax_age: 86400\n", mx);
	assert_int_equal(
	    sts_policy_parse(sts_slice_str(text), NULL, NULL, &policy), STS_OK);
	draft.policy = policy;
	draft.fetched_at = draft.confirmed_at = sts_wall_s(&sts_clock_system);
	record = sts_record_new(&draft);
	assert_non_null(record);
	sts_policy_put(policy);
	assert_int_equal(sts_store_put(w->store, record), STS_OK);
	sts_record_put(record);
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct sts_store_options store = {
		.path = "", .memory_records = 100, .clock = &sts_clock_system
	};
	struct sts_engine_options engine = { .clock = &sts_clock_system };
	char why[256];

	assert_non_null(w);
	w->dns = fakedns_start(table);
	w->conf = load_conf(fakedns_port(w->dns));
	assert_int_equal(
	    sts_log_new_sink(to_nowhere, NULL, STS_LOG_DEBUG, &w->log), STS_OK);
	store.log = engine.log = w->log;
	assert_int_equal(sts_store_open(&store, &w->store), STS_OK);
	engine.store = w->store;
	engine.conf = w->conf;
	assert_int_equal(
	    sts_engine_new(&engine, why, sizeof(why), &w->engine), STS_OK);
	remember(w, "good.test", "*.good.test");
	remember(w, "other.test", "mx.other.test");
	remember(w, "known.test", "*.known.test");
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	sts_engine_free(w->engine);
	sts_store_free(w->store);
	sts_log_free(w->log);
	sts_conf_put(w->conf);
	fakedns_stop(w->dns);
	free(w);
	return 0;
}

/* --- one question, asked on the engine's thread --- */

struct question {
	struct sts_engine *engine;
	const char *domain;
	unsigned ask;
	enum sts_err err; /* of sts_engine_tell */
	bool asking; /* sts_engine_tell has not returned */
	struct sts_telling *telling;
	pthread_mutex_t lock; /* guards the two below */
	pthread_cond_t there;
	unsigned told;
	const struct sts_answer *answer; /* a reference */
};

static void
on_told(void *cookie, const struct sts_answer *answer)
{
	struct question *q = cookie;

	assert_false(q->asking);
	q->telling = NULL;
	pthread_mutex_lock(&q->lock);
	q->told++;
	q->answer = sts_answer_get(answer);
	pthread_cond_signal(&q->there);
	pthread_mutex_unlock(&q->lock);
}

static void
ask_here(void *cookie)
{
	struct question *q = cookie;

	q->asking = true;
	q->err = sts_engine_tell(
	    q->engine, q->domain, q->ask, on_told, q, &q->answer, &q->telling);
	q->asking = false;
}

static void
prepare(struct world *w, struct question *q, const char *domain, unsigned bits)
{
	*q = (struct question){
		.engine = w->engine, .domain = domain, .ask = bits
	};
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->there, NULL);
}

static void
ask(struct world *w, struct question *q, const char *domain, unsigned bits)
{
	prepare(w, q, domain, bits);
	assert_int_equal(sts_engine_run(w->engine, ask_here, q), STS_OK);
}

static const struct sts_answer *
wait_told(struct question *q)
{
	struct timespec end;

	(void)clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += PATIENCE_MS / 1000;
	pthread_mutex_lock(&q->lock);
	while (q->told == 0)
		if (pthread_cond_timedwait(&q->there, &q->lock, &end) != 0)
			fail_msg("%s: nothing is told", q->domain);
	pthread_mutex_unlock(&q->lock);
	return q->answer;
}

static void
done(struct question *q)
{
	assert_true(q->told <= 1);
	sts_answer_put(q->answer);
	pthread_cond_destroy(&q->there);
	pthread_mutex_destroy(&q->lock);
}

/* Names are enough: no host is even looked up. */
static void
names_are_told_without_a_probe(void **state)
{
	struct world *w = *state;
	struct question q, again, full;
	struct sts_engine_stats stats;
	const struct sts_answer *a;

	ask(w, &q, "good.test", STS_ASK_NO_PROBE);
	assert_int_equal(q.err, STS_E_AGAIN);
	a = wait_told(&q);
	assert_true(a->complete && a->unprobed);
	assert_int_equal(a->discovery.state, STS_POLICY_IN_FORCE);
	assert_int_equal(a->mx_state, STS_MX_KNOWN);
	assert_int_equal(a->n_mx, 2);
	assert_string_equal(a->mx[0].host, "mx1.good.test");
	assert_true(a->mx[0].match && a->mx[1].match);
	assert_null(a->mx[0].seen);
	assert_int_equal(fakedns_asked(w->dns, "mx1.good.test", 1), 0);
	sts_engine_stats(w->engine, &stats);
	assert_int_equal(stats.running, 0);

	/* From now on it is known, for those who ask so, and for no other. */
	ask(w, &again, "good.test", STS_ASK_NO_PROBE);
	assert_int_equal(again.err, STS_OK);
	assert_ptr_equal(again.answer, a);
	assert_null(sts_engine_known(w->engine, "good.test"));
	ask(w, &full, "good.test", 0);
	assert_int_equal(full.err, STS_E_AGAIN);
	a = wait_told(&full);
	assert_false(a->unprobed);
	assert_true(a->verdict.result == STS_RESULT_TEMPERROR);
	assert_int_not_equal(fakedns_asked(w->dns, "mx1.good.test", 1), 0);
	done(&q);
	done(&again);
	done(&full);
}

/* The full answer is as good for those who would do without probes. */
static void
a_full_answer_is_known_to_all(void **state)
{
	struct world *w = *state;
	struct question full, names;

	ask(w, &full, "other.test", 0);
	assert_int_equal(full.err, STS_E_AGAIN);
	assert_int_equal(wait_told(&full)->verdict.result, STS_RESULT_FAIL);
	ask(w, &names, "other.test", STS_ASK_NO_PROBE);
	assert_int_equal(names.err, STS_OK);
	assert_ptr_equal(names.answer, full.answer);
	done(&full);
	done(&names);
}

struct both {
	struct question names, full;
	struct sts_ticket *ticket;
	enum sts_err err;
};

static void
ask_both_here(void *cookie)
{
	struct both *both = cookie;

	ask_here(&both->names);
	ask_here(&both->full);
	both->err = sts_engine_ask(
	    both->full.engine, both->full.domain, 0, &both->ticket);
}

/* Who wants the probes and who does not share one TXT and one MX lookup. */
static void
both_share_one_lookup(void **state)
{
	struct world *w = *state;
	const struct sts_answer *a = NULL;
	struct both both;
	struct question late;

	prepare(w, &both.names, "good.test", STS_ASK_NO_PROBE);
	prepare(w, &both.full, "good.test", 0);
	assert_int_equal(
	    sts_engine_run(w->engine, ask_both_here, &both), STS_OK);
	assert_int_equal(both.err, STS_OK);
	assert_true(wait_told(&both.names)->unprobed);
	/* The probes are under way, or done: the names are known already. */
	ask(w, &late, "good.test", STS_ASK_NO_PROBE);
	assert_int_equal(late.err, STS_OK);
	assert_false(wait_told(&both.full)->unprobed);
	assert_int_equal(sts_ticket_wait(both.ticket, PATIENCE_MS, &a), STS_OK);
	assert_ptr_equal(a, both.full.answer);
	assert_int_equal(fakedns_asked(w->dns, "_mta-sts.good.test", TXT), 1);
	assert_int_equal(fakedns_asked(w->dns, "good.test", MX), 1);
	sts_answer_put(a);
	sts_ticket_free(both.ticket);
	done(&both.names);
	done(&both.full);
	done(&late);
}

/* No host matches: that is a violation, and not told before the policy was
 * looked at again (row 46) where it is not as new as here. */
static void
a_mismatch_is_told_in_full(void **state)
{
	struct world *w = *state;
	struct question q;
	const struct sts_answer *a;

	ask(w, &q, "other.test", STS_ASK_NO_PROBE);
	a = wait_told(&q);
	assert_false(a->unprobed);
	assert_int_equal(a->verdict.reason, STS_REASON_MX_MISMATCH);
	done(&q);
}

struct ending {
	struct question *q;
	bool cancel;
	const struct sts_answer *sofar;
};

static void
look_here(void *cookie)
{
	struct ending *e = cookie;

	e->sofar = sts_telling_sofar(e->q->telling);
	if (e->cancel)
		sts_telling_cancel(e->q->telling);
}

static const struct sts_answer *
sofar(struct world *w, struct question *q, bool cancel)
{
	struct ending e = { q, cancel, NULL };

	assert_int_equal(sts_engine_run(w->engine, look_here, &e), STS_OK);
	assert_non_null(e.sofar);
	return e.sofar;
}

static void
a_cancelled_one_is_not_told(void **state)
{
	struct world *w = *state;
	struct question first, second;
	const struct sts_answer *a;

	ask(w, &first, "silent.test", STS_ASK_NO_PROBE);
	ask(w, &second, "silent.test", STS_ASK_NO_PROBE);
	a = sofar(w, &first, true);
	assert_false(a->complete);
	assert_int_equal(a->discovery.state, STS_POLICY_UNKNOWN);
	sts_answer_put(a);
	a = wait_told(&second);
	assert_true(a->complete);
	assert_int_equal(a->discovery.state, STS_POLICY_UNKNOWN);
	assert_int_equal(first.told, 0);
	done(&first);
	done(&second);
}

static void
a_remembered_policy_is_told_so_far(void **state)
{
	struct world *w = *state;
	struct question q;
	const struct sts_answer *a;

	ask(w, &q, "known.test", STS_ASK_NO_PROBE);
	a = sofar(w, &q, true);
	assert_false(a->complete);
	assert_int_equal(a->discovery.state, STS_POLICY_IN_FORCE);
	assert_int_equal(a->mx_state, STS_MX_PENDING);
	assert_string_equal(a->discovery.policy->mx[0], "*.known.test");
	sts_answer_put(a);
	done(&q);
}

/* What could not be told the last time is said again, not unsaid. */
static void
the_last_outcome_is_told_so_far(void **state)
{
	struct world *w = *state;
	struct question q, again;
	const struct sts_answer *a;

	ask(w, &q, "silent.test", 0);
	(void)wait_told(&q);
	ask(w, &again, "silent.test", STS_ASK_REFRESH);
	assert_int_equal(again.err, STS_E_AGAIN);
	a = sofar(w, &again, true);
	assert_true(a->complete);
	assert_ptr_equal(a, q.answer);
	sts_answer_put(a);
	done(&q);
	done(&again);
}

/* When a message last used the domain, by the store. */
static int64_t
used_at(struct world *w, const char *domain)
{
	const struct sts_record *record;
	int64_t at;

	assert_int_equal(
	    sts_store_get(w->store, domain, NULL, NULL, &record), STS_OK);
	assert_non_null(record);
	at = record->used_at;
	sts_record_put(record);
	return at;
}

/* Row 44: a domain that messages ask for is in use; one that is only refreshed
 * is not.  What the lookup found and wrote must not undo that. */
static void
a_question_is_a_use(void **state)
{
	struct world *w = *state;
	struct question q;

	ask(w, &q, "other.test", STS_ASK_REFRESH);
	(void)wait_told(&q);
	done(&q);
	assert_int_equal(used_at(w, "other.test"), LONG_AGO);
	ask(w, &q, "good.test", 0); /* its TXT record is found */
	(void)wait_told(&q);
	done(&q);
	assert_true(used_at(w, "good.test") > LONG_AGO);
	ask(w, &q, "known.test", STS_ASK_NO_PROBE); /* and this one's not */
	(void)wait_told(&q);
	done(&q);
	assert_true(used_at(w, "known.test") > LONG_AGO);
}

/* What is said where the question cannot even be asked. */
static void
what_is_remembered_is_known_without_a_question(void **state)
{
	struct world *w = *state;
	const struct sts_answer *a;

	a = sts_engine_remembered(w->engine, "known.test");
	assert_non_null(a);
	assert_false(a->complete);
	assert_int_equal(a->discovery.state, STS_POLICY_IN_FORCE);
	assert_string_equal(a->discovery.policy->mx[0], "*.known.test");
	assert_int_equal(a->verdict.result, STS_RESULT_TEMPERROR);
	assert_true(a->verdict.in_policy);
	sts_answer_put(a);
	a = sts_engine_remembered(w->engine, "silent.test");
	assert_non_null(a);
	assert_int_equal(a->discovery.state, STS_POLICY_UNKNOWN);
	assert_int_equal(a->verdict.result, STS_RESULT_TEMPERROR);
	assert_false(a->verdict.in_policy);
	sts_answer_put(a);
	assert_int_equal(fakedns_asked(w->dns, "_mta-sts.known.test", TXT), 0);
}

static void
a_closed_engine_takes_no_question(void **state)
{
	struct world *w = *state;
	struct question q;

	sts_engine_close(w->engine);
	ask(w, &q, "silent.test", 0);
	assert_int_equal(q.err, STS_E_CLOSED);
	done(&q);
}

/* --- watches --- */

struct looker {
	struct sts_engine *engine;
	struct sts_watch *watch;
	int fds[2]; /* fds[0] is watched */
	unsigned what; /* what it is told to watch for */
	int64_t ms;
	int said[2]; /* a pipe: a byte for each call */
};

static void
on_watch(void *cookie, unsigned what)
{
	struct looker *l = cookie;
	char byte = (char)what;

	if (what & STS_WATCH_READ)
		assert_int_equal(read(l->fds[0], &byte, 1), 1);
	byte = (char)what;
	assert_int_equal(write(l->said[1], &byte, 1), 1);
	if (what & (STS_WATCH_WRITE | STS_WATCH_TIME)) /* once is enough */
		sts_watch_set(l->watch, 0, -1);
}

static void
start_watch(void *cookie)
{
	struct looker *l = cookie;

	assert_int_equal(
	    sts_watch_new(l->engine, l->fds[0], on_watch, l, &l->watch),
	    STS_OK);
}

static void
set_watch(void *cookie)
{
	struct looker *l = cookie;

	sts_watch_set(l->watch, l->what, l->ms);
}

static void
stop_watch(void *cookie)
{
	struct looker *l = cookie;

	sts_watch_free(l->watch);
}

static void
watch_for(struct looker *l, unsigned what, int64_t ms)
{
	l->what = what;
	l->ms = ms;
	assert_int_equal(sts_engine_run(l->engine, set_watch, l), STS_OK);
}

/* What was said next. */
static unsigned
hear(struct looker *l)
{
	struct pollfd pfd = { l->said[0], POLLIN, 0 };
	char byte;

	assert_int_equal(poll(&pfd, 1, PATIENCE_MS), 1);
	assert_int_equal(read(l->said[0], &byte, 1), 1);
	return (unsigned char)byte;
}

static void
turn(void *cookie)
{
	(void)cookie;
}

static void
nothing_was_said(struct looker *l)
{
	struct pollfd pfd = { l->said[0], POLLIN, 0 };

	/* What was to be said is, when the loop took two turns. */
	assert_int_equal(sts_engine_run(l->engine, turn, NULL), STS_OK);
	assert_int_equal(sts_engine_run(l->engine, turn, NULL), STS_OK);
	assert_int_equal(poll(&pfd, 1, 0), 0);
}

static void
watches(void **state)
{
	struct world *w = *state;
	struct looker l = { .engine = w->engine };

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, l.fds), 0);
	assert_int_equal(pipe(l.said), 0);
	assert_int_equal(sts_engine_run(w->engine, start_watch, &l), STS_OK);

	assert_int_equal(write(l.fds[1], "x", 1), 1);
	nothing_was_said(&l); /* nothing is watched for */
	watch_for(&l, STS_WATCH_READ, -1);
	assert_int_equal(hear(&l), STS_WATCH_READ);
	assert_int_equal(write(l.fds[1], "x", 1), 1);
	assert_int_equal(hear(&l), STS_WATCH_READ);
	watch_for(&l, STS_WATCH_READ | STS_WATCH_WRITE, -1);
	assert_int_equal(hear(&l), STS_WATCH_WRITE);
	nothing_was_said(&l); /* it said so itself */
	watch_for(&l, 0, 1);
	assert_int_equal(hear(&l), STS_WATCH_TIME);
	watch_for(&l, STS_WATCH_READ, 60000);
	watch_for(&l, STS_WATCH_READ, -1); /* the time counts no more */
	assert_int_equal(write(l.fds[1], "x", 1), 1);
	assert_int_equal(hear(&l), STS_WATCH_READ);

	assert_int_equal(sts_engine_run(w->engine, stop_watch, &l), STS_OK);
	for (int i = 0; i < 2; i++) {
		(void)close(l.fds[i]);
		(void)close(l.said[i]);
	}
}

/* Without a descriptor it is a clock. */
static void
watches_the_time(void **state)
{
	struct world *w = *state;
	struct looker l = { .engine = w->engine, .fds = { -1, -1 } };

	assert_int_equal(pipe(l.said), 0);
	assert_int_equal(sts_engine_run(w->engine, start_watch, &l), STS_OK);
	watch_for(&l, 0, 0);
	assert_int_equal(hear(&l), STS_WATCH_TIME);
	watch_for(&l, 0, 1);
	assert_int_equal(hear(&l), STS_WATCH_TIME);
	assert_int_equal(sts_engine_run(w->engine, stop_watch, &l), STS_OK);
	(void)close(l.said[0]);
	(void)close(l.said[1]);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_are_told_without_a_probe),
		TEST(a_full_answer_is_known_to_all),
		TEST(both_share_one_lookup),
		TEST(a_mismatch_is_told_in_full),
		TEST(a_cancelled_one_is_not_told),
		TEST(a_remembered_policy_is_told_so_far),
		TEST(the_last_outcome_is_told_so_far),
		TEST(a_question_is_a_use),
		TEST(what_is_remembered_is_known_without_a_question),
		TEST(a_closed_engine_takes_no_question),
		TEST(watches),
		TEST(watches_the_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
