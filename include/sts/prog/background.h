/*
 * Going into the background, such that whoever started the daemon learns from
 * its exit status whether it works.  Before any thread.
 */
#ifndef STS_PROG_BACKGROUND_H
#define STS_PROG_BACKGROUND_H

#include "sts/base/err.h"

struct sts_background {
	int fd; /* to the process that waits, or -1 in the foreground */
};

/*
 * Forks twice.  In the daemon it returns; the process that was started waits
 * for sts_background_ready and ends with that status, or with EX_OSERR where
 * the daemon dies before.  Standard error stays until then.  STS_E_IO, errno
 * tells.
 */
STS_MUST_USE enum sts_err sts_background_enter(struct sts_background *bg);

/* Stays in the foreground. */
void sts_background_stay(struct sts_background *bg);

/* Tells the waiting process, once, and lets go of the terminal. */
void sts_background_ready(struct sts_background *bg, int status);

#endif
