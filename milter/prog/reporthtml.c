#include "sts/prog/reporthtml.h"

#include "sts/prog/html.h"
#include "sts/prog/js.h"
#include "sts/prog/reportchart.h"
#include "sts/prog/reportview.h"

#include <inttypes.h>
#include <stdio.h>

enum { LIST_TEXT = 512 };

static enum sts_tone
tone_of(enum sts_reportmood mood)
{
	switch (mood) {
	case STS_REPORTMOOD_NOTHING:
		break;
	case STS_REPORTMOOD_GOOD:
		return STS_TONE_GOOD;
	case STS_REPORTMOOD_FEW:
		return STS_TONE_WARN;
	case STS_REPORTMOOD_MANY:
		return STS_TONE_BAD;
	}
	return STS_TONE_PLAIN;
}

/* What one has to know to read the page. */
static const char *
explanation(enum sts_reportmood mood)
{
	switch (mood) {
	case STS_REPORTMOOD_NOTHING:
		return "Mail providers send such reports once a day to those "
		       "who ask for them.";
	case STS_REPORTMOOD_GOOD:
		return "Other mail providers report how their connections to "
		       "your mail servers went: encrypted, and to the right "
		       "server. There is nothing to be done.";
	case STS_REPORTMOOD_FEW:
	case STS_REPORTMOOD_MANY:
		break;
	}
	return "Other mail providers report how their connections to your mail "
	       "servers went. What failed, and what to do about it, is below.";
}

static void
put_light(struct sts_html *h, const json_t *all)
{
	enum sts_reportmood mood = sts_reportview_mood(all);

	sts_html_light(
	    h, tone_of(mood), sts_reportview_sentence(mood), explanation(mood));
}

static void
put_tile(struct sts_html *h, enum sts_tone tone, int64_t n, const char *one,
    const char *many)
{
	char figure[STS_REPORTVIEW_TEXT];

	sts_html_tile(
	    h, tone, sts_reportview_number(n, figure), n == 1 ? one : many);
}

static void
put_tiles(struct sts_html *h, const json_t *all)
{
	const json_t *total = json_object_get(all, "total");
	int64_t failure = sts_js_int(total, "failure");
	int64_t sessions = sts_js_int(total, "success") + failure;
	enum sts_tone tone = failure > 0 ? STS_TONE_BAD : STS_TONE_GOOD;
	char share[STS_REPORTVIEW_TEXT];

	sts_html_tiles_begin(h);
	put_tile(h, STS_TONE_PLAIN, sessions, "connection", "connections");
	put_tile(h, tone, failure, "failed", "failed");
	sts_html_tile(h, tone, sts_reportview_share(failure, sessions, share),
	    "of them failed");
	put_tile(h, STS_TONE_PLAIN,
	    (int64_t)json_array_size(json_object_get(all, "senders")),
	    "provider reported", "providers reported");
	put_tile(h, STS_TONE_PLAIN, sts_js_int(total, "reports"), "report",
	    "reports");
	sts_html_tiles_end(h);
}

static void
put_charts(struct sts_html *h, const json_t *all)
{
	const json_t *kinds = json_object_get(all, "kinds");

	sts_html_card_begin(h, "days", "Connections, day by day");
	sts_reportchart_days(h, json_object_get(all, "days"));
	sts_html_close(h);
	if (json_array_size(kinds) > 0) {
		sts_html_card_begin(h, "kinds", "Why connections failed");
		sts_reportchart_kinds(h, kinds);
		sts_html_close(h);
	}
	sts_html_card_begin(h, "senders", "Who reported");
	sts_reportchart_senders(h, json_object_get(all, "senders"));
	sts_html_close(h);
}

/* What failed, and what the senders wrote of it. */
static void
put_what(struct sts_html_table *table, const json_t *fault)
{
	const json_t *reasons = json_object_get(fault, "reason_codes");
	const char *type = sts_js_text(fault, "result_type");
	const struct sts_reportkind *kind = sts_reportview_kind(type);
	char list[LIST_TEXT];

	sts_html_cell_begin(table, NULL);
	sts_html_badge(
	    table->h, STS_TONE_BAD, kind == NULL ? type : kind->name);
	if (json_array_size(reasons) > 0)
		sts_html_element(table->h, "div", "soft",
		    sts_reportview_list(reasons, 3, list, sizeof(list)));
	sts_html_cell_end(table);
}

