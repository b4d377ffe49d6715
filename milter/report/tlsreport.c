#include "sts/report/tlsreport.h"

#include "sts/base/clock.h"
#include "sts/report/jsontext.h"

#include <stdbool.h>

const char *
sts_tlsreport_type_text(enum sts_tlsreport_type type)
{
	switch (type) {
	case STS_TLSREPORT_TLSA:
		return "tlsa";
	case STS_TLSREPORT_STS:
		return "sts";
	case STS_TLSREPORT_NO_POLICY:
		return "no-policy-found";
	}
	return "";
}

/* Each of these takes the value over; false: out of memory, which a NULL value
 * is too. */

static bool
set(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value) == 0;
}

static bool
set_text(json_t *object, const char *key, const char *text)
{
	return text == NULL || text[0] == '\0' ||
	       set(object, key, sts_json_string(text));
}

static bool
set_texts(json_t *object, const char *key, const char *const *texts, size_t n)
{
	json_t *array = n == 0 ? NULL : json_array();

	if (n == 0)
		return true;
	for (size_t i = 0; i < n; i++) {
		if (json_array_append_new(array, sts_json_string(texts[i])) ==
		    0)
			continue;
		json_decref(array);
		return false;
	}
	return set(object, key, array);
}

static bool
set_time(json_t *object, const char *key, int64_t wall_s)
{
	char text[STS_TIME_TEXT];

	return set_text(object, key, sts_time_rfc3339(wall_s, text));
}

/* `made` says whether all that was put in is there. */
static json_t *
whole(json_t *object, bool made)
{
	if (made)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *
failure_json(const struct sts_tlsreport_failure *f)
{
	json_t *o = json_object();
	bool made =
	    set_text(o, "result-type", f->result_type) &&
	    set_text(o, "sending-mta-ip", f->sending_mta_ip) &&
	    set_text(o, "receiving-mx-hostname", f->receiving_mx_hostname) &&
	    set_text(o, "receiving-mx-helo", f->receiving_mx_helo) &&
	    set_text(o, "receiving-ip", f->receiving_ip) &&
	    set(o, "failed-session-count",
		json_integer((json_int_t)f->failed_session_count)) &&
	    set_text(o, "additional-information", f->additional_information) &&
	    set_text(o, "failure-reason-code", f->failure_reason_code);

	return whole(o, made);
}

static bool
set_failures(json_t *object, const struct sts_tlsreport_policy *p)
{
	json_t *array = p->n_failures == 0 ? NULL : json_array();

	if (p->n_failures == 0)
		return true;
	for (size_t i = 0; i < p->n_failures; i++) {
		if (json_array_append_new(
			array, failure_json(&p->failures[i])) == 0)
			continue;
		json_decref(array);
		return false;
	}
	return set(object, "failure-details", array);
}

static json_t *
policy_json(const struct sts_tlsreport_policy *p)
{
	json_t *o = json_object();
	bool made =
	    set_text(o, "policy-type", sts_tlsreport_type_text(p->type)) &&
	    set_texts(o, "policy-string", p->string, p->n_string) &&
	    set_text(o, "policy-domain", p->domain) &&
	    /* As every large sender writes it: an array even of one. */
	    set_texts(o, "mx-host", p->mx_host, p->n_mx_host);

	return whole(o, made);
}

static json_t *
summary_json(const struct sts_tlsreport_policy *p)
{
	json_t *o = json_object();
	bool made = set(o, "total-successful-session-count",
			json_integer((json_int_t)p->success)) &&
		    set(o, "total-failure-session-count",
			json_integer((json_int_t)p->failure));

	return whole(o, made);
}

static json_t *
policy_result_json(const struct sts_tlsreport_policy *p)
{
	json_t *o = json_object();
	bool made = set(o, "policy", policy_json(p)) &&
		    set(o, "summary", summary_json(p)) && set_failures(o, p);

	return whole(o, made);
}

static json_t *
policies_json(const struct sts_tlsreport *r)
{
	json_t *array = json_array();

	for (size_t i = 0; i < r->n_policies; i++) {
		if (json_array_append_new(
			array, policy_result_json(&r->policies[i])) == 0)
			continue;
		json_decref(array);
		return NULL;
	}
	return array;
}

static json_t *
range_json(const struct sts_tlsreport *r)
{
	json_t *o = json_object();
	bool made = set_time(o, "start-datetime", r->begin) &&
		    set_time(o, "end-datetime", r->end);

	return whole(o, made);
}

json_t *
sts_tlsreport_json(const struct sts_tlsreport *r)
{
	json_t *o = json_object();
	bool made = set_text(o, "organization-name", r->organization) &&
		    set(o, "date-range", range_json(r)) &&
		    set_text(o, "contact-info", r->contact) &&
		    set_text(o, "report-id", r->report_id) &&
		    set(o, "policies", policies_json(r));

	return whole(o, made);
}
