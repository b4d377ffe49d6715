/*
 * The sign of life that a service manager's watchdog waits for.  A thread of
 * its own gives it, and each time only once the engine's loop and the milter's
 * have answered it: a loop that hangs is a daemon that has died.
 */
#ifndef STS_PROG_WATCHDOG_H
#define STS_PROG_WATCHDOG_H

#include "sts/engine/engine.h"
#include "sts/front/milterserver.h"

/* Starts the thread where there is a watchdog (prog/notify.h).  It uses both to
 * the end of the process; `milter` may be NULL.  STS_E_IO, errno tells. */
STS_MUST_USE enum sts_err sts_watchdog_start(
    struct sts_engine *engine, struct sts_milterserver *milter);

#endif
