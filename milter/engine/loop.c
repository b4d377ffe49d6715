#include "sts/engine/loop.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct job {
	struct job *next;
	void (*fn)(void *);
	void *cookie;
};

struct sts_loop {
	const struct sts_clock *clock;
	struct event_base *base;
	struct event *wake; /* the eventfd is readable */
	int wake_fd;
	pthread_t thread; /* whose objects the engine's are */
	bool started;
	const char *name; /* the thread's, or NULL */

	pthread_mutex_t lock; /* guards the three below */
	struct job *first;
	struct job **last;
	bool closed;
};

/* Takes all jobs at once, so that one that posts again waits for a turn. */
static struct job *
take_jobs(struct sts_loop *loop)
{
	struct job *jobs;

	pthread_mutex_lock(&loop->lock);
	jobs = loop->first;
	loop->first = NULL;
	loop->last = &loop->first;
	pthread_mutex_unlock(&loop->lock);
	return jobs;
}

static void
run_jobs(struct sts_loop *loop)
{
	struct job *job = take_jobs(loop), *next;

	for (; job != NULL; job = next) {
		next = job->next;
		job->fn(job->cookie);
		free(job);
	}
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	uint64_t n;

	(void)what;
	while (read(fd, &n, sizeof(n)) == sizeof(n))
		continue;
	run_jobs(arg);
}

static void
wake(struct sts_loop *loop)
{
	uint64_t one = 1;

	/* EAGAIN means that the loop is woken already. */
	while (write(loop->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		continue;
}

enum sts_err
sts_loop_new(const struct sts_clock *clock, struct sts_loop **out)
{
	struct sts_loop *loop = calloc(1, sizeof(*loop));

	if (loop == NULL)
		return STS_E_NOMEM;
	loop->clock = clock;
	loop->last = &loop->first;
	loop->thread = pthread_self();
	pthread_mutex_init(&loop->lock, NULL);
	loop->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (loop->wake_fd < 0)
		goto fail;
	loop->base = event_base_new();
	if (loop->base == NULL)
		goto fail;
	loop->wake = event_new(
	    loop->base, loop->wake_fd, EV_READ | EV_PERSIST, on_wake, loop);
	if (loop->wake == NULL || event_add(loop->wake, NULL) != 0)
		goto fail;
	*out = loop;
	return STS_OK;
fail:
	sts_loop_free(loop);
	return STS_E_NOMEM;
}

void
sts_loop_free(struct sts_loop *loop)
{
	if (loop == NULL)
		return;
	if (loop->wake != NULL)
		event_free(loop->wake);
	if (loop->base != NULL)
		event_base_free(loop->base);
	if (loop->wake_fd >= 0)
		(void)close(loop->wake_fd);
	pthread_mutex_destroy(&loop->lock);
	free(loop);
}

static void *
loop_main(void *arg)
{
	struct sts_loop *loop = arg;

	if (loop->name != NULL)
		(void)pthread_setname_np(pthread_self(), loop->name);
	(void)event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY);
	return NULL;
}

void
sts_loop_name(struct sts_loop *loop, const char *name)
{
	loop->name = name;
}

enum sts_err
sts_loop_start(struct sts_loop *loop)
{
	sigset_t all, old;
	int failed;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	/* Written by pthread_create before the thread runs anything posted:
	 * only jobs and events ask for it, and none was run yet. */
	pthread_mutex_lock(&loop->lock);
	failed = pthread_create(&loop->thread, NULL, loop_main, loop);
	pthread_mutex_unlock(&loop->lock);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (failed != 0)
		return STS_E_IO;
	loop->started = true;
	return STS_OK;
}

static void
break_loop(void *arg)
{
	struct sts_loop *loop = arg;

	(void)event_base_loopbreak(loop->base);
}

void
sts_loop_stop(struct sts_loop *loop)
{
	bool running = loop->started;

	if (running) {
		/* Without memory for the job the loop is broken from here; it
		 * sees that when it is next woken. */
		if (sts_loop_post(loop, break_loop, loop) != STS_OK) {
			break_loop(loop);
			wake(loop);
		}
	}
	pthread_mutex_lock(&loop->lock);
	loop->closed = true;
	pthread_mutex_unlock(&loop->lock);
	if (running)
		(void)pthread_join(loop->thread, NULL);
	loop->started = false;
	loop->thread = pthread_self();
	run_jobs(loop);
}

struct event_base *
sts_loop_base(struct sts_loop *loop)
{
	return loop->base;
}

const struct sts_clock *
sts_loop_clock(const struct sts_loop *loop)
{
	return loop->clock;
}

bool
sts_loop_here(const struct sts_loop *loop)
{
	return pthread_equal(loop->thread, pthread_self()) != 0;
}

enum sts_err
sts_loop_post(struct sts_loop *loop, void (*fn)(void *), void *cookie)
{
	struct job *job = malloc(sizeof(*job));
	enum sts_err err = STS_OK;
	bool first = false;

	if (job == NULL)
		return STS_E_NOMEM;
	*job = (struct job){ .fn = fn, .cookie = cookie };
	pthread_mutex_lock(&loop->lock);
	if (loop->closed) {
		err = STS_E_CLOSED;
	} else {
		first = loop->first == NULL;
		*loop->last = job;
		loop->last = &job->next;
	}
	pthread_mutex_unlock(&loop->lock);
	if (err != STS_OK)
		free(job);
	else if (first)
		wake(loop);
	return err;
}

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
sts_loop_run(struct sts_loop *loop, void (*fn)(void *), void *cookie)
{
	struct run run = { .fn = fn, .cookie = cookie };
	enum sts_err err;

	pthread_mutex_init(&run.lock, NULL);
	pthread_cond_init(&run.there, NULL);
	err = sts_loop_post(loop, run_and_signal, &run);
	pthread_mutex_lock(&run.lock);
	while (err == STS_OK && !run.done)
		pthread_cond_wait(&run.there, &run.lock);
	pthread_mutex_unlock(&run.lock);
	pthread_cond_destroy(&run.there);
	pthread_mutex_destroy(&run.lock);
	return err;
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct sts_timer *timer = arg;

	(void)fd;
	(void)what;
	timer->fn(timer->cookie);
}

enum sts_err
sts_timer_init(struct sts_timer *timer, struct sts_loop *loop,
    void (*fn)(void *), void *cookie)
{
	struct event *ev = evtimer_new(loop->base, on_timer, timer);

	if (ev == NULL)
		return STS_E_NOMEM;
	*timer = (struct sts_timer){ ev, fn, cookie };
	return STS_OK;
}

void
sts_timer_deinit(struct sts_timer *timer)
{
	if (timer->ev != NULL)
		event_free(timer->ev);
	timer->ev = NULL;
}

void
sts_timer_start(struct sts_timer *timer, int64_t ms)
{
	struct timeval tv = { .tv_sec = (time_t)(ms / 1000),
		.tv_usec = (suseconds_t)(ms % 1000 * 1000) };

	(void)evtimer_add(timer->ev, &tv);
}

void
sts_timer_stop(struct sts_timer *timer)
{
	if (timer->ev != NULL)
		(void)evtimer_del(timer->ev);
}
