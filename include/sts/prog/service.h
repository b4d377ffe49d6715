/*
 * The daemon's parts: made in order, run, and ended.
 *
 *	sts_service_bind	as root: folders, sockets
 *	sts_service_confine	privileges are dropped, the sandbox closes
 *	sts_service_start	store, engine, report, socketmap, control socket
 *	sts_service_run		the milter, until a signal says stop
 *
 * On the main thread, all of it.
 */
#ifndef STS_PROG_SERVICE_H
#define STS_PROG_SERVICE_H

#include "sts/front/control.h"
#include "sts/front/milterserver.h"
#include "sts/front/session.h"
#include "sts/front/socketmap.h"
#include "sts/prog/privileges.h"
#include "sts/prog/reload.h"
#include "sts/prog/sandbox.h"
#include "sts/report/tlstally.h"
#include "sts/report/tlstimer.h"

#include <stdatomic.h>

enum {
	STS_SERVICE_WHY = 512,
	/* Threads of libmilter that may be blocked by an answer at once. */
	STS_SERVICE_WAITERS = 200,
	STS_SERVICE_END_MS = 5000, /* for those that wait to be gone */
	STS_SERVICE_LAST_MS = 1000, /* for messages under way to be ended */
};

struct sts_service {
	const struct sts_conf *conf; /* of the start; a reference */
	struct sts_log *log; /* borrowed */
	const struct sts_clock *clock; /* borrowed */
	int milter_fd; /* -1: libmilter's, or given away */
	int socketmap_fd, control_fd; /* -1: none, or given away */
	struct sts_sandbox sandbox;
	struct sts_store *store;
	struct sts_engine *engine;
	struct sts_report *report;
	struct sts_tlstally *tally; /* NULL: tlsrpt is off */
	struct sts_tlstimer *timer; /* the same */
	struct sts_tlsown *own; /* the same */
	struct sts_milterserver *milter; /* NULL: libmilter runs instead */
	struct sts_socketmap *socketmap; /* NULL: none */
	struct sts_control *control; /* NULL: none */
	struct sts_reloader reloader;
	struct sts_waiters waiters;
	struct sts_session_context context;
	atomic_bool failed; /* the milter ended by itself */
	char why[STS_SERVICE_WHY]; /* what failed, for a person */
};

/* `conf` and `path` (absolute, of the file, or "") are borrowed until the end
 * of the process, like log and clock. */
void sts_service_init(struct sts_service *service, const struct sts_conf *conf,
    const char *path, struct sts_log *log, const struct sts_clock *clock);

/* Each gives a status of sysexits.h; where that is not 0, service->why tells
 * what failed. */
int sts_service_bind(
    struct sts_service *service, const struct sts_identity *identity);
int sts_service_confine(
    struct sts_service *service, const struct sts_identity *identity);
int sts_service_start(struct sts_service *service);

/*
 * Serves until it is told to stop; then those who wait get their answer, and
 * what the store has is on the disk.  Sessions may live on in libmilter's
 * threads: end the process by _exit().
 */
int sts_service_run(struct sts_service *service);

#endif
