#include "sts/prog/watchdog.h"

#include "sts/prog/notify.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

/* That it is run at all is the answer. */
static void
answer(void *cookie)
{
	(void)cookie;
}

struct watched {
	struct sts_engine *engine;
	struct sts_milterserver *milter; /* or NULL */
};

static enum sts_err
ask(const struct watched *w)
{
	enum sts_err err = sts_engine_run(w->engine, answer, NULL);

	if (err == STS_OK && w->milter != NULL)
		err = sts_milterserver_run(w->milter, answer, NULL);
	return err;
}

/* Out of memory is no silence of the loop's: it is asked again. */
static void *
watchdog_main(void *cookie)
{
	struct watched *w = cookie;
	int64_t ms = sts_notify_alive_ms();
	const struct timespec pause = { .tv_sec = (time_t)(ms / 1000),
		.tv_nsec = (long)(ms % 1000) * 1000000 };
	enum sts_err err = STS_OK;

	while (err != STS_E_CLOSED) {
		err = ask(w);
		if (err == STS_OK)
			sts_notify_alive();
		(void)nanosleep(&pause, NULL);
	}
	free(w);
	return NULL;
}

enum sts_err
sts_watchdog_start(struct sts_engine *engine, struct sts_milterserver *milter)
{
	struct watched *w;
	sigset_t all, old;
	pthread_t thread;

	if (sts_notify_alive_ms() == 0)
		return STS_OK;
	w = malloc(sizeof(*w));
	if (w == NULL)
		return STS_E_IO; /* errno is ENOMEM */
	*w = (struct watched){ engine, milter };
	/* Signals are the main thread's. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	errno = pthread_create(&thread, NULL, watchdog_main, w);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (errno != 0) {
		free(w);
		return STS_E_IO;
	}
	(void)pthread_detach(thread);
	return STS_OK;
}
