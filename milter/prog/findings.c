#include "sts/prog/findings.h"

#include "sts/base/slice.h"
#include "sts/core/words.h"
#include "sts/prog/js.h"

#include <stdio.h>

enum {
	DAY = 86400, /* s */
	SHORT_AGE = DAY, /* s of max_age that protect but little */
	WEEK = 7 * DAY,
	MX_LISTED_MAX = 32, /* the engine looks at no more */
};

/* The findings of one answer in the making. */
struct finding {
	struct sts_advising a;
	const json_t *remembered; /* or NULL */
	json_t *findings, *advice;
	enum sts_err err;
};

static const char *const severities[] = {
	[STS_SEVERITY_NOTE] = "note",
	[STS_SEVERITY_WARNING] = "warning",
	[STS_SEVERITY_ERROR] = "error",
};

const char *
sts_severity_text(enum sts_severity severity)
{
	return severities[severity];
}

/* What the reader would run to see for himself.  The first that fits counts. */
static const struct {
	enum sts_advice_about about;
	const char *key; /* its beginning */
	const char *command;
} commands[] = {
	{ STS_ABOUT_TXT, "", "dig +short TXT _mta-sts.{domain}" },
	{ STS_ABOUT_FETCH, "",
	    "curl -sSi https://mta-sts.{domain}/.well-known/mta-sts.txt" },
	{ STS_ABOUT_POLICY, "",
	    "curl -sSi https://mta-sts.{domain}/.well-known/mta-sts.txt" },
	{ STS_ABOUT_MX, "", "dig MX {domain}" },
	{ STS_ABOUT_HOST, "mx-mismatch", "dig +short MX {domain}" },
	{ STS_ABOUT_HOST, "tlsa", "dig +dnssec TLSA _25._tcp.{host}" },
	{ STS_ABOUT_HOST, "dnssec", "dig +dnssec TLSA _25._tcp.{host}" },
	{ STS_ABOUT_HOST, "dane", "dig +dnssec TLSA _25._tcp.{host}" },
	{ STS_ABOUT_HOST, "unreachable", "nc -v -w 10 {host} 25" },
	{ STS_ABOUT_HOST, "dns", "dig {host}" },
	{ STS_ABOUT_HOST, "address", "dig +short {host}" },
	{ STS_ABOUT_HOST, "",
	    "openssl s_client -starttls smtp -connect {host}:25 -servername "
	    "{host} -verify_hostname {host} -verify_return_error" },
	{ STS_ABOUT_DANE, "", "dig +dnssec MX {domain}" },
	{ STS_ABOUT_TLSRPT, "", "dig +short TXT _smtp._tls.{domain}" },
	{ STS_ABOUT_RESULT, "", "mta-sts check {domain}" },
};

static const char *
command_for(const struct sts_advice *entry)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (commands[i].about == entry->about &&
		    sts_slice_starts(sts_slice_str(entry->key),
			sts_slice_str(commands[i].key)))
			return commands[i].command;
	return "mta-sts check {domain}";
}

static bool
is_of_dane(const char *key)
{
	return strncmp(key, "tlsa", 4) == 0 || strncmp(key, "dnssec", 6) == 0 ||
	       strncmp(key, "dane", 4) == 0;
}

static const char *
area_of(const struct sts_advice *entry)
{
	switch (entry->about) {
	case STS_ABOUT_TXT:
		return "txt";
	case STS_ABOUT_FETCH:
		return strcmp(entry->key, "sts-policy-invalid") == 0
			   ? "policy"
			   : "policy-host";
	case STS_ABOUT_POLICY:
		return "policy";
	case STS_ABOUT_MX:
		return "mx";
	case STS_ABOUT_HOST:
		return is_of_dane(entry->key) ? "dane" : "mx";
	case STS_ABOUT_DANE:
		return "dane";
	case STS_ABOUT_TLSRPT:
		return "tlsrpt";
	case STS_ABOUT_RESULT:
		break;
	}
	return "result";
}

/* RFC 8460's words are the first of the reasons. */
static bool
is_result_type(const char *key)
{
	enum sts_reason reason;

	return sts_reason_parse(sts_slice_str(key), &reason) == STS_OK &&
	       reason != STS_REASON_NONE && reason < STS_REASON_MX_MISMATCH;
}

static void
put(struct finding *f, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) != 0)
		f->err = STS_E_NOMEM;
}

static void
append(struct finding *f, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) != 0)
		f->err = STS_E_NOMEM;
}

/* null for a template that is NULL. */
static json_t *
text_json(struct finding *f, const char *template)
{
	return template == NULL
		   ? json_null()
		   : json_string(sts_advising_text(&f->a, template));
}

/* The lines of a text that are to be copied. */
static json_t *
lines_json(struct finding *f, const char *template)
{
	const char *text =
	    template == NULL ? "" : sts_advising_text(&f->a, template);
	struct sts_slice rest = sts_slice_str(text), line;
	json_t *array = json_array();
	bool more = true;

	if (text == NULL)
		f->err = STS_E_NOMEM;
	while (more) {
		more = sts_slice_cut(&rest, '\n', &line);
		if (line.n > 4 && line.p[0] == ' ')
			append(f, array, json_stringn(line.p + 4, line.n - 4));
	}
	return array;
}

