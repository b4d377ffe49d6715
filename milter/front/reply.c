#include "sts/front/reply.h"

#include "sts/base/escape.h"

const struct sts_reply sts_reply_go_on;
const struct sts_reply sts_reply_closing = { "451", "4.3.2",
	"mta-sts-milter is shutting down; try again later" };
const struct sts_reply sts_reply_fault = { "451", "4.3.0",
	"mta-sts-milter has a local problem; try again later" };
const struct sts_reply sts_reply_too_many = { "452", "4.5.3",
	"recipients in too many domains; send the others separately" };

/* Of a temporary and of a permanent failure. */
struct status {
	const char *temporary;
	const char *permanent;
};

static const struct status by_reason[] = {
	[STS_REASON_NONE] = { "4.7.0", "5.7.0" },
	[STS_REASON_STARTTLS_NOT_SUPPORTED] = { "4.7.4", "5.7.4" },
	[STS_REASON_CERTIFICATE_HOST_MISMATCH] = { "4.7.5", "5.7.5" },
	[STS_REASON_CERTIFICATE_EXPIRED] = { "4.7.5", "5.7.5" },
	[STS_REASON_CERTIFICATE_NOT_TRUSTED] = { "4.7.5", "5.7.5" },
	[STS_REASON_VALIDATION_FAILURE] = { "4.7.5", "5.7.5" },
	[STS_REASON_TLSA_INVALID] = { "4.7.5", "5.7.5" },
	[STS_REASON_DNSSEC_INVALID] = { "4.7.5", "5.7.5" },
	[STS_REASON_DANE_REQUIRED] = { "4.7.5", "5.7.5" },
	[STS_REASON_STS_POLICY_FETCH_ERROR] = { "4.7.0", "5.7.0" },
	[STS_REASON_STS_POLICY_INVALID] = { "4.7.0", "5.7.0" },
	[STS_REASON_STS_WEBPKI_INVALID] = { "4.7.5", "5.7.5" },
	[STS_REASON_MX_MISMATCH] = { "4.7.0", "5.7.0" },
	[STS_REASON_UNREACHABLE] = { "4.4.1", "5.4.1" },
	[STS_REASON_DNS_FAILURE] = { "4.4.3", "5.4.3" },
	[STS_REASON_ADDRESS_REFUSED] = { "4.7.0", "5.7.0" },
	[STS_REASON_NULL_MX] = { "4.7.0", "5.7.0" },
};

/* RFC 8689 section 4.2.1. */
static const struct status requiretls = { "4.7.30", "5.7.30" };

static void
add_what(const struct sts_verdict *v, struct sts_buf *b)
{
	if (v->required && v->result == STS_RESULT_FAIL)
		sts_buf_str(b, "REQUIRETLS and no validated TLS path");
	else if (!v->in_policy)
		sts_buf_str(b, "the MTA-STS policy could not be looked up");
	else
		sts_buf_printf(b, "MTA-STS policy (%s) and %s",
		    sts_mode_text(v->mode),
		    v->result == STS_RESULT_FAIL
			? "no validated TLS path"
			: "no MX host could be reached to prove a TLS path");
}

void
sts_reply_of(enum sts_action action, const struct sts_verdict *v,
    const char *domain, const char *mx, struct sts_reply *out)
{
	const struct status *status =
	    v->required && v->result == STS_RESULT_FAIL ? &requiretls
							: &by_reason[v->reason];
	bool permanent = action == STS_ACTION_REJECT;
	struct sts_buf b;

	sts_buf_init(&b, 1024);
	if (domain[0] != '\0')
		sts_buf_printf(&b, "%s: ", domain);
	add_what(v, &b);
	if (v->reason != STS_REASON_NONE)
		sts_buf_printf(&b, ": %s", sts_reason_text(v->reason));
	if (mx[0] != '\0')
		sts_buf_printf(&b, " at %s", mx);
	if (!permanent)
		sts_buf_str(&b, "; try again later");
	out->code = permanent ? "550" : "451";
	out->status = permanent ? status->permanent : status->temporary;
	(void)sts_escape_to(out->text, sizeof(out->text), sts_buf_view(&b));
	sts_buf_deinit(&b);
}
