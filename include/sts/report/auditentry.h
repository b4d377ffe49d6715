/*
 * One line of the audit file, read back: what sts_audit_line (report/audit.h)
 * wrote of a decision, as far as the verdict and its action follow from it.
 *
 * The file may be another's, damaged or cut: nothing in it is believed that the
 * daemon would not write.  Pure; any thread.
 */
#ifndef STS_REPORT_AUDITENTRY_H
#define STS_REPORT_AUDITENTRY_H

#include "sts/core/domain.h"
#include "sts/report/report.h"

enum {
	STS_AUDIT_LINE = 1 << 20, /* bytes, past which it is none of ours */
	STS_AUDIT_NAME = 64, /* of a message, with its NUL */
};

struct sts_audit_entry {
	int64_t time; /* wall s */
	/* The message's name, or its queue id in a line of an older version; ""
	 * where it has neither, and then it stands for a message alone. */
	char message[STS_AUDIT_NAME];
	char domain[STS_DOMAIN_SIZE]; /* canonical; "": there is none */
	char mx[STS_DOMAIN_SIZE]; /* the host that decided, or "" */
	/* As it was; `mx` is STS_NO_MX. */
	struct sts_verdict verdict;
	enum sts_action action; /* that was done */
	enum sts_stage stage;
	struct sts_circumstances about;
};

/*
 * `line` is without its LF.  STS_E_SYNTAX: *why (a literal) tells a person what
 * is wrong with it.  STS_E_NOMEM.
 */
STS_MUST_USE enum sts_err sts_audit_entry_parse(
    struct sts_slice line, struct sts_audit_entry *out, const char **why);

#endif
