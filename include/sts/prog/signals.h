/*
 * Signals, as something that one thread waits for.
 *
 * libmilter waits for SIGHUP, SIGINT and SIGTERM on a thread of its own, and
 * notices only seconds later.  The kernel gives a process's signal to the main
 * thread first, where that does not block it: so the main thread stays out of
 * libmilter, and hears of them through a pipe.
 */
#ifndef STS_PROG_SIGNALS_H
#define STS_PROG_SIGNALS_H

#include "sts/base/err.h"

enum sts_signal {
	STS_SIGNAL_STOP, /* SIGTERM, SIGINT, or sts_signals_stop */
	STS_SIGNAL_RELOAD, /* SIGUSR1, SIGHUP */
};

/* On the main thread, before others are there. STS_E_IO, errno tells. */
STS_MUST_USE enum sts_err sts_signals_init(void);

/* On the main thread: blocks for the next one. */
enum sts_signal sts_signals_wait(void);

/* As if SIGTERM had come. Any thread. */
void sts_signals_stop(void);

#endif
