#include "mapengine.h"

#include "test.h"

#include "sts/engine/loop.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>

struct sts_telling {
	struct sts_engine *engine;
	char domain[STS_DOMAIN_SIZE];
	sts_engine_told *done;
	void *cookie;
	struct sts_telling *prev, *next;
};

static int64_t
mono_ms(const struct sts_clock *clock)
{
	const struct sts_engine *e = (const void *)clock;

	return e->now_ms;
}

static int64_t
wall_s(const struct sts_clock *clock)
{
	(void)clock;
	return 1767225600; /* 2026-01-01T00:00:00Z */
}

static void
keep_line(void *cookie, enum sts_log_level level, const char *line)
{
	struct sts_engine *e = cookie;
	size_t n = strlen(e->lines);

	(void)level;
	(void)snprintf(e->lines + n, sizeof(e->lines) - n, "%s\n", line);
}

static const struct sts_conf *
load(const char *text)
{
	char path[] = "/tmp/sts-front-test-XXXXXX";
	const struct sts_conf *conf = NULL;
	struct sts_buf errors;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_true(dprintf(fd, "%s", text) >= 0);
	(void)close(fd);
	sts_buf_init(&errors, 4096);
	if (sts_conf_load(path, &errors, &conf) != STS_OK)
		fail_msg("%s", sts_buf_cstr(&errors));
	sts_buf_deinit(&errors);
	(void)unlink(path);
	return conf;
}

void
map_engine_init(struct sts_engine *e, const char *conf_text)
{
	memset(e, 0, sizeof(*e));
	e->clock.mono_ms = mono_ms;
	e->clock.wall_s = wall_s;
	e->now_ms = 1000;
	e->conf = load(conf_text);
	e->sofar = MAP_NOTHING;
	assert_int_equal(
	    sts_log_new_sink(keep_line, e, STS_LOG_INFO, &e->log), STS_OK);
	assert_int_equal(sts_loop_new(&e->clock, &e->loop), STS_OK);
	assert_int_equal(sts_loop_start(e->loop), STS_OK);
}

void
map_engine_deinit(struct sts_engine *e)
{
	sts_loop_stop(e->loop);
	assert_null(e->pending);
	sts_loop_free(e->loop);
	sts_log_free(e->log);
	sts_conf_put(e->conf);
}

static const struct sts_policy *
make_policy(const char *domain, enum map_answer what)
{
	struct sts_policy *policy;
	struct sts_buf b;

	sts_buf_init(&b, 1 << 17);
	sts_buf_str(&b, "version: STSv1\nmode: enforce\nmax_age: 86400\n");
	sts_buf_printf(&b, "mx: *.%s\n", domain);
	for (unsigned i = 0; what == MAP_GIANT && i < 700; i++)
		sts_buf_printf(&b, "mx: mx%u.%060u.%s\n", i, i, domain);
	assert_int_equal(
	    sts_policy_parse(sts_buf_view(&b), NULL, NULL, &policy), STS_OK);
	sts_buf_deinit(&b);
	return policy;
}

const struct sts_answer *
map_answer_new(const char *domain, enum map_answer what)
{
	char hosts[2][STS_DOMAIN_SIZE + 4];
	const struct sts_mx_outcome mx[] = {
		{ .host = hosts[0], .match = true },
		{ .host = hosts[1], .match = true },
	};
	struct sts_answer draft = {
		.domain = domain,
		.discovery = { .state = STS_POLICY_IN_FORCE },
		.complete = what != MAP_SOFAR && what != MAP_NOTHING,
		.mx_state = STS_MX_PENDING,
		.mx = mx,
	}, *a;

	for (size_t i = 0; i < COUNT(mx); i++)
		(void)snprintf(
		    hosts[i], sizeof(hosts[i]), "mx%zu.%s", i + 1, domain);
	switch (what) {
	case MAP_NONE:
		draft.discovery.state = STS_POLICY_ABSENT;
		break;
	case MAP_UNKNOWN:
	case MAP_NOTHING:
		draft.discovery.state = STS_POLICY_UNKNOWN;
		break;
	case MAP_ENFORCE:
		draft.mx_state = STS_MX_KNOWN;
		draft.n_mx = COUNT(mx);
		break;
	case MAP_GIANT:
		draft.mx_state = STS_MX_UNKNOWN;
		break;
	case MAP_SOFAR:
		break;
	}
	if (draft.discovery.state == STS_POLICY_IN_FORCE)
		draft.discovery.policy = make_policy(domain, what);
	a = sts_answer_new(&draft);
	assert_non_null(a);
	sts_policy_put(draft.discovery.policy);
	return a;
}

/* --- engine/engine.h --- */

