#include "sts/prog/advice.h"

#include "sts/base/buf.h"
#include "sts/core/words.h"
#include "sts/prog/js.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

enum {
	PARAGRAPH_MAX = 65536,
	SOON = 14 * 86400, /* s before a certificate's end */
	SHORT_AGE = 86400, /* s of max_age that protect but little */
};

/* The advice on one answer in the making. */
struct advising {
	const json_t *answer, *policy, *mx;
	int64_t now;
	const struct sts_advice *entry; /* the one being told */
	const char *detail; /* {detail} */
	struct sts_buf text;
	json_t *out;
	enum sts_err err;
};

const struct sts_advice *
sts_advice_find(enum sts_advice_about about, const char *key,
    const char *detail, bool in_force)
{
	for (size_t i = 0; i < sts_advice_table_n; i++) {
		const struct sts_advice *e = &sts_advice_table[i];

		if (e->about == about && e->in_force == in_force &&
		    strcmp(e->key, key) == 0 &&
		    (e->detail == NULL ||
			strcasestr(detail, e->detail) != NULL))
			return e;
	}
	return NULL;
}

static bool
expires_soon(const json_t *mx, int64_t now)
{
	int64_t end = sts_js_time(mx, "not_after");

	return sts_js_is(mx, "result", "pass") && end != 0 && end - now < SOON;
}

/* The entry for one MX host, or NULL. */
static const struct sts_advice *
entry_of_host(const struct advising *a, const json_t *mx)
{
	const char *key = sts_js_text(mx, "reason");

	if (key[0] == '\0' && expires_soon(mx, a->now))
		key = "expires-soon";
	return sts_advice_find(
	    STS_ABOUT_HOST, key, sts_js_text(mx, "detail"), false);
}

/* The next host that the entry being told is about, from *i on, or NULL. */
static const json_t *
next_host(const struct advising *a, size_t *i)
{
	while (*i < json_array_size(a->mx)) {
		const json_t *mx = json_array_get(a->mx, (*i)++);

		if (entry_of_host(a, mx) == a->entry)
			return mx;
	}
	return NULL;
}

/* Each of these appends what a word in braces stands for. */

static void
put_domain(struct advising *a)
{
	sts_buf_str(&a->text, sts_js_text(a->answer, "domain"));
}

/* A new id: the time, in letters and digits (RFC 8461 section 3.1). */
static void
put_id(struct advising *a)
{
	time_t now = (time_t)a->now;
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&now, &tm) != NULL)
		(void)strftime(text, sizeof(text), "%Y%m%dT%H%M%S", &tm);
	sts_buf_str(&a->text, text);
}

static void
put_detail(struct advising *a)
{
	sts_buf_str(&a->text, a->detail);
}

static void
put_expires(struct advising *a)
{
	sts_buf_str(&a->text, sts_js_text(a->policy, "expires"));
}

static void
put_max_age(struct advising *a)
{
	sts_buf_printf(&a->text, "%" PRId64, sts_js_int(a->policy, "max_age"));
}

static void
put_mx_line(struct advising *a, const char *host)
{
	sts_buf_printf(&a->text, "    mx: %s\n", host);
}

static void
put_policy(struct advising *a)
{
	size_t n = json_array_size(a->mx);

	sts_buf_str(&a->text, "    version: STSv1\n    mode: testing\n");
	for (size_t i = 0; i < n; i++)
		put_mx_line(a, sts_js_text(json_array_get(a->mx, i), "host"));
	if (n == 0)
		put_mx_line(a, "<each MX host, a line each>");
	sts_buf_str(&a->text, "    max_age: 86400");
}

static void
put_hosts(struct advising *a)
{
	const json_t *mx;

	for (size_t i = 0, told = 0; (mx = next_host(a, &i)) != NULL; told++) {
		const char *detail = sts_js_text(mx, "detail");

		sts_buf_printf(&a->text, "%s    %s", told == 0 ? "" : "\n",
		    sts_js_text(mx, "host"));
		if (expires_soon(mx, a->now))
			sts_buf_printf(&a->text, ": until %s",
			    sts_js_text(mx, "not_after"));
		else if (detail[0] != '\0')
			sts_buf_printf(&a->text, ": %s", detail);
	}
}

static void
put_mx_lines(struct advising *a)
{
	const json_t *mx;

	for (size_t i = 0, told = 0; (mx = next_host(a, &i)) != NULL; told++)
		sts_buf_printf(&a->text, "%s    mx: %s", told == 0 ? "" : "\n",
		    sts_js_text(mx, "host"));
}

static void
put_host(struct advising *a)
{
	size_t i = 0;

	sts_buf_str(&a->text, sts_js_text(next_host(a, &i), "host"));
}

static const struct {
	const char *word;
	void (*put)(struct advising *a);
} words[] = {
	{ "{domain}", put_domain },
	{ "{id}", put_id },
	{ "{detail}", put_detail },
	{ "{expires}", put_expires },
	{ "{max_age}", put_max_age },
	{ "{policy}", put_policy },
	{ "{hosts}", put_hosts },
	{ "{host}", put_host },
	{ "{mx_lines}", put_mx_lines },
};

