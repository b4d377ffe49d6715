#include "sts/core/words.h"

const char *
sts_result_text(enum sts_result result)
{
	switch (result) {
	case STS_RESULT_NONE:
		return "none";
	case STS_RESULT_PASS:
		return "pass";
	case STS_RESULT_FAIL:
		return "fail";
	case STS_RESULT_TEMPERROR:
		return "temperror";
	case STS_RESULT_EXEMPT:
		return "exempt";
	}
	return "";
}

const char *
sts_reason_text(enum sts_reason reason)
{
	switch (reason) {
	case STS_REASON_NONE:
		return "";
	case STS_REASON_STARTTLS_NOT_SUPPORTED:
		return "starttls-not-supported";
	case STS_REASON_CERTIFICATE_HOST_MISMATCH:
		return "certificate-host-mismatch";
	case STS_REASON_CERTIFICATE_EXPIRED:
		return "certificate-expired";
	case STS_REASON_CERTIFICATE_NOT_TRUSTED:
		return "certificate-not-trusted";
	case STS_REASON_VALIDATION_FAILURE:
		return "validation-failure";
	case STS_REASON_TLSA_INVALID:
		return "tlsa-invalid";
	case STS_REASON_DNSSEC_INVALID:
		return "dnssec-invalid";
	case STS_REASON_DANE_REQUIRED:
		return "dane-required";
	case STS_REASON_STS_POLICY_FETCH_ERROR:
		return "sts-policy-fetch-error";
	case STS_REASON_STS_POLICY_INVALID:
		return "sts-policy-invalid";
	case STS_REASON_STS_WEBPKI_INVALID:
		return "sts-webpki-invalid";
	case STS_REASON_MX_MISMATCH:
		return "mx-mismatch";
	case STS_REASON_UNREACHABLE:
		return "unreachable";
	case STS_REASON_DNS_FAILURE:
		return "dns-failure";
	case STS_REASON_ADDRESS_REFUSED:
		return "address-refused";
	case STS_REASON_NULL_MX:
		return "null-mx";
	}
	return "";
}

const char *
sts_mode_text(enum sts_mode mode)
{
	switch (mode) {
	case STS_MODE_NONE:
		return "none";
	case STS_MODE_TESTING:
		return "testing";
	case STS_MODE_ENFORCE:
		return "enforce";
	}
	return "";
}

const char *
sts_fetch_status_text(enum sts_fetch_status status)
{
	switch (status) {
	case STS_FETCH_NONE:
		return "NONE";
	case STS_FETCH_VALID:
		return "VALID";
	case STS_FETCH_FETCH_ERROR:
		return "FETCH_ERROR";
	case STS_FETCH_NOT_CHANGED:
		return "NOT_CHANGED";
	}
	return "";
}

const char *
sts_action_text(enum sts_action action)
{
	switch (action) {
	case STS_ACTION_ACCEPT:
		return "accept";
	case STS_ACTION_LOG:
		return "log";
	case STS_ACTION_TAG:
		return "tag";
	case STS_ACTION_DEFER:
		return "defer";
	case STS_ACTION_QUARANTINE:
		return "quarantine";
	case STS_ACTION_REJECT:
		return "reject";
	}
	return "";
}

enum sts_err
sts_reason_parse(struct sts_slice word, enum sts_reason *out)
{
	for (int i = STS_REASON_NONE; i <= STS_REASON_NULL_MX; i++) {
		const char *text = sts_reason_text((enum sts_reason)i);

		if (sts_slice_eq(word, sts_slice_str(text))) {
			*out = (enum sts_reason)i;
			return STS_OK;
		}
	}
	return STS_E_NOTFOUND;
}

enum sts_err
sts_result_parse(struct sts_slice word, enum sts_result *out)
{
	for (int i = STS_RESULT_NONE; i <= STS_RESULT_EXEMPT; i++) {
		const char *text = sts_result_text((enum sts_result)i);

		if (sts_slice_eq(word, sts_slice_str(text))) {
			*out = (enum sts_result)i;
			return STS_OK;
		}
	}
	return STS_E_NOTFOUND;
}

enum sts_err
sts_mode_parse(struct sts_slice word, enum sts_mode *out)
{
	for (int i = STS_MODE_NONE; i <= STS_MODE_ENFORCE; i++) {
		const char *text = sts_mode_text((enum sts_mode)i);

		if (sts_slice_eq(word, sts_slice_str(text))) {
			*out = (enum sts_mode)i;
			return STS_OK;
		}
	}
	return STS_E_NOTFOUND;
}

enum sts_err
sts_action_parse(struct sts_slice word, enum sts_action *out)
{
	for (int i = STS_ACTION_LOG; i <= STS_ACTION_REJECT; i++) {
		const char *text = sts_action_text((enum sts_action)i);

		if (sts_slice_eq(word, sts_slice_str(text))) {
			*out = (enum sts_action)i;
			return STS_OK;
		}
	}
	return STS_E_NOTFOUND;
}
