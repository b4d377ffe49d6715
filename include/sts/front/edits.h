/*
 * What is done to a message that is accepted: headers out, headers in,
 * quarantine (design.md, "The header").  One thread.
 */
#ifndef STS_FRONT_EDITS_H
#define STS_FRONT_EDITS_H

#include "sts/front/inquiry.h"

struct sts_edits {
	const char *header_name; /* borrowed */
	size_t n_forged; /* headers of that name that came with the message */
	size_t n_headers;
	char **headers; /* values of that name, folded */
	char *quarantine; /* why, or NULL */
};

void sts_edits_deinit(struct sts_edits *edits);

/*
 * The header of one domain; one that says nothing new is left out.  `single`:
 * the message has no recipient elsewhere, so that domain, id and mx may be
 * told: a Bcc must not be.  STS_E_NOMEM, STS_E_LIMIT.
 */
STS_MUST_USE enum sts_err sts_edits_header(struct sts_edits *edits,
    const struct sts_conf *conf, const struct sts_inquiry *q,
    enum sts_action action, bool single);

/* For the admin who looks at the queue.  Same errors. */
STS_MUST_USE enum sts_err sts_edits_quarantine(
    struct sts_edits *edits, const struct sts_inquiry *q, bool single);

#endif