/* Appends what stands at `at`; returns how many bytes of the template it was.
 * A brace that begins no known word is a brace. */
static size_t
expand(struct advising *a, const char *at)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i].word);

		if (strncmp(at, words[i].word, n) == 0) {
			words[i].put(a);
			return n;
		}
	}
	sts_buf_char(&a->text, *at);
	return 1;
}

static void
tell_paragraph(struct advising *a, const char *who, const char *template)
{
	if (template == NULL)
		return;
	sts_buf_clear(&a->text);
	sts_buf_str(&a->text, who);
	for (const char *at = template; *at != '\0';)
		at += expand(a, at);
	if (sts_buf_err(&a->text) != STS_OK ||
	    json_array_append_new(
		a->out, json_string(sts_buf_cstr(&a->text))) != 0)
		a->err = STS_E_NOMEM;
}

static void
tell(struct advising *a, const struct sts_advice *entry, const char *detail)
{
	char owner[320];

	if (entry == NULL)
		return;
	a->entry = entry;
	a->detail = detail;
	(void)snprintf(owner, sizeof(owner),
	    "The owner of %s: ", sts_js_text(a->answer, "domain"));
	tell_paragraph(a, "", entry->means);
	tell_paragraph(a, owner, entry->owner);
	tell_paragraph(a, "The sender: ", entry->sender);
}

static void
tell_about(struct advising *a, enum sts_advice_about about, const char *key,
    const char *detail)
{
	tell(a, sts_advice_find(about, key, detail, false), detail);
}

/* The fetch failed, or the lookup of the record before it. */
static void
advise_fetch_error(struct advising *a, bool in_force)
{
	const char *detail = sts_js_text(a->policy, "detail");
	const char *dns = sts_reason_text(STS_REASON_DNS_FAILURE);

	if (sts_js_is(a->policy, "txt", "")) {
		tell(a, sts_advice_find(STS_ABOUT_TXT, dns, detail, in_force),
		    detail);
		return;
	}
	tell_about(
	    a, STS_ABOUT_FETCH, sts_js_text(a->policy, "reason"), detail);
	if (in_force)
		tell_about(a, STS_ABOUT_POLICY, "standing", "");
}

/* Why there is no policy, or why the one in force was not confirmed. */
static void
advise_discovery(struct advising *a)
{
	const char *detail = sts_js_text(a->policy, "detail");
	const char *txt = sts_js_text(a->policy, "txt");
	bool in_force = sts_js_text(a->policy, "mode")[0] != '\0';

	if (sts_js_is(a->policy, "status", "FETCH_ERROR"))
		advise_fetch_error(a, in_force);
	else if (txt[0] == '\0' && !in_force)
		tell_about(a, STS_ABOUT_POLICY, "late", detail);
	else
		tell(a, sts_advice_find(STS_ABOUT_TXT, txt, detail, in_force),
		    detail);
}

static void
advise_policy(struct advising *a)
{
	const char *mode = sts_js_text(a->policy, "mode");
	int64_t age = sts_js_int(a->policy, "max_age");

	if (mode[0] == '\0')
		return;
	tell_about(a, STS_ABOUT_POLICY, mode, "");
	if (age < SHORT_AGE && strcmp(mode, "none") != 0)
		tell_about(a, STS_ABOUT_POLICY, "short", "");
}

/* Of the table's order, so that hosts with the same fault are told of
 * together. */
static void
advise_hosts(struct advising *a)
{
	for (size_t i = 0; i < sts_advice_table_n; i++) {
		size_t from = 0;

		if (sts_advice_table[i].about != STS_ABOUT_HOST)
			continue;
		a->entry = &sts_advice_table[i];
		if (next_host(a, &from) != NULL)
			tell(a, a->entry, "");
	}
}

static void
advise_result(struct advising *a)
{
	if (sts_js_is(a->answer, "result", "fail") &&
	    sts_js_is(a->policy, "mode", "enforce"))
		tell_about(a, STS_ABOUT_RESULT, "enforced", "");
}

enum sts_err
sts_advice_add(json_t *answer, int64_t now)
{
	struct advising a = {
		.answer = answer,
		.policy = json_object_get(answer, "policy"),
		.mx = json_object_get(answer, "mx"),
		.now = now,
		.out = json_array(),
	};

	if (a.out == NULL)
		return STS_E_NOMEM;
	sts_buf_init(&a.text, PARAGRAPH_MAX);
	advise_discovery(&a);
	advise_policy(&a);
	tell_about(&a, STS_ABOUT_MX, sts_js_text(answer, "mx_state"),
	    sts_js_text(answer, "mx_detail"));
	advise_hosts(&a);
	advise_result(&a);
	sts_buf_deinit(&a.text);
	if (json_object_set_new(answer, "advice", a.out) != 0)
		a.err = STS_E_NOMEM;
	return a.err;
}
