/*
 * The control socket: how `mta-sts status`, `reload` and `cache` talk to the
 * daemon.
 *
 * One JSON object a line goes in, one or more come out:
 *
 *	{"command":"status"}			{"ok":true,…}
 *	{"command":"reload"}			{"ok":true,"message":"…"}
 *	{"command":"cache-list"}		a line a domain, then
 *						{"ok":true,"records":N}
 *	{"command":"cache-show","domain":D}
 *{"ok":true,"record":…,"answer":…}
 *	{"command":"cache-refresh","domain":D}	the same, after a new look
 *	{"command":"cache-flush","domain":D}	{"ok":true,"removed":N}; all
 *						where there is no "domain"
 *	what cannot be done			{"ok":false,"error":WORD,
 *						 "message":"…"}
 *
 * "record" is null where only an answer is known; "answer" is the engine's
 *where it has one that is fresh, else what follows from the record.
 *
 * WORD is one of `usage`, `not-found`, `busy`, `configuration`, `failed`,
 * `closed`.
 *
 * Every client has a small thread of its own, since what is asked for here may
 * wait for the disk or the network: a slow or silent one holds up nobody.
 * Clients, bytes of a request and the time for each are capped.
 */
#ifndef STS_FRONT_CONTROL_H
#define STS_FRONT_CONTROL_H

#include "sts/base/buf.h"
#include "sts/base/err.h"
#include "sts/engine/engine.h"

#include <stdint.h>

struct sts_control;
struct sts_report;

enum {
	STS_CONTROL_CLIENTS = 16, /* at once; one more is told "busy" */
	STS_CONTROL_REQUEST_MAX = 4096, /* bytes of a line */
	STS_CONTROL_IDLE_MS = 30000, /* for a whole line to come in */
	STS_CONTROL_REPLY_MS = 60000, /* for a whole reply to go out */
};

struct sts_control_options {
	struct sts_engine *engine; /* borrowed, and so is its store */
	struct sts_report *report; /* borrowed; NULL: no counters */
	int fd; /* from sts_sockspec_listen, mode 0660; owned from success on;
		   its path is the caller's to remove */
	int idle_ms; /* 0: STS_CONTROL_IDLE_MS */

	/*
	 * Loads the configuration anew.  `message` takes what a person is to
	 * know: the errors, or which changes need a restart.  On a thread of
	 * the control socket, one call at a time.
	 */
	enum sts_err (*reload)(void *cookie, struct sts_buf *message);
	/* When the configuration in force was loaded, in wall seconds; NULL:
	 * not told. */
	int64_t (*loaded_at)(void *cookie);
	void *cookie;
};

/* STS_E_NOMEM, STS_E_IO (no thread or no eventfd). */
STS_MUST_USE enum sts_err sts_control_new(
    const struct sts_control_options *options, struct sts_control **out);

/* Hangs up on all clients, ends the threads and closes the socket.  Before
 * sts_engine_free; soonest after sts_engine_close.  Waits for a reload that is
 * under way. */
void sts_control_free(struct sts_control *control);

#endif
