#include "sts/prog/reportread.h"

#include "sts/base/clock.h"
#include "sts/core/domain.h"
#include "sts/prog/reportvalue.h"

#include <stdio.h>

static void
read_range(struct sts_reportvalue *r, const json_t *in, json_t *out)
{
	const json_t *range = json_object_get(in, "date-range");
	int64_t begin, end;
	char text[STS_TIME_TEXT];

	if (!json_is_object(range)) {
		sts_reportvalue_refuse(r, STS_E_SYNTAX, "date-range",
		    "there must be an object with start-datetime and "
		    "end-datetime");
		return;
	}
	begin = sts_reportvalue_time(r, range, "start-datetime");
	end = sts_reportvalue_time(r, range, "end-datetime");
	if (end < begin)
		sts_reportvalue_refuse(
		    r, STS_E_SYNTAX, "date-range", "it ends before it begins");
	sts_reportvalue_put(
	    r, out, "begin", json_string(sts_time_rfc3339(begin, text)));
	sts_reportvalue_put(
	    r, out, "end", json_string(sts_time_rfc3339(end, text)));
}

static void
read_failure(struct sts_reportvalue *r, const json_t *in, json_t *list)
{
	json_t *out = json_object();
	int64_t count = sts_reportvalue_count(r, in, "failed-session-count");

	if (!json_is_object(in))
		sts_reportvalue_refuse(r, STS_E_SYNTAX, "", "is not an object");
	sts_reportvalue_name(r, in, "result-type", out, "result_type");
	sts_reportvalue_name(
	    r, in, "receiving-mx-hostname", out, "receiving_mx");
	sts_reportvalue_name(r, in, "sending-mta-ip", out, "sending_ip");
	sts_reportvalue_name(r, in, "receiving-ip", out, "receiving_ip");
	sts_reportvalue_text(r, in, "receiving-mx-helo", out, "helo");
	sts_reportvalue_text(
	    r, in, "additional-information", out, "additional_information");
	sts_reportvalue_text(r, in, "failure-reason-code", out, "reason_code");
	if (count < 0)
		sts_reportvalue_note(
		    r, "a failure has no count: taken for one session");
	sts_reportvalue_put(
	    r, out, "count", json_integer(count < 0 ? 1 : count));
	if (json_array_append_new(list, out) != 0)
		r->err = STS_E_NOMEM;
}

/* Returns how many sessions they are. */
static int64_t
read_failures(struct sts_reportvalue *r, const json_t *in, json_t *out)
{
	json_t *list = sts_reportvalue_put_array(r, out, "failures");
	size_t n = sts_reportvalue_objects(
	    r, in, "failure-details", STS_REPORT_FAILURES_MAX - r->failures);
	int64_t sum = 0;

	r->failures += n;
	for (size_t i = 0; i < n && r->err == STS_OK; i++) {
		r->failure = (int64_t)i;
		read_failure(r,
		    sts_reportvalue_object_at(in, "failure-details", i), list);
		sum += json_integer_value(
		    json_object_get(json_array_get(list, i), "count"));
	}
	r->failure = -1;
	return sum;
}

/* `detailed` sessions failed, say the details; the summary counts. */
static void
read_summary(
    struct sts_reportvalue *r, const json_t *in, int64_t detailed, json_t *out)
{
	const json_t *summary = json_object_get(in, "summary");
	int64_t success, failure;

	if (summary != NULL && !json_is_null(summary) &&
	    !json_is_object(summary))
		sts_reportvalue_refuse_value(
		    r, "summary", summary, "is not an object");
	success =
	    sts_reportvalue_count(r, summary, "total-successful-session-count");
	failure =
	    sts_reportvalue_count(r, summary, "total-failure-session-count");
	if (success < 0 || (failure < 0 && detailed > 0))
		sts_reportvalue_note(
		    r, "a summary has no counts: taken from the details");
	if (failure >= 0 && failure < detailed)
		sts_reportvalue_note(
		    r, "the details have more failures than the summary");
	sts_reportvalue_put(
	    r, out, "success", json_integer(success < 0 ? 0 : success));
	sts_reportvalue_put(
	    r, out, "failure", json_integer(failure < 0 ? detailed : failure));
}

