#include "sts/prog/reportadvice.h"

#include "sts/base/escape.h"
#include "sts/prog/advice.h"
#include "sts/prog/js.h"

#include <inttypes.h>
#include <stdio.h>

enum {
	FAULTS = 1000, /* the most frequent, which advice is given on */
	DOMAINS = 100,
	HOSTS = 20, /* of a domain */
	UNKNOWN = 20, /* kinds of failures, of a domain */
	TEXT = 256,
	DETAIL = 320,
	OWNER_MAX = 65536,
};

/* The advice on one domain in the making. */
struct telling {
	const json_t *faults; /* of all domains */
	const char *domain; /* as the reports have it; "": not told */
	char shown[TEXT]; /* the same, to be shown */
	json_t *answer; /* what the advice is made of (front/answerjson.h) */
	struct sts_advising advising;
	json_t *texts;
	unsigned unknown; /* told of so far */
	enum sts_err err;
};

/* NULL is a text that there was no memory for. */
static void
tell(struct telling *t, const char *text)
{
	if (json_array_append_new(t->texts, json_string(text)) != 0)
		t->err = STS_E_NOMEM;
}

/* 12 sessions of Google Inc. and others: "the reason that one gave" */
static void
describe(const json_t *fault, char dst[DETAIL])
{
	const json_t *senders = json_object_get(fault, "senders");
	const json_t *reasons = json_object_get(fault, "reason_codes");
	const char *first = json_string_value(json_array_get(senders, 0));
	const char *reason = json_string_value(json_array_get(reasons, 0));
	int64_t count = sts_js_int(fault, "count");
	char sender[64], why[96];

	(void)sts_escape_to(sender, sizeof(sender), sts_slice_str(first));
	(void)sts_escape_to(why, sizeof(why), sts_slice_str(reason));
	(void)snprintf(dst, DETAIL, "%" PRId64 " session%s of %s%s%s%s%s",
	    count, count == 1 ? "" : "s",
	    first == NULL ? "an unnamed sender" : sender,
	    json_array_size(senders) > 1 ? " and others" : "",
	    reason == NULL ? "" : ": \"", why, reason == NULL ? "" : "\"");
}

/* What an entry says to who owns the domain; the sender is elsewhere. */
static void
tell_entry(
    struct telling *t, const struct sts_advice *entry, const char *detail)
{
	struct sts_buf owner;
	const char *text;

	if (entry == NULL)
		return;
	t->advising.entry = entry;
	t->advising.detail = detail;
	tell(t, sts_advising_text(&t->advising, entry->means));
	if (entry->owner == NULL)
		return;
	text = sts_advising_text(&t->advising, entry->owner);
	sts_buf_init(&owner, OWNER_MAX);
	sts_buf_printf(
	    &owner, "The owner of %s: %s", t->shown, text == NULL ? "" : text);
	tell(t, text == NULL || sts_buf_err(&owner) != STS_OK
		    ? NULL
		    : sts_buf_cstr(&owner));
	sts_buf_deinit(&owner);
}

static const struct sts_advice *
find(const json_t *fault, enum sts_advice_about about, const char *detail)
{
	const char *type = sts_js_text(fault, "result_type");

	return type[0] == '\0' ? NULL
			       : sts_advice_find(about, type, detail, false);
}

static void
add_host(struct telling *t, const json_t *fault, const char *detail)
{
	json_t *hosts = json_object_get(t->answer, "mx");
	char host[TEXT];

	if (json_array_size(hosts) >= HOSTS)
		return;
	(void)sts_escape_to(host, sizeof(host),
	    sts_slice_str(sts_js_text(fault, "receiving_mx")));
	if (json_array_append_new(hosts,
		json_pack("{s:s, s:s, s:O, s:s}", "host",
		    host[0] == '\0' ? "(a host that is not named)" : host,
		    "result", "fail", "reason",
		    json_object_get(fault, "result_type"), "detail", detail)) !=
	    0)
		t->err = STS_E_NOMEM;
}

static void
tell_unknown(struct telling *t, const json_t *fault, const char *detail)
{
	char type[TEXT], text[TEXT + DETAIL + 64];

	if (t->unknown++ >= UNKNOWN)
		return;
	(void)sts_escape_to(type, sizeof(type),
	    sts_slice_str(sts_js_text(fault, "result_type")));
	if (type[0] == '\0')
		(void)snprintf(text, sizeof(text),
		    "Failures that the reports give no reason for (%s).",
		    detail);
	else
		(void)snprintf(text, sizeof(text),
		    "%s is no failure that RFC 8460 knows (%s).", type, detail);
	tell(t, text);
}

/* Of hosts with the same fault is told together, below. */
static void
tell_fault(struct telling *t, const json_t *fault)
{
	char detail[DETAIL];

	describe(fault, detail);
	if (find(fault, STS_ABOUT_HOST, detail) != NULL)
		add_host(t, fault, detail);
	else if (find(fault, STS_ABOUT_FETCH, detail) != NULL)
		tell_entry(t, find(fault, STS_ABOUT_FETCH, detail), detail);
	else
		tell_unknown(t, fault, detail);
}

/* Each entry once, where its first host is. */
static void
tell_hosts(struct telling *t)
{
	const json_t *hosts = json_object_get(t->answer, "mx");

	for (size_t i = 0; i < json_array_size(hosts); i++) {
		const json_t *host = json_array_get(hosts, i);
		size_t first = 0;

		t->advising.entry = sts_advising_host(&t->advising, host);
		if (sts_advising_next_host(&t->advising, &first) == host)
			tell_entry(t, t->advising.entry, "");
	}
}

static void
tell_domain(struct telling *t, const char *domain, int64_t now)
{
	size_t n = json_array_size(t->faults);

	t->domain = domain;
	(void)sts_escape_to(t->shown, sizeof(t->shown),
	    sts_slice_str(domain[0] == '\0' ? "the domain" : domain));
	t->texts = json_array();
	t->unknown = 0;
	t->answer =
	    json_pack("{s:s, s:{}, s:[]}", "domain", t->shown, "policy", "mx");
	sts_advising_init(&t->advising, t->answer, now);
	for (size_t i = 0; i < n && i < FAULTS; i++) {
		const json_t *fault = json_array_get(t->faults, i);

		if (sts_js_is(fault, "domain", t->domain))
			tell_fault(t, fault);
	}
	tell_hosts(t);
	sts_advising_deinit(&t->advising);
	json_decref(t->answer);
}

enum sts_err
sts_reportadvice_add(json_t *all, int64_t now)
{
	const json_t *domains = json_object_get(all, "domains");
	struct telling t = { .faults = json_object_get(all, "faults") };
	json_t *out = json_array();

	for (size_t i = 0;
	     i < json_array_size(domains) && json_array_size(out) < DOMAINS;
	     i++) {
		const json_t *row = json_array_get(domains, i);

		tell_domain(&t, sts_js_text(row, "name"), now);
		if (json_array_size(t.texts) == 0)
			json_decref(t.texts);
		else if (json_array_append_new(
			     out, json_pack("{s:O, s:o}", "domain",
				      json_object_get(row, "name"), "texts",
				      t.texts)) != 0)
			t.err = STS_E_NOMEM;
	}
	if (json_object_set_new(all, "advice", out) != 0)
		t.err = STS_E_NOMEM;
	return t.err;
}