static json_t *
hosts_json(struct finding *f)
{
	json_t *array = json_array();
	const json_t *mx;

	if (f->a.entry->about != STS_ABOUT_HOST)
		return array;
	for (size_t i = 0; (mx = sts_advising_next_host(&f->a, &i)) != NULL;)
		append(f, array, json_string(sts_js_text(mx, "host")));
	return array;
}

static json_t *
finding_json(struct finding *f)
{
	const struct sts_advice *e = f->a.entry;
	json_t *object = json_object();

	put(f, object, "area", json_string(area_of(e)));
	put(f, object, "code",
	    json_string(e->key[0] == '\0' ? "not-confirmed" : e->key));
	put(f, object, "severity", json_string(sts_severity_text(e->severity)));
	put(f, object, "rfc", json_string(e->rfc));
	put(f, object, "result_type",
	    is_result_type(e->key) ? json_string(e->key) : json_null());
	put(f, object, "hosts", hosts_json(f));
	put(f, object, "message", text_json(f, e->means));
	put(f, object, "owner", text_json(f, e->owner));
	put(f, object, "sender", text_json(f, e->sender));
	put(f, object, "lines", lines_json(f, e->owner));
	put(f, object, "run", text_json(f, command_for(e)));
	return object;
}

static void
tell_paragraph(struct finding *f, const json_t *found, const char *key,
    const char *who, const char *domain)
{
	const char *text = sts_js_text(found, key);

	if (text[0] != '\0')
		append(f, f->advice,
		    json_sprintf("%s%s%s%s", who, domain,
			who[0] == '\0' ? "" : ": ", text));
}

static void
tell(struct finding *f, const struct sts_advice *entry, const char *detail)
{
	json_t *found;

	if (entry == NULL)
		return;
	f->a.entry = entry;
	f->a.detail = detail;
	found = finding_json(f);
	tell_paragraph(f, found, "message", "", "");
	tell_paragraph(f, found, "owner", "The owner of ",
	    sts_js_text(f->a.answer, "domain"));
	tell_paragraph(f, found, "sender", "The sender", "");
	append(f, f->findings, found);
}

static void
tell_about(struct finding *f, enum sts_advice_about about, const char *key,
    const char *detail)
{
	tell(f, sts_advice_find(about, key, detail, false), detail);
}

/* The fetch failed, or the lookup of the record before it. */
static void
find_fetch_error(struct finding *f, bool in_force)
{
	const char *detail = sts_js_text(f->a.policy, "detail");
	const char *dns = sts_reason_text(STS_REASON_DNS_FAILURE);

	if (sts_js_is(f->a.policy, "txt", "")) {
		tell(f, sts_advice_find(STS_ABOUT_TXT, dns, detail, in_force),
		    detail);
		return;
	}
	tell_about(
	    f, STS_ABOUT_FETCH, sts_js_text(f->a.policy, "reason"), detail);
	if (in_force)
		tell_about(f, STS_ABOUT_POLICY, "standing", "");
}

static bool
has_policy(const struct finding *f)
{
	return sts_js_text(f->a.policy, "mode")[0] != '\0';
}

/* Why there is no policy, or why the one in force was not confirmed. */
static void
find_in_discovery(struct finding *f)
{
	const char *detail = sts_js_text(f->a.policy, "detail");
	const char *txt = sts_js_text(f->a.policy, "txt");

	if (sts_js_is(f->a.policy, "status", "FETCH_ERROR"))
		find_fetch_error(f, has_policy(f));
	else if (txt[0] == '\0' && !has_policy(f))
		tell_about(f, STS_ABOUT_POLICY, "late", detail);
	else
		tell(f,
		    sts_advice_find(STS_ABOUT_TXT, txt, detail, has_policy(f)),
		    detail);
}

static void
find_in_max_age(struct finding *f)
{
	int64_t age = sts_js_int(f->a.policy, "max_age");

	if (age == 0)
		tell_about(f, STS_ABOUT_POLICY, "zero", "");
	else if (age < SHORT_AGE)
		tell_about(f, STS_ABOUT_POLICY, "short", "");
	else if (age < WEEK && sts_js_is(f->a.policy, "mode", "enforce"))
		tell_about(f, STS_ABOUT_POLICY, "weeks", "");
}

/* Whether all MX hosts are known that the policy may be about. */
static bool
knows_mx(const struct finding *f)
{
	return (sts_js_is(f->a.answer, "mx_state", "known") ||
		   sts_js_is(f->a.answer, "mx_state", "implicit")) &&
	       json_array_size(f->a.mx) < MX_LISTED_MAX;
}

static bool
is_same_as_remembered(const struct finding *f)
{
	static const char *const keys[] = { "mode", "mx", "max_age" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!json_equal(json_object_get(f->a.policy, keys[i]),
			json_object_get(f->remembered, keys[i])))
			return false;
	return true;
}

