#include "sts/engine/tasks.h"

#include "sts/engine/answers.h"
#include "sts/engine/check.h"
#include "sts/engine/lookup.h"
#include "sts/engine/tellings.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <uthash.h>
#include <utlist.h>

/* Two numbers, an address and spaces before the domain. */
enum { KEY_SIZE = STS_DOMAIN_SIZE + 48 };

/* What somebody wants to know. */
struct question {
	const char *domain;
	unsigned ask;
	const struct sts_policy *supposed; /* borrowed; NULL: none is */
};

/* How a question is asked: with or without, it is the same one. */
static const unsigned MANNER = STS_ASK_NO_PROBE | STS_ASK_RENEW;

/*
 * One question under way, and all who asked it: with probes or without them is
 * the same question, answered sooner or later.
 */
struct task {
	struct sts_tasks *tasks;
	unsigned ask; /* without STS_ASK_NO_PROBE */
	unsigned era; /* of the configuration that it began with */
	bool probe; /* somebody wants the probes, or did */
	bool renew; /* it began while there was an answer yet */
	const struct sts_policy *supposed; /* a reference, or NULL */
	struct sts_check *check; /* engine's thread only, as the tellings */
	struct sts_tellings tellings;
	struct sts_tellings unprobed; /* for whom names are enough */
	const struct sts_answer *sofar; /* incomplete: a reference, or NULL */
	struct sts_ticket *tickets;
	UT_hash_handle hh;
	const char *domain; /* inside key */
	char key[KEY_SIZE];
};

struct sts_ticket {
	struct sts_tasks *tasks;
	struct task *task; /* NULL: not waiting any more */
	const struct sts_answer *answer; /* complete: a reference */
	bool cached; /* set before the ticket is given out */
	bool closed; /* given up before the answer came */
	pthread_cond_t there;
	void (*note)(void *); /* instead; NULL: none is asked for */
	void *cookie;
	struct sts_ticket *prev, *next;
	char domain[STS_DOMAIN_SIZE];
};

struct sts_tasks {
	const struct sts_env *env; /* the engine's; its own thread only, but
				      for what never changes */
	struct sts_storegate *gate;
	struct sts_outages *outages;
	pthread_mutex_t lock; /* guards all below, and each task but for what
				 is the engine's thread's */
	struct sts_answers *answers;
	struct sts_answers *unprobed; /* never given for others */
	struct task *table;
	unsigned era; /* counts the reloads */
	bool closed;
	_Atomic uint64_t asked, known;
};

enum sts_err
sts_tasks_new(const struct sts_env *env, struct sts_storegate *gate,
    struct sts_outages *outages, struct sts_tasks **out)
{
	struct sts_tasks *tasks = calloc(1, sizeof(*tasks));

	if (tasks == NULL)
		return STS_E_NOMEM;
	tasks->env = env;
	tasks->gate = gate;
	tasks->outages = outages;
	pthread_mutex_init(&tasks->lock, NULL);
	if (sts_answers_new(STS_ANSWERS_BYTES, &tasks->answers) != STS_OK ||
	    sts_answers_new(STS_ANSWERS_BYTES, &tasks->unprobed) != STS_OK) {
		sts_tasks_free(tasks);
		return STS_E_NOMEM;
	}
	*out = tasks;
	return STS_OK;
}

/* The ticket's wait is over; the lock is held. */
static void
notify(struct sts_ticket *t)
{
	void (*note)(void *) = t->note;

	pthread_cond_signal(&t->there);
	t->note = NULL;
	if (note != NULL)
		note(t->cookie);
}

/* Ends the wait of one ticket; the lock is held. */
static void
settle(struct sts_ticket *t, const struct sts_answer *answer)
{
	DL_DELETE(t->task->tickets, t);
	t->task = NULL;
	t->answer = sts_answer_get(answer);
	t->closed = answer == NULL;
	notify(t);
}