static void
read_policy(struct sts_reportvalue *r, const json_t *in, json_t *list)
{
	const json_t *policy = json_object_get(in, "policy");
	json_t *out = json_object();
	int64_t detailed;

	if (!json_is_object(in))
		sts_reportvalue_refuse(r, STS_E_SYNTAX, "", "is not an object");
	if (policy != NULL && !json_is_null(policy) && !json_is_object(policy))
		sts_reportvalue_refuse_value(
		    r, "policy", policy, "is not an object");
	sts_reportvalue_name(r, policy, "policy-type", out, "type");
	sts_reportvalue_name(r, policy, "policy-domain", out, "domain");
	sts_reportvalue_put(
	    r, out, "success", json_null()); /* for the order of the keys */
	sts_reportvalue_put(r, out, "failure", json_null());
	detailed = read_failures(r, in, out);
	read_summary(r, in, detailed, out);
	sts_reportvalue_lines(r, policy, "policy-string", out, "policy_string");
	sts_reportvalue_lines(r, policy,
	    json_object_get(policy, "mx-host") == NULL ? "mx-host-pattern"
						       : "mx-host",
	    out, "mx_host");
	if (json_is_null(json_object_get(out, "domain")))
		sts_reportvalue_note(r, "a policy has no policy-domain");
	if (json_array_append_new(list, out) != 0)
		r->err = STS_E_NOMEM;
}

static void
read_policies(struct sts_reportvalue *r, const json_t *in, json_t *out)
{
	json_t *list = sts_reportvalue_put_array(r, out, "policies");
	size_t n =
	    sts_reportvalue_objects(r, in, "policies", STS_REPORT_POLICIES_MAX);

	if (n == 0)
		sts_reportvalue_note(r, "there are no policies in it");
	for (size_t i = 0; i < n && r->err == STS_OK; i++) {
		r->policy = (int64_t)i;
		read_policy(
		    r, sts_reportvalue_object_at(in, "policies", i), list);
	}
	r->policy = -1;
}

/* JSON of another kind is told from a report with faults. */
static bool
is_report(const json_t *in)
{
	return json_object_get(in, "policies") != NULL ||
	       (json_object_get(in, "date-range") != NULL &&
		   json_object_get(in, "report-id") != NULL);
}

enum sts_err
sts_reportread(const json_t *in, char *why, json_t **out)
{
	struct sts_reportvalue r = { .why = why, .policy = -1, .failure = -1 };
	json_t *report;

	if (!is_report(in)) {
		(void)snprintf(why, STS_REPORT_WHY,
		    "it is JSON, but no TLS report (RFC 8460): there are no "
		    "policies in it");
		return STS_E_NOTFOUND;
	}
	report = json_object();
	r.notes = json_array();
	sts_reportvalue_text(
	    &r, in, "organization-name", report, "organization");
	sts_reportvalue_text(&r, in, "report-id", report, "report_id");
	sts_reportvalue_text(&r, in, "contact-info", report, "contact");
	read_range(&r, in, report);
	read_policies(&r, in, report);
	sts_reportvalue_put(&r, report, "notes", r.notes);
	if (r.err == STS_OK)
		*out = report;
	else
		json_decref(report);
	return r.err;
}

/* Puts the name that the mail gives where there is none; whether it did. */
static bool
help(struct sts_reportvalue *r, json_t *object, const char *key,
    const char *name)
{
	struct sts_domain domain;

	if (!json_is_null(json_object_get(object, key)) ||
	    sts_domain_from_name(sts_slice_str(name), &domain) != STS_OK ||
	    domain.kind != STS_DOMAIN_NAME)
		return false;
	sts_reportvalue_put(r, object, key, json_string(domain.name));
	return true;
}

enum sts_err
sts_reportread_hint(json_t *report, const struct sts_reporthint *hint)
{
	struct sts_reportvalue r = {
		.notes = json_object_get(report, "notes"),
	};
	const json_t *policies = json_object_get(report, "policies");
	bool helped = help(&r, report, "organization", hint->submitter);

	for (size_t i = 0; i < json_array_size(policies); i++)
		helped |= help(
		    &r, json_array_get(policies, i), "domain", hint->domain);
	if (helped)
		sts_reportvalue_note(&r, "names are taken from the mail");
	return r.err;
}