static void
put_fault(struct sts_html_table *table, const json_t *fault)
{
	const char *first = sts_js_text(fault, "first");
	const char *last = sts_js_text(fault, "last");
	char list[LIST_TEXT];

	sts_html_row_begin(table);
	put_what(table, fault);
	sts_html_cell_int(table, sts_js_int(fault, "count"));
	sts_html_cell(table, sts_js_text(fault, "receiving_mx"));
	sts_html_cell_begin(table, NULL);
	sts_html_text(
	    table->h, sts_reportview_list(json_object_get(fault, "senders"), 3,
			  list, sizeof(list)));
	sts_html_open(table->h, "div", "soft");
	sts_html_printf(table->h, "%s%s%s", first,
	    strcmp(first, last) == 0 ? "" : " to ",
	    strcmp(first, last) == 0 ? "" : last);
	sts_html_close(table->h);
	sts_html_cell_end(table);
	sts_html_row_end(table);
}

static void
put_faults_of(struct sts_html *h, const json_t *faults, const char *domain)
{
	static const char *const titles[] = { "What", "Failed", "Mail server",
		"Reported by" };
	struct sts_html_table table;
	unsigned shown = 0;

	sts_html_table_begin(&table, h, titles, 4);
	for (size_t i = 0; i < json_array_size(faults); i++) {
		const json_t *fault = json_array_get(faults, i);

		if (!sts_js_is(fault, "domain", domain))
			continue;
		if (shown++ == STS_REPORTHTML_FAULTS)
			break;
		put_fault(&table, fault);
	}
	sts_html_table_end(&table);
}

/* A card for each domain with faults: what failed, and what to do. */
static void
put_faults(struct sts_html *h, const json_t *all)
{
	const json_t *advice = json_object_get(all, "advice");
	const json_t *faults = json_object_get(all, "faults");
	char heading[320];

	for (size_t i = 0; i < json_array_size(advice); i++) {
		const json_t *row = json_array_get(advice, i);
		const json_t *texts = json_object_get(row, "texts");
		const char *domain = sts_js_text(row, "domain");

		(void)snprintf(heading, sizeof(heading), "What to do: %s",
		    domain[0] == '\0' ? "(domain not named)" : domain);
		sts_html_card_begin(h, NULL, heading);
		put_faults_of(h, faults, domain);
		for (size_t j = 0; j < json_array_size(texts); j++)
			sts_html_paragraphs(
			    h, json_string_value(json_array_get(texts, j)));
		sts_html_close(h);
	}
}

/* The types of policies that its reports name. */
static void
put_policies(struct sts_html_table *table, const json_t *types)
{
	static const struct {
		const char *type, *name;
		enum sts_tone tone;
	} known[] = {
		{ "sts", "MTA-STS", STS_TONE_GOOD },
		{ "tlsa", "DANE", STS_TONE_GOOD },
		{ "no-policy-found", "no policy", STS_TONE_WARN },
	};

	sts_html_cell_begin(table, NULL);
	for (size_t i = 0; i < json_array_size(types); i++)
		for (size_t j = 0; j < sizeof(known) / sizeof(known[0]); j++)
			if (strcmp(json_string_value(json_array_get(types, i)),
				known[j].type) == 0) {
				sts_html_badge(
				    table->h, known[j].tone, known[j].name);
				sts_html_text(table->h, " ");
			}
	sts_html_cell_end(table);
}

static void
put_domains(struct sts_html *h, const json_t *domains)
{
	static const char *const titles[] = { "Domain", "Connections", "Failed",
		"Protected by" };
	struct sts_html_table table;
	size_t n = json_array_size(domains);

	if (n == 0)
		return;
	sts_html_card_begin(h, "domains", "Your domains");
	sts_html_table_begin(&table, h, titles, 4);
	for (size_t i = 0; i < n && i < STS_REPORTHTML_REPORTS; i++) {
		const json_t *row = json_array_get(domains, i);
		int64_t failure = sts_js_int(row, "failure");
		const char *name = sts_js_text(row, "name");

		sts_html_row_begin(&table);
		sts_html_cell(&table, name[0] == '\0' ? "(not named)" : name);
		sts_html_cell_int(&table, sts_js_int(row, "success") + failure);
		sts_html_cell_int(&table, failure);
		put_policies(&table, json_object_get(row, "policies"));
		sts_html_row_end(&table);
	}
	sts_html_table_end(&table);
	sts_html_close(h);
}

/* The sessions of a report. */
static void
sum_report(const json_t *report, int64_t *success, int64_t *failure)
{
	const json_t *policies = json_object_get(report, "policies");

	*success = *failure = 0;
	for (size_t i = 0; i < json_array_size(policies); i++) {
		const json_t *policy = json_array_get(policies, i);

		*success += sts_js_int(policy, "success");
		*failure += sts_js_int(policy, "failure");
	}
}