void
sts_tasks_close(struct sts_tasks *tasks)
{
	struct task *task, *tmp;
	struct sts_ticket *t;

	pthread_mutex_lock(&tasks->lock);
	tasks->closed = true;
	HASH_ITER (hh, tasks->table, task, tmp)
		DL_FOREACH (task->tickets, t) {
			t->closed = true;
			notify(t);
		}
	pthread_mutex_unlock(&tasks->lock);
}

/* When it is in the table no more. */
static void
task_free(struct task *task)
{
	sts_answer_put(task->sofar);
	sts_policy_put(task->supposed);
	free(task);
}

void
sts_tasks_free(struct sts_tasks *tasks)
{
	struct task *task, *tmp;

	if (tasks == NULL)
		return;
	HASH_ITER (hh, tasks->table, task, tmp) {
		sts_check_cancel(task->check);
		HASH_DEL(tasks->table, task);
		task_free(task);
	}
	sts_answers_free(tasks->answers);
	sts_answers_free(tasks->unprobed);
	pthread_mutex_destroy(&tasks->lock);
	free(tasks);
}

static bool
is_same_policy(const struct sts_discovery *a, const struct sts_discovery *b)
{
	if (a->policy == NULL || b->policy == NULL)
		return a->policy == b->policy;
	return sts_policy_eq(a->policy, b->policy);
}

/* An answer that rests on another policy than the one in force now is given to
 * no message any more; the lock is held. */
static void
forget_if_other(struct sts_answers *answers, const struct sts_answer *now)
{
	const struct sts_answer *a = sts_answers_last(answers, now->domain);

	if (a != NULL && !is_same_policy(&a->discovery, &now->discovery))
		sts_answers_forget(answers, now->domain);
	sts_answer_put(a);
}

static int64_t
mono_ms(const struct sts_tasks *tasks)
{
	return sts_mono_ms(sts_loop_clock(tasks->env->loop));
}

/* Whether it says more than what is known and fresh: who looks ahead of time
 * and cannot tell has learnt nothing. */
static bool
is_news(const struct task *task, const struct sts_answer *answer)
{
	struct sts_tasks *tasks = task->tasks;
	const struct sts_answer *known;
	bool fresh;

	if (!task->renew || answer->verdict.result != STS_RESULT_TEMPERROR)
		return true;
	known = sts_answers_last(tasks->answers, answer->domain);
	fresh = known != NULL && known->fresh_until_ms > mono_ms(tasks);
	sts_answer_put(known);
	return !fresh;
}

/* The task has its answer, or there is none to be had (NULL). */
static void
end_task(struct task *task, const struct sts_answer *answer)
{
	struct sts_tasks *tasks = task->tasks;
	struct sts_ticket *t, *tmp;

	pthread_mutex_lock(&tasks->lock);
	if (answer != NULL && task->era == tasks->era &&
	    is_news(task, answer) &&
	    !(task->ask & (STS_ASK_UNCACHED | STS_ASK_POLICY_ONLY)))
		sts_answers_put(tasks->answers, answer);
	if (answer != NULL && (task->ask & STS_ASK_REFRESH)) {
		forget_if_other(tasks->answers, answer);
		forget_if_other(tasks->unprobed, answer);
	}
	DL_FOREACH_SAFE (task->tickets, t, tmp)
		settle(t, answer);
	HASH_DEL(tasks->table, task);
	pthread_mutex_unlock(&tasks->lock);
	/* Without the lock, for who is told may ask again. */
	sts_tellings_tell(&task->unprobed, answer);
	sts_tellings_tell(&task->tellings, answer);
	task_free(task);
}

/* Names are enough for some, perhaps for all: whether the check goes on. */
static bool
on_unprobed(struct task *task, const struct sts_answer *answer)
{
	struct sts_tasks *tasks = task->tasks;
	bool goes_on;

	pthread_mutex_lock(&tasks->lock);
	if (task->ask == 0 && task->era == tasks->era)
		sts_answers_put(tasks->unprobed, answer);
	goes_on = task->probe;
	if (!goes_on)
		HASH_DEL(tasks->table, task);
	pthread_mutex_unlock(&tasks->lock);
	sts_tellings_tell(&task->unprobed, answer);
	if (!goes_on)
		task_free(task);
	return goes_on;
}

