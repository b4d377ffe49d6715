/*
 * An inquiry: what one message wants to know of one policy domain, and what is
 * to become of the message's recipients there.
 *
 * All recipients of a message with the same policy domain share one inquiry,
 * thereby one ticket of the engine and one decision.  It belongs to its
 * session; one thread at a time.
 */
#ifndef STS_FRONT_INQUIRY_H
#define STS_FRONT_INQUIRY_H

#include "sts/engine/engine.h"
#include "sts/front/recipient.h"

enum sts_inquiry_state {
	STS_INQUIRY_PENDING, /* verdict and action are what follows so far */
	STS_INQUIRY_SETTLED, /* they are what they are */
	STS_INQUIRY_CLOSED, /* the daemon ends before there is an answer */
};

struct sts_inquiry {
	enum sts_route route;
	char domain[STS_DOMAIN_SIZE];
	enum sts_inquiry_state state;
	struct sts_verdict verdict;
	enum sts_action action;

	struct sts_actions words; /* the configuration's for this domain */
	const struct sts_exception *exception; /* that they come from, or NULL;
						  the session's conf has it */
	struct sts_ticket *ticket; /* NULL: nothing is asked */
	const struct sts_answer *answer; /* the newest, a reference; or NULL */
	int64_t held_ms; /* that the message waited for it */

	bool requires_tls; /* RFC 8689 */

	/* the session's own */
	bool waited; /* at a RCPT */
	bool refused; /* a recipient was, and so will be the next */
	bool final; /* decided at RCPT for good */
	size_t accepted; /* recipients */
};

/*
 * Makes an inquiry and asks the engine where there is something to ask.  Where
 * that takes no more, what is remembered settles it (rules.md row 16).
 * `overflow` asks nothing: that could not be told.  `requires_tls`: the sender
 * asked for REQUIRETLS.  The texts of `conf` are borrowed.
 */
void sts_inquiry_init(struct sts_inquiry *q, struct sts_engine *engine,
    const struct sts_conf *conf, const struct sts_recipient *recipient,
    bool overflow, bool requires_tls);
void sts_inquiry_deinit(struct sts_inquiry *q);

/* Looks whether it is still pending, and takes what is known by now. */
enum sts_inquiry_state sts_inquiry_look(struct sts_inquiry *q);

/* Whether some outcome of it could be a refusal. */
bool sts_inquiry_may_refuse(const struct sts_inquiry *q);

/* The MX host that decided, or "". */
const char *sts_inquiry_mx(const struct sts_inquiry *q);

/* The policy's id, or "". */
const char *sts_inquiry_id(const struct sts_inquiry *q);

#endif
