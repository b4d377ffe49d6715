#include "sts/prog/advice.h"

#include "sts/core/mxmatch.h"
#include "sts/prog/js.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

enum {
	PARAGRAPH_MAX = 65536,
	SOON = 14 * 86400, /* s before a certificate's end */
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

const struct sts_advice *
sts_advising_host(const struct sts_advising *a, const json_t *mx)
{
	const char *key = sts_js_text(mx, "reason");

	if (key[0] == '\0' && expires_soon(mx, a->now))
		key = "expires-soon";
	if (key[0] == '\0' && sts_js_true(mx, "dane"))
		key = "dane";
	return sts_advice_find(
	    STS_ABOUT_HOST, key, sts_js_text(mx, "detail"), false);
}

const json_t *
sts_advising_next_host(const struct sts_advising *a, size_t *i)
{
	while (*i < json_array_size(a->mx)) {
		const json_t *mx = json_array_get(a->mx, (*i)++);

		if (sts_advising_host(a, mx) == a->entry)
			return mx;
	}
	return NULL;
}

const json_t *
sts_advising_next_tlsa(const struct sts_advising *a, bool secure, size_t *i)
{
	while (*i < json_array_size(a->mx)) {
		const json_t *mx = json_array_get(a->mx, (*i)++);
		const json_t *tlsa = json_object_get(mx, "tlsa");

		if (!sts_js_true(mx, "dane") &&
		    sts_js_int(tlsa, "records") > 0 &&
		    sts_js_true(tlsa, "secure") == secure)
			return mx;
	}
	return NULL;
}

static bool
is_used(const struct sts_advising *a, const char *pattern)
{
	for (size_t i = 0; i < json_array_size(a->mx); i++) {
		const char *host =
		    sts_js_text(json_array_get(a->mx, i), "host");

		if (sts_mx_match(sts_slice_str(pattern), sts_slice_str(host)))
			return true;
	}
	return false;
}

const char *
sts_advising_next_unused(const struct sts_advising *a, size_t *i)
{
	const json_t *patterns = json_object_get(a->policy, "mx");

	while (*i < json_array_size(patterns)) {
		const char *pattern =
		    json_string_value(json_array_get(patterns, (*i)++));

		if (pattern != NULL && !is_used(a, pattern))
			return pattern;
	}
	return NULL;
}

/* Each of these appends what a word in braces stands for. */

static void
put_domain(struct sts_advising *a)
{
	sts_buf_str(&a->text, sts_js_text(a->answer, "domain"));
}

/* A new id: the time, in letters and digits (RFC 8461 section 3.1). */
static void
put_id(struct sts_advising *a)
{
	time_t now = (time_t)a->now;
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&now, &tm) != NULL)
		(void)strftime(text, sizeof(text), "%Y%m%dT%H%M%S", &tm);
	sts_buf_str(&a->text, text);
}

static void
put_detail(struct sts_advising *a)
{
	sts_buf_str(&a->text, a->detail);
}

static void
put_expires(struct sts_advising *a)
{
	sts_buf_str(&a->text, sts_js_text(a->policy, "expires"));
}

static void
put_max_age(struct sts_advising *a)
{
	sts_buf_printf(&a->text, "%" PRId64, sts_js_int(a->policy, "max_age"));
}

static void
put_mx_line(struct sts_advising *a, const char *host)
{
	sts_buf_printf(&a->text, "    mx: %s\n", host);
}

static void
put_policy(struct sts_advising *a)
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
put_hosts(struct sts_advising *a)
{
	const json_t *mx;

	for (size_t i = 0, told = 0;
	     (mx = sts_advising_next_host(a, &i)) != NULL; told++) {
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
put_mx_lines(struct sts_advising *a)
{
	const json_t *mx;

	for (size_t i = 0, told = 0;
	     (mx = sts_advising_next_host(a, &i)) != NULL; told++)
		sts_buf_printf(&a->text, "%s    mx: %s", told == 0 ? "" : "\n",
		    sts_js_text(mx, "host"));
}

static void
put_patterns(struct sts_advising *a)
{
	const char *pattern;

	for (size_t i = 0, told = 0;
	     (pattern = sts_advising_next_unused(a, &i)) != NULL; told++)
		sts_buf_printf(
		    &a->text, "%s    mx: %s", told == 0 ? "" : "\n", pattern);
}

static void
put_tlsa_hosts(struct sts_advising *a)
{
	bool secure = strcmp(a->entry->key, "secure") == 0;
	const json_t *mx;

	for (size_t i = 0, told = 0;
	     (mx = sts_advising_next_tlsa(a, secure, &i)) != NULL; told++)
		sts_buf_printf(&a->text, "%s    _25._tcp.%s",
		    told == 0 ? "" : "\n", sts_js_text(mx, "host"));
}

static void
put_host(struct sts_advising *a)
{
	size_t i = 0;

	sts_buf_str(
	    &a->text, sts_js_text(sts_advising_next_host(a, &i), "host"));
}

static const struct {
	const char *word;
	void (*put)(struct sts_advising *a);
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
	{ "{patterns}", put_patterns },
	{ "{tlsa_hosts}", put_tlsa_hosts },
};

/* Appends what stands at `at`; returns how many bytes of the template it was.
 * A brace that begins no known word is a brace. */
static size_t
expand(struct sts_advising *a, const char *at)
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

void
sts_advising_init(struct sts_advising *a, const json_t *answer, int64_t now)
{
	*a = (struct sts_advising){
		.answer = answer,
		.policy = json_object_get(answer, "policy"),
		.mx = json_object_get(answer, "mx"),
		.now = now,
		.detail = "",
	};
	sts_buf_init(&a->text, PARAGRAPH_MAX);
}

void
sts_advising_deinit(struct sts_advising *a)
{
	sts_buf_deinit(&a->text);
}

const char *
sts_advising_text(struct sts_advising *a, const char *template)
{
	sts_buf_clear(&a->text);
	for (const char *at = template; *at != '\0';)
		at += expand(a, at);
	return sts_buf_err(&a->text) == STS_OK ? sts_buf_cstr(&a->text) : NULL;
}
