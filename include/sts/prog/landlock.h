/*
 * A sandbox's places and ports as a Landlock ruleset, landlock(7), by system
 * calls of our own: the C library has none.
 */
#ifndef STS_PROG_LANDLOCK_H
#define STS_PROG_LANDLOCK_H

#include "sts/prog/sandbox.h"

/*
 * Puts it in force for this thread and those that it will start.  *abi is the
 * version of what the kernel has of it, or 0 where it has nothing or was built
 * without.  STS_E_IO, errno tells.
 */
STS_MUST_USE enum sts_err sts_landlock_enter(
    const struct sts_sandbox *sandbox, int *abi);

#endif
