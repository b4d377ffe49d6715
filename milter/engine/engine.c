#include "sts/engine/engine.h"

#include "sts/engine/answers.h"
#include "sts/engine/check.h"
#include "sts/engine/env.h"
#include "sts/engine/hosts.h"
#include "sts/engine/lookup.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <uthash.h>
#include <utlist.h>

enum { TASKS_MAX = 4096 }; /* domains looked up at once */

enum { KEY_SIZE = STS_DOMAIN_SIZE + 4 }; /* the ask's digits, a space */

/* One question under way, and all who asked it. */
struct task {
	struct sts_engine *engine;
	unsigned ask;
	struct sts_check *check; /* engine's thread only */
	const struct sts_answer *sofar; /* incomplete: a reference, or NULL */
	struct sts_ticket *tickets;
	UT_hash_handle hh;
	const char *domain; /* inside key */
	char key[KEY_SIZE];
};

struct sts_ticket {
	struct sts_engine *engine;
	struct task *task; /* NULL: not waiting any more */
	const struct sts_answer *answer; /* complete: a reference */
	bool cached;
	bool closed; /* the engine closed before the answer came */
	pthread_cond_t there;
	/* Instead of a waiter: told on the engine's thread, which frees it. */
	void (*done)(void *cookie, const struct sts_answer *answer);
	void *cookie;
	struct sts_ticket *prev, *next;
	char domain[STS_DOMAIN_SIZE];
};

struct sts_engine {
	struct sts_loop *loop;
	struct sts_storegate *gate;
	struct sts_env env; /* engine's thread; `conf` under the lock too */
	struct sts_tally tally;

	pthread_mutex_t
	    lock; /* guards all below, and every task but its check */
	struct sts_answers *answers;
	struct task *tasks;
	bool closed;
	_Atomic uint64_t asked, known;
};

/* ------------------------------------------------------------- life */

static enum sts_err
make_parts(struct sts_engine *e, const struct sts_engine_options *options,
    char *why, size_t size)
{
	struct sts_env *env = &e->env;
	enum sts_err err = sts_loop_new(options->clock, &e->loop);

	env->loop = e->loop;
	env->log = options->log;
	env->store = options->store;
	env->tally = &e->tally;
	env->conf = sts_conf_get(options->conf);
	if (err == STS_OK)
		err = sts_storegate_new(e->loop, options->store, &e->gate);
	if (err == STS_OK)
		err = sts_answers_new(&e->answers);
	if (err == STS_OK)
		err = sts_hosts_new(&env->hosts);
	if (err == STS_OK)
		err = sts_fetcher_new(e->loop, &env->fetcher);
	if (err == STS_OK)
		err = sts_prober_new(e->loop, &env->prober);
	if (err == STS_OK)
		err = sts_resolver_new(e->loop, env->conf, &env->resolver);
	if (err != STS_OK) {
		(void)snprintf(why, size, "the engine cannot be set up: %s",
		    sts_err_text(err));
		return err;
	}
	return sts_tls_new(env->conf->ca_file, why, size, &env->tls);
}

enum sts_err
sts_engine_new(const struct sts_engine_options *options, char *why, size_t size,
    struct sts_engine **out)
{
	struct sts_engine *e = calloc(1, sizeof(*e));
	enum sts_err err;

	if (e == NULL) {
		(void)snprintf(why, size, "out of memory");
		return STS_E_NOMEM;
	}
	pthread_mutex_init(&e->lock, NULL);
	err = make_parts(e, options, why, size);
	if (err == STS_OK) {
		err = sts_loop_start(e->loop);
		if (err != STS_OK)
			(void)snprintf(why, size, "no thread can be started");
	}
	if (err != STS_OK)
		sts_engine_free(e);
	else
		*out = e;
	return err;
}

