/*
 * The `_mta-sts` TXT record (RFC 8461 section 3.1, rules.md rows 8 to 14).
 * Pure.
 */
#ifndef STS_CORE_TXT_H
#define STS_CORE_TXT_H

#include "sts/base/err.h"
#include "sts/base/slice.h"

enum { STS_ID_SIZE = 33 }; /* 1*32(ALPHA / DIGIT) and its NUL */

enum sts_txt_status {
	STS_TXT_FOUND, /* exactly one STS record, and it is valid */
	STS_TXT_NONE, /* no record begins with v=STSv1 */
	STS_TXT_MULTIPLE, /* more than one does: as if there were none */
	STS_TXT_INVALID, /* one does, and it is broken: as if none */
};

struct sts_txt {
	enum sts_txt_status status;
	char id[STS_ID_SIZE]; /* "" unless STS_TXT_FOUND */
	const char *why; /* a literal: what is wrong, "" where nothing */
};

/* Looks at all TXT records of one name, each already joined from its
 * character-strings without a space (row 10). */
void sts_txt_select(
    const struct sts_slice *records, size_t n, struct sts_txt *out);

#endif
