#include "sts/prog/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

/* A handler has no argument that could lead it to a context.  Set once, before
 * there is a handler. */
static int pipe_fds[2];

static void
tell(enum sts_signal signal)
{
	int saved = errno;
	unsigned char byte = (unsigned char)signal;

	ssize_t n = write(pipe_fds[1], &byte, 1);

	(void)n; /* a full pipe: there is enough to be done already */
	errno = saved;
}

static void
on_stop(int signo)
{
	(void)signo;
	tell(STS_SIGNAL_STOP);
}

static void
on_reload(int signo)
{
	(void)signo;
	tell(STS_SIGNAL_RELOAD);
}

/* Whoever started us may have left it blocked. */
static int
handle(int signo, void (*handler)(int))
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_RESTART };
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, signo);
	(void)sigfillset(&sa.sa_mask);
	if (sigaction(signo, &sa, NULL) != 0)
		return -1;
	return sigprocmask(SIG_UNBLOCK, &set, NULL);
}

enum sts_err
sts_signals_init(void)
{
	if (pipe2(pipe_fds, O_CLOEXEC) != 0 ||
	    fcntl(pipe_fds[1], F_SETFL, O_NONBLOCK) != 0)
		return STS_E_IO;
	if (handle(SIGPIPE, SIG_IGN) != 0 || handle(SIGTERM, on_stop) != 0 ||
	    handle(SIGINT, on_stop) != 0 || handle(SIGUSR1, on_reload) != 0 ||
	    handle(SIGHUP, on_reload) != 0)
		return STS_E_IO;
	return STS_OK;
}

/* Waits in poll, which a signal always ends, and not in read, which would be
 * restarted: sanitizers run handlers only between system calls. */
enum sts_signal
sts_signals_wait(void)
{
	struct pollfd pfd = { .fd = pipe_fds[0], .events = POLLIN };
	unsigned char byte = STS_SIGNAL_STOP;
	ssize_t n = -1;

	while (n < 0) {
		if (poll(&pfd, 1, -1) > 0)
			n = read(pipe_fds[0], &byte, 1);
		else if (errno != EINTR)
			break;
	}
	return byte == STS_SIGNAL_RELOAD ? STS_SIGNAL_RELOAD : STS_SIGNAL_STOP;
}

void
sts_signals_stop(void)
{
	tell(STS_SIGNAL_STOP);
}
