/*
 * The value of the header `MTA-STS-Status` (design.md, "The header"). Pure.
 */
#ifndef STS_CORE_STATUSHEADER_H
#define STS_CORE_STATUSHEADER_H

#include "sts/base/buf.h"
#include "sts/core/verdict.h"

struct sts_status {
	const char *host; /* this host's name */
	const char *domain; /* NULL: not told, for it may be a Bcc */
	const char *id; /* NULL or "": left out, and so are the others */
	const char *mx;
	const struct sts_verdict *verdict;
	enum sts_action action;
};

/*
 * Appends the value: result, then host, domain, policy, id, reason, mx, action
 * where they have a value, folded at 76 columns by LF and a space (a milter's
 * line end; the MTA makes CRLF of it).  `name_len` is the length of the
 * header's name, which stands on the first line.
 */
void sts_status_header(
    const struct sts_status *status, size_t name_len, struct sts_buf *b);

#endif
