#include "sts/report/auditentry.h"

#include <jansson.h>
#include <stdio.h>

/* The key's text; "" where it is null or absent, NULL where it is no text. */
static const char *
text_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (value == NULL || json_is_null(value))
		return "";
	return json_string_value(value);
}

static struct sts_slice
word_of(const json_t *object, const char *key)
{
	return sts_slice_str(text_of(object, key));
}

static bool
is_true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

/* Canonical already, for a canonical name is what was written. */
static bool
read_domain(const json_t *object, const char *key, char *out)
{
	const char *text = text_of(object, key);
	struct sts_domain domain;

	out[0] = '\0';
	if (text == NULL)
		return false;
	if (text[0] == '\0')
		return true;
	if (sts_domain_from_name(sts_slice_str(text), &domain) != STS_OK ||
	    domain.kind != STS_DOMAIN_NAME || strcmp(domain.name, text) != 0)
		return false;
	memcpy(out, domain.name, sizeof(domain.name));
	return true;
}

/* "none" is a policy that asks for nothing, or no policy at all.  The verdict's
 * action is the same for both. */
static bool
read_verdict(const json_t *object, struct sts_verdict *v)
{
	struct sts_slice policy = word_of(object, "policy");

	*v = (struct sts_verdict){ .mx = STS_NO_MX };
	if (sts_result_parse(word_of(object, "result"), &v->result) != STS_OK ||
	    sts_reason_parse(word_of(object, "reason"), &v->reason) != STS_OK ||
	    sts_mode_parse(policy, &v->mode) != STS_OK)
		return false;
	v->in_policy = v->mode != STS_MODE_NONE;
	v->required = is_true(object, "requiretls");
	return true;
}

static bool
read_action(const json_t *object, enum sts_action *out)
{
	struct sts_slice word = word_of(object, "action");

	if (sts_slice_eq(word, STS_LIT("accept"))) {
		*out = STS_ACTION_ACCEPT;
		return true;
	}
	return sts_action_parse(word, out) == STS_OK;
}

static bool
read_stage(const json_t *object, enum sts_stage *out)
{
	struct sts_slice word = word_of(object, "stage");
	bool rcpt = sts_slice_eq(word, STS_LIT("rcpt"));

	*out = rcpt ? STS_STAGE_RCPT : STS_STAGE_EOM;
	return rcpt || sts_slice_eq(word, STS_LIT("eom"));
}

static bool
read_message(const json_t *object, char *out)
{
	const char *name = text_of(object, "message");

	if (name != NULL && name[0] == '\0')
		name = text_of(object, "queue_id");
	return name != NULL && sts_slice_copy(sts_slice_str(name), out,
				   STS_AUDIT_NAME) == STS_OK;
}

static bool
read_time(const json_t *object, int64_t *out)
{
	const char *text = text_of(object, "time");

	return text != NULL && sts_time_parse(text, out) == STS_OK;
}

/* NULL, or what is wrong. */
static const char *
read_entry(const json_t *object, struct sts_audit_entry *e)
{
	if (!json_is_object(object))
		return "not a JSON object";
	if (!read_time(object, &e->time))
		return "no time as of RFC 3339";
	if (!read_message(object, e->message))
		return "a message or queue_id that is none";
	if (!read_domain(object, "domain", e->domain))
		return "a domain that is none";
	if (!read_domain(object, "mx", e->mx))
		return "an mx that is no host name";
	if (!read_verdict(object, &e->verdict))
		return "an unknown result, reason or policy";
	if (!read_action(object, &e->action))
		return "an unknown action";
	if (!read_stage(object, &e->stage))
		return "an unknown stage";
	e->about = (struct sts_circumstances){
		.tls_required_no = is_true(object, "tls_required_no"),
		.outage = is_true(object, "outage"),
		.by_command = is_true(object, "by_command"),
	};
	return NULL;
}

enum sts_err
sts_audit_entry_parse(
    struct sts_slice line, struct sts_audit_entry *out, const char **why)
{
	struct sts_audit_entry entry = { .time = 0 };
	const char *wrong;
	json_error_t error;
	json_t *object;

	if (line.n > STS_AUDIT_LINE) {
		*why = "a line of over 1 MiB";
		return STS_E_SYNTAX;
	}
	object = json_loadb(
	    line.n == 0 ? "" : line.p, line.n, JSON_REJECT_DUPLICATES, &error);
	if (object == NULL &&
	    json_error_code(&error) == json_error_out_of_memory)
		return STS_E_NOMEM;
	wrong = object == NULL ? "not JSON, or cut off"
			       : read_entry(object, &entry);
	json_decref(object);
	if (wrong != NULL) {
		*why = wrong;
		return STS_E_SYNTAX;
	}
	*out = entry;
	return STS_OK;
}