/* Ends the wait of one ticket; the lock is held. */
static void
settle(struct sts_ticket *t, const struct sts_answer *answer)
{
	DL_DELETE(t->task->tickets, t);
	t->task = NULL;
	t->answer = sts_answer_get(answer);
	t->closed = answer == NULL;
	pthread_cond_signal(&t->there);
}

void
sts_engine_close(struct sts_engine *e)
{
	struct task *task, *tmp;
	struct sts_ticket *t, *ttmp;

	pthread_mutex_lock(&e->lock);
	e->closed = true;
	HASH_ITER (hh, e->tasks, task, tmp)
		DL_FOREACH_SAFE (task->tickets, t, ttmp)
			if (t->done == NULL) {
				t->closed = true;
				pthread_cond_signal(&t->there);
			}
	pthread_mutex_unlock(&e->lock);
}

static void
task_free(struct task *task)
{
	HASH_DEL(task->engine->tasks, task);
	sts_answer_put(task->sofar);
	free(task);
}

static void
ticket_destroy(struct sts_ticket *t)
{
	pthread_cond_destroy(&t->there);
	sts_answer_put(t->answer);
	free(t);
}

/* After the loop has stopped: what was under way is given up, and who is told
 * by callback is told so. */
static void
drop_tasks(struct sts_engine *e)
{
	struct task *task, *tmp;
	struct sts_ticket *t, *ttmp;

	HASH_ITER (hh, e->tasks, task, tmp) {
		sts_check_cancel(task->check);
		DL_FOREACH_SAFE (task->tickets, t, ttmp) {
			settle(t, NULL);
			if (t->done != NULL) {
				t->done(t->cookie, NULL);
				ticket_destroy(t);
			}
		}
		task_free(task);
	}
}

void
sts_engine_free(struct sts_engine *e)
{
	if (e == NULL)
		return;
	sts_engine_close(e);
	if (e->loop != NULL)
		sts_loop_stop(e->loop);
	drop_tasks(e);
	sts_hosts_free(e->env.hosts);
	sts_fetcher_free(e->env.fetcher);
	sts_prober_free(e->env.prober);
	sts_resolver_close(e->env.resolver);
	sts_env_release(&e->env);
	sts_answers_free(e->answers);
	sts_storegate_free(e->gate);
	sts_loop_free(e->loop);
	pthread_mutex_destroy(&e->lock);
	free(e);
}

/* ---------------------------------------------------------- reload */

struct reload {
	struct sts_engine *engine;
	const struct sts_conf *conf;
	const struct sts_tls *tls;
};

static void
put_in_force(void *cookie)
{
	struct reload *r = cookie;
	struct sts_env *env = &r->engine->env, old = *env;
	struct sts_resolver *resolver;

	/* Without a new resolver the old one serves on. */
	if (sts_resolver_new(env->loop, r->conf, &resolver) == STS_OK)
		env->resolver = resolver;
	else
		(void)sts_resolver_get(env->resolver);
	env->tls = r->tls;
	pthread_mutex_lock(&r->engine->lock);
	env->conf = r->conf;
	sts_answers_forget(r->engine->answers, NULL);
	pthread_mutex_unlock(&r->engine->lock);
	sts_env_release(&old);
	free(r);
}

enum sts_err
sts_engine_reload(
    struct sts_engine *e, const struct sts_conf *conf, char *why, size_t size)
{
	struct reload *r = calloc(1, sizeof(*r));
	enum sts_err err = STS_E_NOMEM;

	(void)snprintf(why, size, "out of memory");
	if (r == NULL)
		return STS_E_NOMEM;
	err = sts_tls_new(conf->ca_file, why, size, &r->tls);
	if (err != STS_OK)
		goto fail;
	r->engine = e;
	r->conf = sts_conf_get(conf);
	err = sts_loop_post(e->loop, put_in_force, r);
	if (err == STS_OK)
		return STS_OK;
	(void)snprintf(why, size, "%s", sts_err_text(err));
	sts_conf_put(r->conf);
	sts_tls_put(r->tls);
fail:
	free(r);
	return err;
}