static bool
on_told(void *cookie, const struct sts_answer *answer)
{
	struct task *task = cookie;
	struct sts_tasks *tasks = task->tasks;

	if (answer != NULL && answer->unprobed)
		return on_unprobed(task, answer);
	if (answer == NULL || answer->complete) {
		if (answer != NULL)
			sts_outages_note(tasks->outages, answer);
		end_task(task, answer);
		return false;
	}
	pthread_mutex_lock(&tasks->lock);
	sts_answer_put(task->sofar);
	task->sofar = sts_answer_get(answer);
	pthread_mutex_unlock(&tasks->lock);
	return true;
}

static void
start_task(void *cookie)
{
	struct task *task = cookie;
	struct sts_tasks *tasks = task->tasks;

	if (sts_check_new(tasks->env, tasks->gate, task->domain,
		task->ask | (task->renew ? STS_ASK_RENEW : 0), on_told, task,
		&task->check) != STS_OK) {
		end_task(task, NULL);
		return;
	}
	if (task->supposed != NULL)
		sts_check_suppose(task->check, task->supposed);
	sts_check_run(task->check);
}

static enum sts_err
start_new(struct sts_tasks *tasks, const char key[KEY_SIZE],
    const struct question *question, struct task **out)
{
	struct task *task;
	enum sts_err err;

	if (HASH_COUNT(tasks->table) >= STS_TASKS_MAX)
		return STS_E_LIMIT;
	task = calloc(1, sizeof(*task));
	if (task == NULL)
		return STS_E_NOMEM;
	task->tasks = tasks;
	task->ask = question->ask & ~MANNER;
	task->renew = (question->ask & STS_ASK_RENEW) != 0;
	task->supposed = sts_policy_get(question->supposed);
	task->era = tasks->era;
	memcpy(task->key, key, KEY_SIZE);
	task->domain = strrchr(task->key, ' ') + 1;
	HASH_ADD_STR(tasks->table, key, task);
	if (task->hh.tbl == NULL) { /* no memory for the table */
		task_free(task);
		return STS_E_NOMEM;
	}
	err = sts_loop_post(tasks->env->loop, start_task, task);
	if (err != STS_OK) {
		HASH_DEL(tasks->table, task);
		task_free(task);
		return err;
	}
	*out = task;
	return STS_OK;
}

/* Finds or makes the task for the question; the lock is held. */
static enum sts_err
find_or_start(
    struct sts_tasks *tasks, const struct question *question, struct task **out)
{
	unsigned same = question->ask & ~MANNER;
	char key[KEY_SIZE];
	struct task *task;
	enum sts_err err = STS_OK;

	if (tasks->closed)
		return STS_E_CLOSED;
	(void)snprintf(key, sizeof(key), "%u %u %p %s", tasks->era, same,
	    (const void *)question->supposed, question->domain);
	HASH_FIND_STR(tasks->table, key, task);
	if (task == NULL)
		err = start_new(tasks, key, question, &task);
	if (err != STS_OK)
		return err;
	if (!(question->ask & STS_ASK_NO_PROBE))
		task->probe = true;
	*out = task;
	return STS_OK;
}

static enum sts_err
ticket_new(struct sts_tasks *tasks, const char *domain, struct sts_ticket **out)
{
	struct sts_ticket *t = calloc(1, sizeof(*t));
	pthread_condattr_t attr;

	if (t == NULL)
		return STS_E_NOMEM;
	t->tasks = tasks;
	(void)snprintf(t->domain, sizeof(t->domain), "%s", domain);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&t->there, &attr);
	pthread_condattr_destroy(&attr);
	*out = t;
	return STS_OK;
}

static void
ticket_destroy(struct sts_ticket *t)
{
	pthread_cond_destroy(&t->there);
	sts_answer_put(t->answer);
	free(t);
}

