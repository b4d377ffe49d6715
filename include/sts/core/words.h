/*
 * The vocabulary: every result, reason, mode, status and action, and its text.
 *
 * Results are RFC 8601's words, reasons RFC 8460 section 4.3's result types and
 * ours where it has none, modes RFC 8461's.  The texts are a contract: they
 * stand in headers, logs, JSON and configuration files.  Pure.
 */
#ifndef STS_CORE_WORDS_H
#define STS_CORE_WORDS_H

#include "sts/base/err.h"
#include "sts/base/slice.h"

enum sts_result {
	STS_RESULT_NONE, /* no policy, or one that asks for nothing */
	STS_RESULT_PASS,
	STS_RESULT_FAIL,
	STS_RESULT_TEMPERROR, /* could not tell */
	STS_RESULT_EXEMPT, /* not outbound SMTP */
};

enum sts_reason {
	STS_REASON_NONE, /* there is nothing to explain */
	STS_REASON_STARTTLS_NOT_SUPPORTED,
	STS_REASON_CERTIFICATE_HOST_MISMATCH,
	STS_REASON_CERTIFICATE_EXPIRED,
	STS_REASON_CERTIFICATE_NOT_TRUSTED,
	STS_REASON_VALIDATION_FAILURE,
	STS_REASON_TLSA_INVALID,
	STS_REASON_DNSSEC_INVALID,
	STS_REASON_DANE_REQUIRED,
	STS_REASON_STS_POLICY_FETCH_ERROR,
	STS_REASON_STS_POLICY_INVALID,
	STS_REASON_STS_WEBPKI_INVALID,
	STS_REASON_MX_MISMATCH, /* ours, from here on */
	STS_REASON_UNREACHABLE,
	STS_REASON_DNS_FAILURE,
	STS_REASON_ADDRESS_REFUSED,
	STS_REASON_NULL_MX,
};

enum sts_mode {
	STS_MODE_NONE,
	STS_MODE_TESTING,
	STS_MODE_ENFORCE,
};

/* What a fetch of the policy found, in the words of the usual query tools. */
enum sts_fetch_status {
	STS_FETCH_NONE, /* no usable TXT record */
	STS_FETCH_VALID, /* a policy was fetched */
	STS_FETCH_FETCH_ERROR, /* no valid policy to be had, or unknown */
	STS_FETCH_NOT_CHANGED, /* the cached policy has the record's id */
};

enum sts_action {
	STS_ACTION_ACCEPT, /* nothing is wrong: nothing is done */
	STS_ACTION_LOG, /* wrong, and only told */
	STS_ACTION_TAG,
	STS_ACTION_DEFER,
	STS_ACTION_QUARANTINE,
	STS_ACTION_REJECT,
};

/* None of these returns NULL. STS_REASON_NONE is ""; a fetch status comes
 * without its "STSFetchResult.". */
const char *sts_result_text(enum sts_result result);
const char *sts_reason_text(enum sts_reason reason);
const char *sts_mode_text(enum sts_mode mode);
const char *sts_fetch_status_text(enum sts_fetch_status status);
const char *sts_action_text(enum sts_action action);

/* Exactly the word; "" is STS_REASON_NONE.  For what was stored as text.
 * STS_E_NOTFOUND. */
STS_MUST_USE enum sts_err sts_reason_parse(
    struct sts_slice word, enum sts_reason *out);
/* Exactly the lower-case word. STS_E_NOTFOUND. */
STS_MUST_USE enum sts_err sts_result_parse(
    struct sts_slice word, enum sts_result *out);
/* Exactly the lower-case word. STS_E_NOTFOUND. */
STS_MUST_USE enum sts_err sts_mode_parse(
    struct sts_slice word, enum sts_mode *out);
/* Of the configuration's words: all but "accept". STS_E_NOTFOUND. */
STS_MUST_USE enum sts_err sts_action_parse(
    struct sts_slice word, enum sts_action *out);

#endif