/* -------------------------------------------------- what it is made of */

const struct sts_conf *
sts_engine_conf(struct sts_engine *e)
{
	const struct sts_conf *conf;

	pthread_mutex_lock(&e->lock);
	conf = sts_conf_get(e->env.conf);
	pthread_mutex_unlock(&e->lock);
	return conf;
}

struct sts_log *
sts_engine_log(struct sts_engine *e)
{
	return e->env.log;
}

const struct sts_clock *
sts_engine_clock(struct sts_engine *e)
{
	return sts_loop_clock(e->loop);
}

struct sts_store *
sts_engine_store(struct sts_engine *e)
{
	return e->env.store;
}

/* ------------------------------------------------ questions under way */

/* Tells those who asked for a callback, without the lock. */
static void
tell_and_free(struct sts_ticket *told, const struct sts_answer *answer)
{
	struct sts_ticket *t, *tmp;

	DL_FOREACH_SAFE (told, t, tmp) {
		t->done(t->cookie, answer);
		ticket_destroy(t);
	}
}

/* The task has its answer, or there is none to be had (NULL). */
static void
end_task(struct task *task, const struct sts_answer *answer)
{
	struct sts_engine *e = task->engine;
	struct sts_ticket *told = NULL, *t, *tmp;

	pthread_mutex_lock(&e->lock);
	if (answer != NULL &&
	    !(task->ask & (STS_ASK_UNCACHED | STS_ASK_POLICY_ONLY)))
		sts_answers_put(e->answers, answer);
	DL_FOREACH_SAFE (task->tickets, t, tmp) {
		settle(t, answer);
		if (t->done != NULL)
			DL_APPEND(told, t);
	}
	task_free(task);
	pthread_mutex_unlock(&e->lock);
	tell_and_free(told, answer);
}

static void
on_told(void *cookie, const struct sts_answer *answer)
{
	struct task *task = cookie;
	struct sts_engine *e = task->engine;

	if (answer == NULL || answer->complete) {
		end_task(task, answer);
		return;
	}
	pthread_mutex_lock(&e->lock);
	sts_answer_put(task->sofar);
	task->sofar = sts_answer_get(answer);
	pthread_mutex_unlock(&e->lock);
}

static void
start_task(void *cookie)
{
	struct task *task = cookie;
	struct sts_engine *e = task->engine;

	if (sts_check_new(&e->env, e->gate, task->domain, task->ask, on_told,
		task, &task->check) != STS_OK)
		end_task(task, NULL);
	else
		sts_check_run(task->check);
}

/* Finds or makes the task for the question; the lock is held. */
static enum sts_err
find_or_start(
    struct sts_engine *e, const char *domain, unsigned ask, struct task **out)
{
	struct task *task;
	char key[KEY_SIZE];
	enum sts_err err;

	(void)snprintf(key, sizeof(key), "%u %s", ask, domain);
	HASH_FIND_STR(e->tasks, key, task);
	if (task != NULL) {
		*out = task;
		return STS_OK;
	}
	if (HASH_COUNT(e->tasks) >= TASKS_MAX)
		return STS_E_LIMIT;
	task = calloc(1, sizeof(*task));
	if (task == NULL)
		return STS_E_NOMEM;
	task->engine = e;
	task->ask = ask;
	memcpy(task->key, key, sizeof(key));
	task->domain = strchr(task->key, ' ') + 1;
	HASH_ADD_STR(e->tasks, key, task);
	if (task->hh.tbl == NULL) { /* no memory for the table */
		free(task);
		return STS_E_NOMEM;
	}
	err = sts_loop_post(e->loop, start_task, task);
	if (err != STS_OK)
		task_free(task);
	else
		*out = task;
	return err;
}

