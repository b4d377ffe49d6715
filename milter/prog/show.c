#include "sts/prog/show.h"

#include "sts/prog/js.h"

#include <inttypes.h>
#include <stdlib.h>

enum { DAY = 86400, SOON_DAYS = 14, LINE_SIZE = 1024 };

enum sts_style
sts_show_style(const char *result)
{
	static const struct {
		const char *word;
		enum sts_style style;
	} styles[] = {
		{ "pass", STS_STYLE_GOOD },
		{ "VALID", STS_STYLE_GOOD },
		{ "NOT_CHANGED", STS_STYLE_GOOD },
		{ "fail", STS_STYLE_BAD },
		{ "FETCH_ERROR", STS_STYLE_BAD },
		{ "temperror", STS_STYLE_WARN },
		{ "NONE", STS_STYLE_WARN },
	};

	for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++)
		if (strcmp(result, styles[i].word) == 0)
			return styles[i].style;
	return STS_STYLE_PLAIN;
}

void
sts_show_status(struct sts_ui *ui, const char *status)
{
	sts_ui_put(ui, STS_STYLE_BOLD, "STSFetchResult.");
	sts_ui_put(ui, sts_show_style(status), status);
	sts_ui_newline(ui);
}

static void
show_max_age(struct sts_ui *ui, const json_t *policy)
{
	int64_t age = sts_js_int(policy, "max_age");
	char line[LINE_SIZE], text[STS_DURATION_TEXT];

	if (!json_is_integer(json_object_get(policy, "max_age")))
		return;
	(void)snprintf(line, sizeof(line), "%" PRId64 " (%s)", age,
	    sts_duration_text(age, text));
	sts_ui_field(ui, "max_age", STS_STYLE_PLAIN, line);
}

static enum sts_style
mode_style(const char *mode)
{
	if (strcmp(mode, "enforce") == 0)
		return STS_STYLE_GOOD;
	return strcmp(mode, "testing") == 0 ? STS_STYLE_WARN : STS_STYLE_PLAIN;
}

void
sts_show_policy(struct sts_ui *ui, const json_t *policy)
{
	const json_t *mx = json_object_get(policy, "mx");
	const char *mode = sts_js_text(policy, "mode");

	sts_ui_field(ui, "id", STS_STYLE_PLAIN, sts_js_text(policy, "id"));
	sts_ui_field(ui, "mode", mode_style(mode), mode);
	for (size_t i = 0; i < json_array_size(mx); i++)
		sts_ui_field(ui, i == 0 ? "mx" : "", STS_STYLE_PLAIN,
		    json_string_value(json_array_get(mx, i)));
	show_max_age(ui, policy);
	sts_ui_field(
	    ui, "expires", STS_STYLE_PLAIN, sts_js_text(policy, "expires"));
	sts_ui_field(
	    ui, "reason", STS_STYLE_BAD, sts_js_text(policy, "reason"));
	sts_ui_field(
	    ui, "detail", STS_STYLE_PLAIN, sts_js_text(policy, "detail"));
}

enum { HOST, PREFERENCE, ADDRESS, MATCH, TLS, DAYS, RESULT, N_CELLS };

/* A line of the table; its cells point into it and into the JSON. */
struct row {
	const char *cells[N_CELLS];
	enum sts_style styles[N_CELLS];
	char preference[16], days[32], result[64];
};

/* How many days a certificate is still valid. */
static void
fill_days(struct row *row, const json_t *mx, int64_t now)
{
	int64_t end = sts_js_time(mx, "not_after"), days = (end - now) / DAY;
	const json_t *left = json_object_get(mx, "days_left");

	if (end == 0)
		return;
	if (json_is_integer(left)) /* of when the findings were made */
		days = json_integer_value(left);
	row->cells[DAYS] = row->days;
	if (end < now) {
		row->styles[DAYS] = STS_STYLE_BAD;
		(void)snprintf(row->days, sizeof(row->days), "expired");
		return;
	}
	row->styles[DAYS] = days < SOON_DAYS ? STS_STYLE_WARN : STS_STYLE_PLAIN;
	(void)snprintf(row->days, sizeof(row->days), "%" PRId64 " day%s", days,
	    days == 1 ? "" : "s");
}

static void
fill_result(struct row *row, const json_t *mx)
{
	const char *result = sts_js_text(mx, "result");
	const char *reason = sts_js_text(mx, "reason");

	row->styles[RESULT] = sts_show_style(result);
	row->cells[RESULT] = row->result;
	(void)snprintf(row->result, sizeof(row->result), "%s%s%s%s",
	    result[0] == '\0' ? "not probed" : result,
	    reason[0] == '\0' ? "" : ": ", reason,
	    sts_js_true(mx, "dane") ? " (DANE)" : "");
}

static void
fill_row(struct row *row, const json_t *mx, int64_t now)
{
	const json_t *match = json_object_get(mx, "match");

	*row = (struct row){ .cells = { NULL } };
	(void)snprintf(row->preference, sizeof(row->preference), "%" PRId64,
	    sts_js_int(mx, "preference"));
	row->cells[HOST] = sts_js_text(mx, "host");
	row->cells[PREFERENCE] = row->preference;
	row->cells[ADDRESS] = sts_js_text(mx, "address");
	if (json_is_boolean(match)) {
		row->cells[MATCH] = json_is_true(match) ? "yes" : "no";
		row->styles[MATCH] =
		    json_is_true(match) ? STS_STYLE_GOOD : STS_STYLE_BAD;
	}
	row->cells[TLS] = sts_js_text(mx, "tls");
	fill_days(row, mx, now);
	fill_result(row, mx);
}

