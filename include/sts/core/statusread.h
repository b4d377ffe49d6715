/*
 * The header `MTA-STS-Status` read back (core/statusheader.h writes it), from a
 * message that waits in a queue.
 *
 * Who wrote a header is not for this file to tell: see prog/heldheader.h. Pure.
 */
#ifndef STS_CORE_STATUSREAD_H
#define STS_CORE_STATUSREAD_H

#include "sts/core/domain.h"
#include "sts/core/words.h"

struct sts_status_read {
	enum sts_result result;
	enum sts_reason reason; /* STS_REASON_NONE where it has none */
	enum sts_mode mode;
	bool has_mode; /* false: no policy was in force */
	enum sts_action action;
	char host[STS_DOMAIN_SIZE]; /* the server that says so */
	char domain[STS_DOMAIN_SIZE]; /* canonical; "": it does not tell */
};

/*
 * Of a value, folded or not, with LF or CRLF.  Words that are not known are
 * passed over; result, host and action must be there.  STS_E_SYNTAX.
 */
STS_MUST_USE enum sts_err sts_status_read(
    struct sts_slice value, struct sts_status_read *out);

#endif
