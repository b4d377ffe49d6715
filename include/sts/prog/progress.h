/*
 * What a person sees while a command waits: one line on standard error, only
 * where that is a terminal, and gone when the wait is over. One thread.
 */
#ifndef STS_PROG_PROGRESS_H
#define STS_PROG_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STS_PROGRESS_MS = 120 }; /* how often to call sts_progress_show */

struct sts_progress {
	bool on;
	unsigned turn;
	int64_t started_ms; /* monotonic */
};

/* Shows nothing where `wanted` is false or standard error is no terminal. */
void sts_progress_init(struct sts_progress *progress, bool wanted);
/* Says what is being done, e.g. "looking up the policy of example.com". */
void sts_progress_show(struct sts_progress *progress, const char *what);
/* The same, with a bar of how much of it is done. */
void sts_progress_bar(
    struct sts_progress *progress, const char *what, size_t done, size_t of);
void sts_progress_clear(struct sts_progress *progress);

#endif