/* What does not fit into the table stands below its line. */
static void
show_certificate(struct sts_ui *ui, const json_t *mx)
{
	static const char *const keys[] = { "cipher", "subject", "detail" };
	static const char *const names[] = { "cipher ", "certificate ", "" };
	char line[LINE_SIZE];
	size_t used = 0;

	line[0] = '\0';
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *text = sts_js_text(mx, keys[i]);

		if (text[0] != '\0' && used < sizeof(line))
			used += (size_t)snprintf(line + used,
			    sizeof(line) - used, "%s%s%s",
			    used == 0 ? "" : ", ", names[i], text);
	}
	if (used == 0)
		return;
	sts_ui_put(ui, STS_STYLE_PLAIN, "      ");
	sts_ui_put(ui, STS_STYLE_DIM, line);
	sts_ui_newline(ui);
}

void
sts_show_mx(struct sts_ui *ui, const json_t *mx, int64_t now)
{
	static const char *const titles[N_CELLS] = { "MX", "PREF", "ADDRESS",
		"MATCH", "TLS", "VALID", "RESULT" };
	static const enum sts_style bold[N_CELLS] = { STS_STYLE_BOLD,
		STS_STYLE_BOLD, STS_STYLE_BOLD, STS_STYLE_BOLD, STS_STYLE_BOLD,
		STS_STYLE_BOLD, STS_STYLE_BOLD };
	struct sts_columns columns = { .n = N_CELLS };
	struct row row;

	if (json_array_size(mx) == 0)
		return;
	sts_columns_fit(&columns, titles);
	for (size_t i = 0; i < json_array_size(mx); i++) {
		fill_row(&row, json_array_get(mx, i), now);
		sts_columns_fit(&columns, row.cells);
	}
	sts_ui_newline(ui);
	sts_columns_print(ui, &columns, titles, bold);
	for (size_t i = 0; i < json_array_size(mx); i++) {
		fill_row(&row, json_array_get(mx, i), now);
		sts_columns_print(ui, &columns, row.cells, row.styles);
		show_certificate(ui, json_array_get(mx, i));
	}
}

void
sts_show_advice(struct sts_ui *ui, const json_t *advice)
{
	if (json_array_size(advice) == 0)
		return;
	sts_ui_newline(ui);
	for (size_t i = 0; i < json_array_size(advice); i++)
		sts_ui_wrap(
		    ui, "  * ", json_string_value(json_array_get(advice, i)));
}

void
sts_show_tlsrpt(struct sts_ui *ui, const json_t *tlsrpt)
{
	const json_t *rua = json_object_get(tlsrpt, "rua");

	for (size_t i = 0; i < json_array_size(rua); i++)
		sts_ui_field(ui, i == 0 ? "reports to" : "", STS_STYLE_PLAIN,
		    json_string_value(json_array_get(rua, i)));
	if (tlsrpt != NULL && json_array_size(rua) == 0)
		sts_ui_field(ui, "reports to", STS_STYLE_WARN,
		    sts_js_is(tlsrpt, "status", "none")
			? "nobody"
			: sts_js_text(tlsrpt, "status"));
}

static enum sts_style
severity_style(const json_t *found)
{
	if (sts_js_is(found, "severity", "error"))
		return STS_STYLE_BAD;
	return sts_js_is(found, "severity", "warning") ? STS_STYLE_WARN
						       : STS_STYLE_BOLD;
}

static void
show_text(
    struct sts_ui *ui, const char *who, const char *domain, const char *text)
{
	char *all;

	if (text[0] == '\0' || asprintf(&all, "%s%s%s%s", who, domain,
				   who[0] == '\0' ? "" : ": ", text) < 0)
		return;
	sts_ui_wrap(ui, "    ", all);
	free(all);
}

/* "  error: mx, certificate-expired, RFC 8461 section 4.2", and what to do. */
static void
show_finding(struct sts_ui *ui, const json_t *found, const char *domain)
{
	sts_ui_newline(ui);
	sts_ui_put(ui, STS_STYLE_PLAIN, "  ");
	sts_ui_put(ui, severity_style(found), sts_js_text(found, "severity"));
	sts_ui_printf(ui, ": %s, %s, %s", sts_js_text(found, "area"),
	    sts_js_text(found, "code"), sts_js_text(found, "rfc"));
	sts_ui_newline(ui);
	show_text(ui, "", "", sts_js_text(found, "message"));
	show_text(ui, "The owner of ", domain, sts_js_text(found, "owner"));
	show_text(ui, "The sender", "", sts_js_text(found, "sender"));
	sts_ui_put(ui, STS_STYLE_DIM, "    $ ");
	sts_ui_put(ui, STS_STYLE_DIM, sts_js_text(found, "run"));
	sts_ui_newline(ui);
}

void
sts_show_findings(struct sts_ui *ui, const json_t *answer)
{
	size_t i;
	json_t *found;

	json_array_foreach(json_object_get(answer, "findings"), i, found)
	    show_finding(ui, found, sts_js_text(answer, "domain"));
}
