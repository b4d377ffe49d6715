/*
 * SMTP replies as they come off the wire (RFC 5321 section 4.2), in bounded
 * memory (rules.md rows 54, 58, 60). Pure.
 */
#ifndef STS_CORE_SMTPREPLY_H
#define STS_CORE_SMTPREPLY_H

#include "sts/base/buf.h"
#include "sts/base/err.h"
#include "sts/base/slice.h"

enum {
	STS_SMTP_LINE_MAX = 4096, /* bytes with CRLF; RFC 5321 asks for 512 */
	STS_SMTP_REPLY_LINES = 128,
	STS_SMTP_REPLY_MAX = 16384, /* bytes of one reply */
};

struct sts_smtp_reply {
	int code; /* 200 to 599 */
	struct sts_buf text; /* the lines' texts, joined by LF */
	/* the parser's own */
	struct sts_buf line;
	unsigned n_lines;
	int first_code;
};

void sts_smtp_reply_init(struct sts_smtp_reply *reply);
void sts_smtp_reply_deinit(struct sts_smtp_reply *reply);
/* Ready for the next reply. */
void sts_smtp_reply_reset(struct sts_smtp_reply *reply);

/*
 * Takes bytes up to the end of one reply; *used says how many, so that the
 * caller sees what follows it (the injection of row 54).  STS_OK: the reply is
 * whole.  STS_E_AGAIN: more bytes are needed, all were taken.  STS_E_SYNTAX,
 * STS_E_LIMIT, STS_E_NOMEM: hang up.  A bare LF ends a line too.
 */
STS_MUST_USE enum sts_err sts_smtp_reply_feed(
    struct sts_smtp_reply *reply, struct sts_slice in, size_t *used);

/* Whether an EHLO reply's lines after the first offer the keyword, which is
 * compared without case and up to the first space (RFC 5321, 4.1.1.1). */
bool sts_smtp_reply_offers(
    const struct sts_smtp_reply *reply, struct sts_slice keyword);

#endif
