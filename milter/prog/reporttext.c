#include "sts/prog/reporttext.h"

#include "sts/prog/js.h"
#include "sts/prog/reportview.h"
#include "sts/prog/show.h"

#include <inttypes.h>

enum {
	ROWS = 50, /* of a table; --json has all */
	DAYS = 31,
	ADVISED = 10, /* domains */
	LIST_TEXT = 512,
	NUMBER = STS_REPORTVIEW_TEXT,
};

/* A table whose rows are JSON objects. */
struct table {
	const char *const *titles;
	size_t n;
	/* Fills `cells`, whose texts live until the next row is filled. */
	void (*fill)(struct table *t, const json_t *row);
	const char *cells[STS_UI_COLUMNS];
	enum sts_style styles[STS_UI_COLUMNS];
	char numbers[STS_UI_COLUMNS][NUMBER];
	char list[LIST_TEXT];
};

static const char *
number(struct table *t, size_t column, int64_t n)
{
	return sts_reportview_number(n, t->numbers[column]);
}

static const char *
or_else(const char *text, const char *other)
{
	return text[0] == '\0' ? other : text;
}

static void
print_table(struct sts_ui *ui, struct table *t, const json_t *rows)
{
	enum sts_style bold[STS_UI_COLUMNS];
	struct sts_columns columns = { .n = t->n };
	size_t n = json_array_size(rows), shown = n < ROWS ? n : ROWS;

	for (size_t i = 0; i < STS_UI_COLUMNS; i++)
		bold[i] = STS_STYLE_BOLD;
	sts_columns_fit(&columns, t->titles);
	for (size_t i = 0; i < shown; i++) {
		t->fill(t, json_array_get(rows, i));
		sts_columns_fit(&columns, t->cells);
	}
	sts_ui_newline(ui);
	sts_columns_print(ui, &columns, t->titles, bold);
	for (size_t i = 0; i < shown; i++) {
		t->fill(t, json_array_get(rows, i));
		sts_columns_print(ui, &columns, t->cells, t->styles);
	}
	if (n > shown) {
		sts_ui_printf(
		    ui, "  and %zu more, which --json shows", n - shown);
		sts_ui_newline(ui);
	}
}

static enum sts_style
style_of(int64_t failure)
{
	return failure == 0 ? STS_STYLE_GOOD : STS_STYLE_BAD;
}

/* The cells from `at` on: sessions, failed, share. */
static void
fill_sessions(struct table *t, size_t at, const json_t *row)
{
	int64_t failure = sts_js_int(row, "failure");
	int64_t sessions = sts_js_int(row, "success") + failure;

	t->cells[at] = number(t, at, sessions);
	t->cells[at + 1] = number(t, at + 1, failure);
	t->cells[at + 2] =
	    sts_reportview_share(failure, sessions, t->numbers[at + 2]);
	t->styles[at + 1] = t->styles[at + 2] = style_of(failure);
}

static void
fill_named(struct table *t, const json_t *row)
{
	t->cells[0] = or_else(sts_js_text(row, "name"), "(not named)");
	t->cells[1] = number(t, 1, sts_js_int(row, "reports"));
	fill_sessions(t, 2, row);
}

static void
print_named(struct sts_ui *ui, const char *title, const json_t *rows)
{
	const char *const titles[] = { title, "REPORTS", "SESSIONS", "FAILED",
		"SHARE" };
	struct table t = { .titles = titles, .n = 5, .fill = fill_named };

	if (json_array_size(rows) > 0)
		print_table(ui, &t, rows);
}

static void
print_days(struct sts_ui *ui, const json_t *days)
{
	size_t n = json_array_size(days);

	if (n > 1 && n <= DAYS)
		print_named(ui, "DAY (UTC)", days);
}

static void
fill_fault(struct table *t, const json_t *row)
{
	t->cells[0] = number(t, 0, sts_js_int(row, "count"));
	t->cells[1] = or_else(sts_js_text(row, "domain"), "(not named)");
	t->cells[2] = or_else(sts_js_text(row, "result_type"), "(not said)");
	t->styles[2] = STS_STYLE_BAD;
	t->cells[3] = sts_js_text(row, "receiving_mx");
	t->cells[4] = sts_js_text(row, "last");
	t->cells[5] = sts_reportview_list(
	    json_object_get(row, "senders"), 3, t->list, sizeof(t->list));
}

static void
print_faults(struct sts_ui *ui, const json_t *faults)
{
	static const char *const titles[] = { "FAILED", "DOMAIN", "WHY",
		"MX HOST", "LAST", "SAYS" };
	struct table t = { .titles = titles, .n = 6, .fill = fill_fault };

	if (json_array_size(faults) > 0)
		print_table(ui, &t, faults);
}

/* What the senders wrote of a fault; the machines that met it. */
static void
print_reasons(struct sts_ui *ui, const json_t *faults)
{
	size_t n = json_array_size(faults);
	char list[LIST_TEXT];
	bool any = false;

	for (size_t i = 0; i < n && i < ROWS; i++) {
		const json_t *row = json_array_get(faults, i);
		const json_t *reasons = json_object_get(row, "reason_codes");

		if (json_array_size(reasons) == 0)
			continue;
		if (!any)
			sts_ui_newline(ui);
		any = true;
		sts_ui_printf(ui, "  %s: %s",
		    or_else(sts_js_text(row, "result_type"), "(not said)"),
		    sts_reportview_list(reasons, 5, list, sizeof(list)));
		sts_ui_newline(ui);
	}
}

