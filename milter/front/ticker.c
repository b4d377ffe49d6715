#include "sts/front/ticker.h"

#include "sts/core/milterwire.h"

#include <errno.h>
#include <libmilter/mfdef.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PACKET_MAX = 64 };

struct sts_ticker {
	const struct sts_sockspec *spec;
	struct sts_waiters *waiters;
	sem_t wanted; /* somebody waits, or the end has come */
	atomic_bool ending;
	pthread_t thread;
	int fd; /* -1: not connected */
};

static void
wake(void *cookie)
{
	struct sts_ticker *t = cookie;

	(void)sem_post(&t->wanted);
}

/* Without waiting.  What cannot be sent now need not be: there is enough to be
 * read already. */
static void
send_packet(struct sts_ticker *t, const struct sts_buf *b)
{
	if (sts_buf_err(b) != STS_OK)
		return;
	if (send(t->fd, b->p, b->n, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 ||
	    errno == EAGAIN || errno == EINTR)
		return;
	(void)close(t->fd);
	t->fd = -1;
}

static void
negotiate(struct sts_ticker *t)
{
	const struct sts_milterwire_options all = { SMFI_PROT_VERSION,
		SMFI_CURR_ACTS, SMFI_CURR_PROT };
	struct sts_buf b;

	sts_buf_init(&b, PACKET_MAX);
	sts_milterwire_add_options(&b, &all, NULL, 0);
	send_packet(t, &b);
	sts_buf_deinit(&b);
}

static void
abort_message(struct sts_ticker *t)
{
	struct sts_buf b;

	sts_buf_init(&b, PACKET_MAX);
	sts_milterwire_add(&b, SMFIC_ABORT, STS_LIT(""));
	send_packet(t, &b);
	sts_buf_deinit(&b);
}

/* The reply to the options, or that libmilter has hung up. */
static void
read_all(struct sts_ticker *t)
{
	char bytes[256];
	ssize_t n;

	do
		n = recv(t->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	while (n > 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	(void)close(t->fd);
	t->fd = -1;
}

/* Returns when the next one is due, in ms. */
static int
tick(struct sts_ticker *t)
{
	const char *why;

	if (t->fd >= 0)
		read_all(t);
	if (t->fd < 0) {
		if (sts_sockspec_connect(t->spec, &t->fd, &why) != STS_OK)
			return STS_TICKER_RETRY_MS;
		negotiate(t);
	}
	if (t->fd >= 0)
		abort_message(t);
	return STS_TICKER_MS;
}

static bool
is_wanted(struct sts_ticker *t)
{
	return !atomic_load(&t->ending) && sts_waiters_count(t->waiters) > 0;
}

static void *
ticker_main(void *cookie)
{
	struct sts_ticker *t = cookie;
	struct timespec pause = { .tv_sec = 0 };

	while (!atomic_load(&t->ending)) {
		while (is_wanted(t)) {
			pause.tv_nsec = tick(t) * 1000000L;
			(void)nanosleep(&pause, NULL);
		}
		(void)sem_wait(&t->wanted);
	}
	return NULL;
}

enum sts_err
sts_ticker_new(const struct sts_sockspec *spec, struct sts_waiters *waiters,
    struct sts_ticker **out)
{
	struct sts_ticker *t = calloc(1, sizeof(*t));
	sigset_t all, old;

	if (t == NULL)
		return STS_E_NOMEM;
	t->spec = spec;
	t->waiters = waiters;
	t->fd = -1;
	(void)sem_init(&t->wanted, 0, 0);
	/* Signals are the main thread's. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	errno = pthread_create(&t->thread, NULL, ticker_main, t);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (errno != 0) {
		(void)sem_destroy(&t->wanted);
		free(t);
		return STS_E_IO;
	}
	sts_waiters_tell(waiters, wake, t);
	*out = t;
	return STS_OK;
}

void
sts_ticker_free(struct sts_ticker *t)
{
	if (t == NULL)
		return;
	atomic_store(&t->ending, true);
	wake(t);
	(void)pthread_join(t->thread, NULL);
	if (t->fd >= 0)
		(void)close(t->fd);
	(void)sem_destroy(&t->wanted);
	free(t);
}
