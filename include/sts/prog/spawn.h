/*
 * Runs another program and reads what it prints: with a vector of arguments and
 * never by a shell, with an environment of its own, with nothing to read, and
 * with a deadline.
 *
 * One thread; blocks until the program has ended.
 */
#ifndef STS_PROG_SPAWN_H
#define STS_PROG_SPAWN_H

#include "sts/base/err.h"
#include "sts/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum { STS_SPAWN_WHY = 512 };

/* Some bytes of its standard output; false ends the program: it was enough. */
typedef bool sts_spawn_take(void *cookie, struct sts_slice bytes);

/*
 * `argv` begins with the program's path, absolute, and ends with NULL.  STS_OK:
 * its exit status was 0, or `take` had enough.  STS_E_IO: it was another;
 * STS_E_REFUSED: it could not be run; STS_E_TIMEOUT: it was ended after `ms`.
 * Then `why` (of STS_SPAWN_WHY bytes) tells a person, with the first line of
 * its standard error, escaped.
 */
STS_MUST_USE enum sts_err sts_spawn(const char *const *argv, int64_t ms,
    sts_spawn_take *take, void *cookie, char *why);

#endif