static enum sts_err
ticket_new(struct sts_engine *e, const char *domain, struct sts_ticket **out)
{
	struct sts_ticket *t = calloc(1, sizeof(*t));
	pthread_condattr_t attr;

	if (t == NULL)
		return STS_E_NOMEM;
	t->engine = e;
	(void)snprintf(t->domain, sizeof(t->domain), "%s", domain);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&t->there, &attr);
	pthread_condattr_destroy(&attr);
	*out = t;
	return STS_OK;
}

/* Puts the ticket where its answer will come; the lock is held. */
static enum sts_err
attach(struct sts_engine *e, const char *domain, unsigned ask,
    struct sts_ticket *t)
{
	enum sts_err err;
	struct task *task;

	if (e->closed)
		return STS_E_CLOSED;
	err = find_or_start(e, domain, ask, &task);
	if (err == STS_OK) {
		t->task = task;
		DL_APPEND(task->tickets, t);
	}
	return err;
}

static int64_t
mono_ms(const struct sts_engine *e)
{
	return sts_mono_ms(sts_loop_clock(e->loop));
}

enum sts_err
sts_engine_ask(struct sts_engine *e, const char *domain, unsigned ask,
    struct sts_ticket **out)
{
	struct sts_ticket *t;
	enum sts_err err = ticket_new(e, domain, &t);

	if (err != STS_OK)
		return err;
	e->asked++;
	pthread_mutex_lock(&e->lock);
	if (ask == 0)
		t->answer = sts_answers_find(e->answers, domain, mono_ms(e));
	t->cached = t->answer != NULL;
	if (!t->cached)
		err = attach(e, domain, ask, t);
	pthread_mutex_unlock(&e->lock);
	if (t->cached)
		e->known++;
	if (err != STS_OK)
		ticket_destroy(t);
	else
		*out = t;
	return err;
}

enum sts_err
sts_engine_tell(struct sts_engine *e, const char *domain, unsigned ask,
    void (*done)(void *cookie, const struct sts_answer *answer), void *cookie)
{
	struct sts_ticket *t;
	enum sts_err err = ticket_new(e, domain, &t);

	if (err != STS_OK)
		return err;
	e->asked++;
	t->done = done;
	t->cookie = cookie;
	pthread_mutex_lock(&e->lock);
	err = attach(e, domain, ask, t);
	pthread_mutex_unlock(&e->lock);
	if (err != STS_OK)
		ticket_destroy(t);
	return err;
}

const struct sts_answer *
sts_engine_known(struct sts_engine *e, const char *domain)
{
	const struct sts_answer *answer;

	pthread_mutex_lock(&e->lock);
	answer = sts_answers_find(e->answers, domain, mono_ms(e));
	pthread_mutex_unlock(&e->lock);
	return answer;
}

void
sts_engine_forget(struct sts_engine *e, const char *domain)
{
	pthread_mutex_lock(&e->lock);
	sts_answers_forget(e->answers, domain);
	pthread_mutex_unlock(&e->lock);
}

/* ---------------------------------------------------------- tickets */

bool
sts_ticket_cached(const struct sts_ticket *t)
{
	return t->cached;
}

void
sts_ticket_free(struct sts_ticket *t)
{
	if (t == NULL)
		return;
	pthread_mutex_lock(&t->engine->lock);
	if (t->task != NULL)
		DL_DELETE(t->task->tickets, t);
	pthread_mutex_unlock(&t->engine->lock);
	ticket_destroy(t);
}

/* What can be said before the answer is there; the lock is held. */
static const struct sts_answer *
answer_so_far(const struct sts_ticket *t)
{
	struct sts_facts nothing = { .policy = STS_POLICY_UNKNOWN,
		.policy_reason = STS_REASON_DNS_FAILURE,
		.mx_state = STS_MX_PENDING };
	struct sts_answer *a;

	if (t->task != NULL && t->task->sofar != NULL)
		return sts_answer_get(t->task->sofar);
	a = sts_answer_new(t->domain, 0);
	if (a == NULL)
		return NULL;
	sts_discovery_of_record(NULL, 0, &a->discovery);
	a->mx_state = STS_MX_PENDING;
	a->verdict = sts_verdict_of(&nothing);
	return a;
}

