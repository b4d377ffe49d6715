/*
 * What the circumstances of a message make of the configuration's word for it:
 * the sender's wish and an outage of ours relieve it, and where there is no
 * SMTP client that could try again it is held in the queue instead of deferred.
 *
 * Both the session that decides and whoever asks later what would have been
 * decided ask here.  Pure.
 */
#ifndef STS_REPORT_RELIEF_H
#define STS_REPORT_RELIEF_H

#include "sts/conf/conf.h"

/* Why less was done than the configuration's words say. */
enum sts_relief {
	STS_RELIEF_NONE,
	STS_RELIEF_TLS_REQUIRED_NO, /* the sender's wish, RFC 8689 section 5 */
	STS_RELIEF_OUTAGE, /* the fault is ours, and on_outage is log */
};

/* "tls-required-no", "outage", or "". */
const char *sts_relief_text(enum sts_relief relief);

struct sts_circumstances {
	bool tls_required_no; /* the message says TLS-Required: No */
	bool outage; /* the fault is ours, as of now (core/outage.h) */
	bool by_command; /* it came by the sendmail command of Postfix */
};

/*
 * What is done: `action` is what sts_verdict_action said of `verdict`.  *relief
 * says where the word was relieved.  What a sender asked for by REQUIRETLS,
 * nothing relieves, neither his own header nor an outage (RFC 8689 section
 * 4.1).
 */
enum sts_action sts_relief_of(const struct sts_conf *conf,
    const struct sts_circumstances *about, const struct sts_verdict *verdict,
    enum sts_action action, enum sts_relief *relief);

#endif