static void
print_advice(struct sts_ui *ui, const json_t *advice)
{
	size_t n = json_array_size(advice);

	for (size_t i = 0; i < n && i < ADVISED; i++)
		sts_show_advice(
		    ui, json_object_get(json_array_get(advice, i), "texts"));
	if (n <= ADVISED)
		return;
	sts_ui_newline(ui);
	sts_ui_printf(ui,
	    "There is advice on %zu domains more: see --domain, --html or "
	    "--json",
	    n - ADVISED);
	sts_ui_newline(ui);
}

static enum sts_style
style_of_mood(enum sts_reportmood mood)
{
	switch (mood) {
	case STS_REPORTMOOD_NOTHING:
		break;
	case STS_REPORTMOOD_GOOD:
		return STS_STYLE_GOOD;
	case STS_REPORTMOOD_FEW:
		return STS_STYLE_WARN;
	case STS_REPORTMOOD_MANY:
		return STS_STYLE_BAD;
	}
	return STS_STYLE_PLAIN;
}

static void
print_counts(struct sts_ui *ui, const json_t *all)
{
	const json_t *total = json_object_get(all, "total");
	size_t senders = json_array_size(json_object_get(all, "senders"));
	int64_t reports = sts_js_int(total, "reports");
	char period[STS_REPORTVIEW_TEXT];

	sts_ui_printf(ui, "%" PRId64 " TLS report%s of %zu sender%s", reports,
	    reports == 1 ? "" : "s", senders, senders == 1 ? "" : "s");
	if (sts_reportview_period(all, period)[0] != '\0')
		sts_ui_printf(ui, ", %s", period);
	sts_ui_newline(ui);
}

static void
print_sum(struct sts_ui *ui, const json_t *all)
{
	const json_t *total = json_object_get(all, "total");
	int64_t failure = sts_js_int(total, "failure");
	int64_t sessions = sts_js_int(total, "success") + failure;
	enum sts_reportmood mood = sts_reportview_mood(all);
	char a[NUMBER], b[NUMBER], share[STS_REPORTVIEW_TEXT];

	print_counts(ui, all);
	sts_ui_put(ui, style_of_mood(mood), sts_reportview_sentence(mood));
	sts_ui_newline(ui);
	if (sessions == 0)
		return;
	sts_ui_printf(ui, "%s session%s, %s failed (%s)",
	    sts_reportview_number(sessions, a), sessions == 1 ? "" : "s",
	    sts_reportview_number(failure, b),
	    sts_reportview_share(failure, sessions, share));
	sts_ui_newline(ui);
}

static void
print_left_out(struct sts_ui *ui, const json_t *all)
{
	const json_t *duplicates = json_object_get(all, "duplicates");
	int64_t left_out = sts_js_int(all, "left_out");
	size_t other = sts_reportview_disputed(all);
	size_t n = json_array_size(duplicates) - other;

	if (n + other > 0 || left_out > 0)
		sts_ui_newline(ui);
	if (n > 0) {
		sts_ui_printf(ui,
		    "%zu report%s came more than once, and counted once", n,
		    n == 1 ? "" : "s");
		sts_ui_newline(ui);
	}
	if (other > 0) {
		sts_ui_put(ui, STS_STYLE_WARN, "Caution");
		sts_ui_printf(ui,
		    ": %zu with the id of another report, but other content: "
		    "one of the two may be forged; both count",
		    other);
		sts_ui_newline(ui);
	}
	if (left_out > 0) {
		sts_ui_printf(
		    ui, "%" PRId64 " left out as not asked for", left_out);
		sts_ui_newline(ui);
	}
}

static void
print_errors(const json_t *errors)
{
	struct sts_ui ui;

	(void)fflush(stdout);
	sts_ui_init(&ui, stderr, STS_COLOR_NEVER);
	for (size_t i = 0; i < json_array_size(errors); i++) {
		const json_t *error = json_array_get(errors, i);

		sts_ui_put(&ui, STS_STYLE_PLAIN, "mta-sts report show: ");
		sts_ui_put(&ui, STS_STYLE_PLAIN, sts_js_text(error, "file"));
		sts_ui_put(&ui, STS_STYLE_PLAIN, ": ");
		sts_ui_put(&ui, STS_STYLE_PLAIN, sts_js_text(error, "message"));
		sts_ui_newline(&ui);
	}
}

static void
print_tables(struct sts_ui *ui, const json_t *all)
{
	const json_t *faults = json_object_get(all, "faults");

	print_days(ui, json_object_get(all, "days"));
	print_named(ui, "SENDER", json_object_get(all, "senders"));
	print_named(ui, "DOMAIN", json_object_get(all, "domains"));
	print_faults(ui, faults);
	print_reasons(ui, faults);
	print_advice(ui, json_object_get(all, "advice"));
}

void
sts_reporttext_show(struct sts_cli *cli, const json_t *all, const char *html)
{
	struct sts_ui *ui = &cli->ui;

	print_sum(ui, all);
	print_tables(ui, all);
	print_left_out(ui, all);
	if (html != NULL) {
		sts_ui_newline(ui);
		sts_ui_printf(ui, "The page is in %s", html);
		sts_ui_newline(ui);
	}
	print_errors(json_object_get(all, "errors"));
}