struct run {
	void (*fn)(void *);
	void *cookie;
	pthread_mutex_t lock;
	pthread_cond_t there;
	bool done;
};

static void
run_and_signal(void *cookie)
{
	struct run *run = cookie;

	run->fn(run->cookie);
	pthread_mutex_lock(&run->lock);
	run->done = true;
	pthread_cond_signal(&run->there);
	pthread_mutex_unlock(&run->lock);
}

enum sts_err
sts_engine_run(struct sts_engine *e, void (*fn)(void *), void *cookie)
{
	struct run run = { .fn = fn, .cookie = cookie };

	pthread_mutex_init(&run.lock, NULL);
	pthread_cond_init(&run.there, NULL);
	assert_int_equal(sts_loop_post(e->loop, run_and_signal, &run), STS_OK);
	pthread_mutex_lock(&run.lock);
	while (!run.done)
		pthread_cond_wait(&run.there, &run.lock);
	pthread_mutex_unlock(&run.lock);
	pthread_cond_destroy(&run.there);
	pthread_mutex_destroy(&run.lock);
	return STS_OK;
}

struct sts_loop *
sts_engine_loop(struct sts_engine *e)
{
	return e->loop;
}

const struct sts_conf *
sts_engine_conf(struct sts_engine *e)
{
	return sts_conf_get(e->conf);
}

struct sts_log *
sts_engine_log(struct sts_engine *e)
{
	return e->log;
}

const struct sts_clock *
sts_engine_clock(struct sts_engine *e)
{
	return &e->clock;
}

enum sts_err
sts_engine_tell(struct sts_engine *e, const char *domain, unsigned ask,
    sts_engine_told *done, void *cookie, const struct sts_answer **known,
    struct sts_telling **telling)
{
	struct sts_telling *t;

	assert_int_equal(ask, STS_ASK_NO_PROBE);
	assert_true(sts_loop_here(e->loop));
	e->asked++;
	if (e->refuse != STS_OK)
		return e->refuse;
	if (strncmp(domain, "known", 5) == 0 ||
	    strncmp(domain, "giant", 5) == 0) {
		*known = map_answer_new(
		    domain, domain[0] == 'k' ? MAP_ENFORCE : MAP_GIANT);
		return STS_OK;
	}
	t = calloc(1, sizeof(*t));
	assert_non_null(t);
	t->engine = e;
	t->done = done;
	t->cookie = cookie;
	(void)snprintf(t->domain, sizeof(t->domain), "%s", domain);
	DL_APPEND(e->pending, t);
	if (++e->n_pending > e->most_pending)
		e->most_pending = e->n_pending;
	*telling = t;
	return STS_E_AGAIN;
}

void
sts_telling_cancel(struct sts_telling *t)
{
	if (t == NULL)
		return;
	DL_DELETE(t->engine->pending, t);
	t->engine->n_pending--;
	free(t);
}

const struct sts_answer *
sts_telling_sofar(const struct sts_telling *t)
{
	return map_answer_new(t->domain, t->engine->sofar);
}

/* --- what the test says --- */

struct order {
	struct sts_engine *engine;
	const char *domain;
	const struct sts_answer *answer;
	unsigned n;
};

static void
obey(void *cookie)
{
	struct order *o = cookie;
	struct sts_telling *t, *tmp;

	DL_FOREACH_SAFE (o->engine->pending, t, tmp) {
		sts_engine_told *done = t->done;
		void *to = t->cookie;

		if (strcmp(t->domain, o->domain) != 0)
			continue;
		sts_telling_cancel(t);
		done(to, o->answer);
		o->n++;
		return; /* the list may be another now: one at a time */
	}
}

static void
tell_all(struct sts_engine *e, const char *domain, const struct sts_answer *a)
{
	struct order o = { .engine = e, .domain = domain, .answer = a };
	unsigned before;

	do {
		before = o.n;
		assert_int_equal(sts_engine_run(e, obey, &o), STS_OK);
	} while (o.n > before);
	assert_int_not_equal(o.n, 0);
	sts_answer_put(a);
}

void
map_engine_answer(
    struct sts_engine *e, const char *domain, enum map_answer what)
{
	tell_all(e, domain, map_answer_new(domain, what));
}

void
map_engine_fail(struct sts_engine *e, const char *domain)
{
	tell_all(e, domain, NULL);
}

static void
count(void *cookie)
{
	struct order *o = cookie;

	o->n = o->engine->n_pending;
}

unsigned
map_engine_pending(struct sts_engine *e)
{
	struct order o = { .engine = e };

	assert_int_equal(sts_engine_run(e, count, &o), STS_OK);
	return o.n;
}