static void
put_report(struct sts_html_table *table, const json_t *report)
{
	int64_t success, failure;
	char list[LIST_TEXT];

	sum_report(report, &success, &failure);
	sts_html_row_begin(table);
	sts_html_cell(table, sts_js_text(report, "organization"));
	sts_html_cell(table, sts_js_text(report, "begin"));
	sts_html_cell_int(table, success + failure);
	sts_html_cell_int(table, failure);
	sts_html_cell(table, sts_js_text(report, "report_id"));
	sts_html_cell(
	    table, sts_reportview_list(json_object_get(report, "notes"), 3,
		       list, sizeof(list)));
	sts_html_row_end(table);
}

static void
put_reports(struct sts_html *h, const json_t *reports)
{
	static const char *const titles[] = { "From", "Since", "Connections",
		"Failed", "Number", "Oddities" };
	size_t n = json_array_size(reports);
	struct sts_html_table table;

	if (n == 0)
		return;
	sts_html_card_begin(h, "reports", "All reports");
	sts_html_open(h, "details", NULL);
	sts_html_open(h, "summary", NULL);
	sts_html_printf(h, "%zu report%s%s", n, n == 1 ? "" : "s",
	    n > STS_REPORTHTML_REPORTS ? ", of which 500 are here" : "");
	sts_html_close(h);
	sts_html_table_begin(&table, h, titles, 6);
	for (size_t i = 0; i < n && i < STS_REPORTHTML_REPORTS; i++)
		put_report(&table, json_array_get(reports, i));
	sts_html_table_end(&table);
	sts_html_close(h);
	sts_html_close(h);
}

static void
put_errors(struct sts_html *h, const json_t *errors)
{
	static const char *const titles[] = { "File", "Why" };
	size_t n = json_array_size(errors);
	struct sts_html_table table;

	if (n == 0)
		return;
	sts_html_card_begin(h, "errors", "What could not be read");
	sts_html_table_begin(&table, h, titles, 2);
	for (size_t i = 0; i < n && i < STS_REPORTHTML_ERRORS; i++) {
		const json_t *error = json_array_get(errors, i);

		sts_html_row_begin(&table);
		sts_html_cell(&table, sts_js_text(error, "file"));
		sts_html_cell(&table, sts_js_text(error, "message"));
		sts_html_row_end(&table);
	}
	sts_html_table_end(&table);
	sts_html_close(h);
}

/* The kinds of failure that are on the page, in plain words. */
static void
put_glossary(struct sts_html *h, const json_t *kinds)
{
	bool any = false;

	for (size_t i = 0; i < json_array_size(kinds); i++) {
		const char *type =
		    sts_js_text(json_array_get(kinds, i), "name");
		const struct sts_reportkind *kind = sts_reportview_kind(type);

		if (kind == NULL)
			continue;
		if (!any)
			sts_html_card_begin(h, "words", "What the words mean");
		any = true;
		sts_html_open(h, "p", NULL);
		sts_html_element(h, "b", NULL, kind->name);
		sts_html_printf(h, ": %s%s%s%s", kind->meaning,
		    type[0] == '\0' ? "" : " (", type,
		    type[0] == '\0' ? "" : ")");
		sts_html_close(h);
	}
	if (any)
		sts_html_close(h);
}

static void
put_left_out(struct sts_html *h, const json_t *all)
{
	size_t other = sts_reportview_disputed(all);
	size_t n = json_array_size(json_object_get(all, "duplicates")) - other;
	int64_t left_out = sts_js_int(all, "left_out");

	if (other > 0) {
		sts_html_open(h, "p", NULL);
		sts_html_printf(h,
		    "Caution: %zu with the id of another report, but other "
		    "content: one of the two may be forged. Both count.",
		    other);
		sts_html_close(h);
	}
	if (n > 0 || left_out > 0) {
		sts_html_open(h, "p", "soft");
		sts_html_printf(h,
		    "%zu came more than once and counted once; %" PRId64
		    " were left out as not asked for.",
		    n, left_out);
		sts_html_close(h);
	}
}

enum sts_err
sts_reporthtml_save(const json_t *all, const char *path, int64_t now)
{
	char period[STS_REPORTVIEW_TEXT];
	struct sts_html h;
	enum sts_err err;

	sts_html_init(&h);
	sts_html_page_begin(&h, "How mail reached you: TLS reports",
	    sts_reportview_period(all, period));
	put_light(&h, all);
	put_tiles(&h, all);
	if (json_array_size(json_object_get(all, "reports")) > 0)
		put_charts(&h, all);
	put_faults(&h, all);
	put_domains(&h, json_object_get(all, "domains"));
	put_glossary(&h, json_object_get(all, "kinds"));
	put_errors(&h, json_object_get(all, "errors"));
	put_reports(&h, json_object_get(all, "reports"));
	put_left_out(&h, all);
	sts_html_page_end(&h, now);
	err = sts_html_save(&h, path);
	sts_html_deinit(&h);
	return err;
}
