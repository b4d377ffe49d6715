/*
 * The reload: the configuration file is read anew and put in force, for a
 * signal as for `mta-sts reload`.
 *
 * Messages that are under way keep the configuration that they began with.
 * Sockets, store and user stay as they were at the start; that they differ in
 * the file is told.  So does the sandbox: a file that needs more of it than was
 * needed at the start is not put in force.
 */
#ifndef STS_PROG_RELOAD_H
#define STS_PROG_RELOAD_H

#include "sts/engine/engine.h"
#include "sts/prog/sandbox.h"
#include "sts/report/report.h"

#include <pthread.h>
#include <stdatomic.h>

struct sts_reloader {
	/* borrowed */
	struct sts_engine *engine;
	struct sts_report *report;
	struct sts_log *log;
	const struct sts_clock *clock;
	const struct sts_sandbox *sandbox; /* that the daemon is in */
	const char *path; /* absolute; "" for the defaults */
	const struct sts_conf *started_with; /* what cannot be changed */

	pthread_mutex_t lock; /* one reload at a time */
	atomic_int_fast64_t loaded_at; /* wall s */
};

/* The fields above are filled in first. STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_reloader_init(struct sts_reloader *reloader);

/*
 * `message` takes, for a person, what is wrong in a file that is not put in
 * force, or what came of one that is; the log is told the same.  Any thread;
 * blocks on the file. Errors of sts_conf_load, sts_confine_judge and
 * sts_engine_reload.
 */
STS_MUST_USE enum sts_err sts_reloader_run(
    struct sts_reloader *reloader, struct sts_buf *message);

#endif