/* Puts the ticket where its answer will come; the lock is held. */
static enum sts_err
attach(struct sts_tasks *tasks, const struct question *question,
    struct sts_ticket *t)
{
	enum sts_err err;
	struct task *task;

	err = find_or_start(tasks, question, &task);
	if (err == STS_OK) {
		t->task = task;
		DL_APPEND(task->tickets, t);
	}
	return err;
}

static enum sts_err
put_question(struct sts_tasks *tasks, const struct question *question,
    struct sts_ticket **out)
{
	struct sts_ticket *t;
	enum sts_err err = ticket_new(tasks, question->domain, &t);

	if (err != STS_OK)
		return err;
	tasks->asked++;
	pthread_mutex_lock(&tasks->lock);
	if (question->ask == 0)
		t->answer = sts_answers_find(
		    tasks->answers, question->domain, mono_ms(tasks));
	t->cached = t->answer != NULL;
	if (!t->cached)
		err = attach(tasks, question, t);
	pthread_mutex_unlock(&tasks->lock);
	if (t->cached)
		tasks->known++;
	if (err != STS_OK)
		ticket_destroy(t);
	else
		*out = t;
	return err;
}

enum sts_err
sts_tasks_ask(struct sts_tasks *tasks, const char *domain, unsigned ask,
    struct sts_ticket **out)
{
	return put_question(
	    tasks, &(struct question){ domain, ask, NULL }, out);
}

enum sts_err
sts_tasks_try(struct sts_tasks *tasks, const char *domain,
    const struct sts_policy *supposed, struct sts_ticket **out)
{
	return put_question(tasks,
	    &(struct question){ domain, STS_ASK_UNCACHED, supposed }, out);
}

enum sts_err
sts_tasks_tell(struct sts_tasks *tasks, const char *domain, unsigned ask,
    sts_engine_told *done, void *cookie, const struct sts_answer **known,
    struct sts_telling **telling)
{
	int64_t now = mono_ms(tasks);
	const struct sts_answer *answer = NULL;
	struct task *task = NULL;
	enum sts_err err = STS_OK;

	sts_loop_assert(tasks->env->loop);
	tasks->asked++;
	pthread_mutex_lock(&tasks->lock);
	if (ask == 0 || ask == STS_ASK_NO_PROBE)
		answer = sts_answers_find(tasks->answers, domain, now);
	if (answer == NULL && ask == STS_ASK_NO_PROBE)
		answer = sts_answers_find(tasks->unprobed, domain, now);
	if (answer == NULL)
		err = find_or_start(
		    tasks, &(struct question){ domain, ask, NULL }, &task);
	pthread_mutex_unlock(&tasks->lock);
	if (answer != NULL) {
		tasks->known++;
		*known = answer;
		return STS_OK;
	}
	if (err == STS_OK) /* the task ends on this thread: it is there yet */
		err = sts_tellings_add(
		    ask & STS_ASK_NO_PROBE ? &task->unprobed : &task->tellings,
		    task, done, cookie, telling);
	return err == STS_OK ? STS_E_AGAIN : err;
}

const struct sts_answer *
sts_tasks_known(struct sts_tasks *tasks, const char *domain)
{
	const struct sts_answer *answer;

	pthread_mutex_lock(&tasks->lock);
	answer = sts_answers_find(tasks->answers, domain, mono_ms(tasks));
	pthread_mutex_unlock(&tasks->lock);
	return answer;
}

const struct sts_answer *
sts_tasks_last(struct sts_tasks *tasks, const char *domain)
{
	const struct sts_answer *answer;

	pthread_mutex_lock(&tasks->lock);
	answer = sts_answers_last(tasks->answers, domain);
	pthread_mutex_unlock(&tasks->lock);
	return answer;
}

void
sts_tasks_forget(struct sts_tasks *tasks, const char *domain)
{
	pthread_mutex_lock(&tasks->lock);
	sts_answers_forget(tasks->answers, domain);
	sts_answers_forget(tasks->unprobed, domain);
	pthread_mutex_unlock(&tasks->lock);
}

