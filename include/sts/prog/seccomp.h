/*
 * The filter of system calls, seccomp(2).
 */
#ifndef STS_PROG_SECCOMP_H
#define STS_PROG_SECCOMP_H

#include "sts/base/err.h"

#include <stdbool.h>

/* Puts it in force for this thread and those that it will start.  *in_force is
 * false where the kernel has none or it was built without.  STS_E_IO, errno
 * tells. */
STS_MUST_USE enum sts_err sts_seccomp_enter(bool *in_force);

#endif
