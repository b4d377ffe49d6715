/*
 * The milter: what libmilter calls, and nothing more than telling it what
 * front/session.h says.
 *
 * libmilter has one filter in a process, runs its callbacks on threads of its
 * own, and gives them no argument of ours: so there is one filter, whose
 * context is set before it runs and is never changed.
 */
#ifndef STS_FRONT_FILTER_H
#define STS_FRONT_FILTER_H

#include "sts/front/session.h"

/*
 * Registers the filter and opens its socket, `socket` as libmilter writes it,
 * `spec` the same parsed.  A stale unix socket is removed, a live one is
 * STS_E_REFUSED; a new one has mode 0660.  To be called once, with the
 * privileges that the socket needs, before other threads are there (umask).  On
 * failure *why (a literal) says what was being done, errno what came of it.
 */
STS_MUST_USE enum sts_err sts_filter_open(
    const char *socket, const struct sts_sockspec *spec, const char **why);

/*
 * Serves MTAs at the socket `spec`, on a thread of its own, for as long as the
 * process lives: end that by _exit() once what is promised has been kept.
 * (smfi_stop waits up to 5 s for libmilter's listener, and sessions would live
 * on in its threads even then.)  Both are borrowed for ever.  Returns only
 * where libmilter fails, STS_E_IO, or where it got SIGHUP, SIGINT or SIGTERM,
 * which it takes where no other thread does.
 */
STS_MUST_USE enum sts_err sts_filter_run(
    const struct sts_sockspec *spec, const struct sts_session_context *context);

#endif