/* Only a text that was fetched now says anything of what is remembered. */
static bool
kept_its_id(const struct finding *f)
{
	return f->remembered != NULL &&
	       sts_js_is(f->a.policy, "status", "VALID") &&
	       sts_js_is(f->a.policy, "source", "network") &&
	       sts_js_text(f->remembered, "mode")[0] != '\0' &&
	       sts_js_is(f->remembered, "id", sts_js_text(f->a.policy, "id")) &&
	       !is_same_as_remembered(f);
}

static void
find_in_policy(struct finding *f)
{
	const char *mode = sts_js_text(f->a.policy, "mode");
	size_t first = 0;

	if (!has_policy(f))
		return;
	tell_about(f, STS_ABOUT_POLICY, mode, "");
	if (kept_its_id(f))
		tell_about(f, STS_ABOUT_POLICY, "same-id", "");
	if (strcmp(mode, "none") == 0)
		return;
	find_in_max_age(f);
	if (knows_mx(f) && sts_advising_next_unused(&f->a, &first) != NULL)
		tell_about(f, STS_ABOUT_POLICY, "unused-mx", "");
}

/* Of the table's order, so that hosts with the same fault are told of
 * together. */
static void
find_in_hosts(struct finding *f)
{
	for (size_t i = 0; i < sts_advice_table_n; i++) {
		size_t from = 0;

		if (sts_advice_table[i].about != STS_ABOUT_HOST)
			continue;
		f->a.entry = &sts_advice_table[i];
		if (sts_advising_next_host(&f->a, &from) != NULL)
			tell(f, f->a.entry, "");
	}
}

static void
find_in_tlsa(struct finding *f)
{
	size_t first = 0;

	if (sts_advising_next_tlsa(&f->a, true, &first) != NULL)
		tell_about(f, STS_ABOUT_DANE, "secure", "");
	first = 0;
	if (sts_advising_next_tlsa(&f->a, false, &first) != NULL)
		tell_about(f, STS_ABOUT_DANE, "insecure", "");
}

/* A record that is as it should be has no entry, for it has no detail. */
static void
find_in_tlsrpt(struct finding *f)
{
	const json_t *tlsrpt = json_object_get(f->a.answer, "tlsrpt");
	const char *status = sts_js_text(tlsrpt, "status");
	const char *detail = sts_js_text(tlsrpt, "detail");
	bool matters = has_policy(f) &&
		       !sts_js_is(f->a.answer, "mx_state", "null") &&
		       strcmp(status, "none") == 0;

	if (strcmp(status, "found") != 0 || detail[0] != '\0')
		tell(f,
		    sts_advice_find(STS_ABOUT_TLSRPT, status, detail, matters),
		    detail);
}

static void
find_in_result(struct finding *f)
{
	if (sts_js_is(f->a.answer, "result", "fail") &&
	    sts_js_is(f->a.policy, "mode", "enforce"))
		tell_about(f, STS_ABOUT_RESULT, "enforced", "");
}

static void
count_days(struct finding *f)
{
	size_t i;
	json_t *mx;

	json_array_foreach(json_object_get(f->a.answer, "mx"), i, mx)
	{
		int64_t end = sts_js_time(mx, "not_after");
		int64_t left = end - f->a.now;

		if (!json_is_object(mx))
			continue;
		if (left < 0)
			left -= DAY - 1; /* a day that has begun is over */
		put(f, mx, "days_left",
		    end == 0 ? json_null() : json_integer(left / DAY));
	}
}

enum sts_err
sts_findings_add(json_t *answer, const json_t *remembered, int64_t now)
{
	struct finding f = {
		.remembered = remembered,
		.findings = json_array(),
		.advice = json_array(),
	};

	sts_advising_init(&f.a, answer, now);
	count_days(&f);
	find_in_discovery(&f);
	find_in_policy(&f);
	tell_about(&f, STS_ABOUT_MX, sts_js_text(answer, "mx_state"),
	    sts_js_text(answer, "mx_detail"));
	find_in_hosts(&f);
	find_in_tlsa(&f);
	find_in_tlsrpt(&f);
	find_in_result(&f);
	sts_advising_deinit(&f.a);
	put(&f, answer, "findings", f.findings);
	put(&f, answer, "advice", f.advice);
	return f.err;
}

static enum sts_severity
severity_of(const json_t *found)
{
	for (int i = STS_SEVERITY_ERROR; i > STS_SEVERITY_NOTE; i--)
		if (sts_js_is(found, "severity", severities[i]))
			return (enum sts_severity)i;
	return STS_SEVERITY_NOTE;
}

bool
sts_findings_worst(
    const json_t *answer, const char *area, enum sts_severity *out)
{
	bool any = false;
	size_t i;
	json_t *found;

	json_array_foreach(json_object_get(answer, "findings"), i, found)
	{
		if (area != NULL && !sts_js_is(found, "area", area))
			continue;
		if (!any || severity_of(found) > *out)
			*out = severity_of(found);
		any = true;
	}
	return any;
}