static struct timespec
deadline_in(int64_t ms)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_sec += (time_t)(ms / 1000);
	ts.tv_nsec += (long)(ms % 1000) * 1000000;
	if (ts.tv_nsec >= 1000000000) {
		ts.tv_sec++;
		ts.tv_nsec -= 1000000000;
	}
	return ts;
}

enum sts_err
sts_ticket_wait(struct sts_ticket *t, int64_t ms, const struct sts_answer **out)
{
	struct timespec deadline;
	int timed_out = 0;
	enum sts_err err = STS_OK;

	if (t->cached) { /* set before the ticket was given out */
		*out = sts_answer_get(t->answer);
		return STS_OK;
	}
	deadline = deadline_in(ms);
	pthread_mutex_lock(&t->engine->lock);
	while (t->answer == NULL && !t->closed && timed_out == 0)
		timed_out = pthread_cond_timedwait(
		    &t->there, &t->engine->lock, &deadline);
	if (t->answer != NULL) {
		*out = sts_answer_get(t->answer);
	} else {
		err = t->closed ? STS_E_CLOSED : STS_E_TIMEOUT;
		*out = answer_so_far(t);
	}
	pthread_mutex_unlock(&t->engine->lock);
	return err;
}

/* ------------------------------------------- for front ends on the loop */

struct sts_watch {
	struct sts_engine *engine;
	struct event *ev;
	void (*ready)(void *cookie, int fd, short events);
	void *cookie;
	int fd;
};

static void
on_ready(evutil_socket_t fd, short events, void *arg)
{
	struct sts_watch *w = arg;

	w->ready(w->cookie, fd, events);
}

enum sts_err
sts_engine_watch(struct sts_engine *e, int fd, short events,
    void (*ready)(void *cookie, int fd, short events), void *cookie,
    struct sts_watch **out)
{
	struct sts_watch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return STS_E_NOMEM;
	*w = (struct sts_watch){ e, NULL, ready, cookie, fd };
	w->ev = event_new(sts_loop_base(e->loop), fd,
	    (short)(events | EV_PERSIST), on_ready, w);
	if (w->ev == NULL || (events != 0 && event_add(w->ev, NULL) != 0)) {
		sts_watch_free(w);
		return STS_E_NOMEM;
	}
	*out = w;
	return STS_OK;
}

void
sts_watch_events(struct sts_watch *w, short events)
{
	(void)event_del(w->ev);
	(void)event_assign(w->ev, sts_loop_base(w->engine->loop), w->fd,
	    (short)(events | EV_PERSIST), on_ready, w);
	if (events != 0)
		(void)event_add(w->ev, NULL);
}

void
sts_watch_free(struct sts_watch *w)
{
	if (w == NULL)
		return;
	if (w->ev != NULL)
		event_free(w->ev);
	free(w);
}

enum sts_err
sts_engine_run(struct sts_engine *e, void (*fn)(void *), void *cookie)
{
	return sts_loop_post(e->loop, fn, cookie);
}

void
sts_engine_stats(struct sts_engine *e, struct sts_engine_stats *out)
{
	*out = (struct sts_engine_stats){
		.asked = e->asked,
		.known = e->known,
		.lookups = e->tally.lookups,
		.fetches = e->tally.fetches,
		.fetch_failures = e->tally.fetch_failures,
		.probes = e->tally.probes,
		.probe_failures = e->tally.probe_failures,
		.hosts = e->tally.hosts,
	};
	pthread_mutex_lock(&e->lock);
	out->running = HASH_COUNT(e->tasks);
	out->answers = sts_answers_count(e->answers);
	pthread_mutex_unlock(&e->lock);
}