void
sts_tasks_renew(struct sts_tasks *tasks)
{
	pthread_mutex_lock(&tasks->lock);
	tasks->era++;
	sts_answers_forget(tasks->answers, NULL);
	sts_answers_forget(tasks->unprobed, NULL);
	pthread_mutex_unlock(&tasks->lock);
}

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
	pthread_mutex_lock(&t->tasks->lock);
	if (t->task != NULL)
		DL_DELETE(t->task->tickets, t);
	pthread_mutex_unlock(&t->tasks->lock);
	ticket_destroy(t);
}

/* An answer that knows nothing. NULL: out of memory. */
static const struct sts_answer *
know_nothing(const char *domain)
{
	struct sts_discovery nothing;

	sts_discovery_of_record(NULL, 0, &nothing);
	return sts_answer_of_discovery(domain, &nothing);
}

/* What can be said before the answer is there; the lock is held. */
static const struct sts_answer *
answer_so_far(const struct sts_ticket *t)
{
	if (t->task != NULL && t->task->sofar != NULL)
		return sts_answer_get(t->task->sofar);
	return know_nothing(t->domain);
}

const struct sts_answer *
sts_telling_sofar(const struct sts_telling *t)
{
	const struct task *task = sts_telling_task(t);
	struct sts_tasks *tasks = task->tasks;
	const struct sts_answer *a = NULL;

	pthread_mutex_lock(&tasks->lock);
	if (task->sofar != NULL && task->sofar->discovery.policy != NULL)
		a = sts_answer_get(task->sofar);
	else
		a = sts_answers_last(tasks->answers, task->domain);
	pthread_mutex_unlock(&tasks->lock);
	/* A policy of the last time that is not remembered has ceased. */
	if (a != NULL && a->complete && a->discovery.policy != NULL) {
		sts_answer_put(a);
		a = NULL;
	}
	return a != NULL ? a : know_nothing(task->domain);
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
	deadline = sts_clock_deadline(ms);
	pthread_mutex_lock(&t->tasks->lock);
	while (t->answer == NULL && !t->closed && timed_out == 0)
		timed_out = pthread_cond_timedwait(
		    &t->there, &t->tasks->lock, &deadline);
	if (t->answer != NULL) {
		*out = sts_answer_get(t->answer);
	} else {
		err = t->closed ? STS_E_CLOSED : STS_E_TIMEOUT;
		*out = answer_so_far(t);
	}
	pthread_mutex_unlock(&t->tasks->lock);
	return err;
}

bool
sts_ticket_notify(struct sts_ticket *t, void (*note)(void *), void *cookie)
{
	bool waits;

	if (t->cached)
		return false;
	pthread_mutex_lock(&t->tasks->lock);
	waits = t->answer == NULL && !t->closed;
	if (waits) {
		t->note = note;
		t->cookie = cookie;
	}
	pthread_mutex_unlock(&t->tasks->lock);
	return waits;
}

size_t
sts_tasks_ending(struct sts_tasks *tasks, unsigned ask, size_t steps,
    char domains[][STS_DOMAIN_SIZE], size_t max)
{
	size_t n;

	pthread_mutex_lock(&tasks->lock);
	n = sts_answers_ending(ask == 0 ? tasks->answers : tasks->unprobed,
	    mono_ms(tasks), steps, domains, max);
	pthread_mutex_unlock(&tasks->lock);
	return n;
}

void
sts_tasks_stats(struct sts_tasks *tasks, struct sts_engine_stats *out)
{
	out->asked = tasks->asked;
	out->known = tasks->known;
	pthread_mutex_lock(&tasks->lock);
	out->running = HASH_COUNT(tasks->table);
	out->answers = sts_answers_count(tasks->answers) +
		       sts_answers_count(tasks->unprobed);
	pthread_mutex_unlock(&tasks->lock);
}
