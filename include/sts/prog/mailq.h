/*
 * What `sendmail -bp -qQ -v` prints: the messages that Sendmail quarantined,
 * each with its reason and recipients.
 *
 * The listing cuts what is long: a reason after 100 bytes, a recipient after
 * about 70.  One thread; pure.
 */
#ifndef STS_PROG_MAILQ_H
#define STS_PROG_MAILQ_H

#include "sts/base/buf.h"
#include "sts/base/err.h"

#include <stdbool.h>

enum {
	STS_MAILQ_ID = 33, /* with its NUL */
	STS_MAILQ_REASON = 128,
	STS_MAILQ_TIME = 13, /* "Nov 22 06:39" */
	STS_MAILQ_LINE = 4096, /* bytes; longer ones are cut */
};

struct sts_mailq_entry {
	char id[STS_MAILQ_ID];
	char time[STS_MAILQ_TIME]; /* local; "" where there is none */
	char reason[STS_MAILQ_REASON]; /* as printed; "" where there is none */
};

/* An entry and its recipients are told in this order: the entry when its first
 * recipient, or the next entry, is there. */
struct sts_mailq_told {
	void (*entry)(void *cookie, const struct sts_mailq_entry *entry);
	/* As printed: "<u@x>", without its ">" where it was cut. */
	void (*recipient)(void *cookie, struct sts_slice recipient);
	void *cookie;
};

struct sts_mailq {
	struct sts_mailq_told told;
	struct sts_mailq_entry entry;
	bool open; /* the entry is being read */
	bool is_told;
	struct sts_buf line; /* what came of it so far */
};

void sts_mailq_init(struct sts_mailq *q, const struct sts_mailq_told *told);
void sts_mailq_deinit(struct sts_mailq *q);

/* Any piece of the output. */
void sts_mailq_feed(struct sts_mailq *q, struct sts_slice bytes);
/* After the last one.  STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_mailq_end(struct sts_mailq *q);

/* Whether the text is a queue id of Sendmail's: 12 to 32 letters and digits. */
bool sts_mailq_is_id(struct sts_slice text);

#endif
