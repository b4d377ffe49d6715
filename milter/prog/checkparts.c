/* The parts of a page about one domain. */
#include "sts/prog/checkparts.h"
#include "sts/prog/checkpage.h"
#include "sts/prog/checktable.h"
#include "sts/prog/findings.h"
#include "sts/prog/js.h"
#include "sts/prog/ui.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { TEXT_SIZE = 512, SOON_DAYS = 14 };

void
sts_checkpart_light(struct sts_html *h, const json_t *answer)
{
	const struct sts_checkwords *words = sts_checkwords_of(answer);
	char sentence[TEXT_SIZE];

	(void)snprintf(sentence, sizeof(sentence), "%s%s%s", words->before,
	    sts_js_text(answer, "domain"), words->after);
	sts_html_light(h, words->tone, sentence, words->more);
}

static enum sts_tone
tone_of_mode(const char *mode)
{
	if (strcmp(mode, "enforce") == 0)
		return STS_TONE_GOOD;
	return mode[0] == '\0' ? STS_TONE_PLAIN : STS_TONE_WARN;
}

static void
put_days_tile(struct sts_html *h, const struct sts_checksums *sums)
{
	char figure[32];

	if (!sums->has_days)
		return;
	(void)snprintf(figure, sizeof(figure), "%" PRId64, sums->days);
	sts_html_tile(h,
	    sums->days < 0           ? STS_TONE_BAD
	    : sums->days < SOON_DAYS ? STS_TONE_WARN
				     : STS_TONE_GOOD,
	    sums->days < 0 ? "expired" : figure,
	    sums->days < 0 ? "certificate of a mail server"
			   : "days until a certificate expires");
}

void
sts_checkpart_tiles(struct sts_html *h, const json_t *answer)
{
	const char *mode =
	    sts_js_text(json_object_get(answer, "policy"), "mode");
	const char *reports = sts_checkreports(answer);
	struct sts_checksums sums;
	char figure[64];

	sts_checksums_of(answer, &sums);
	(void)snprintf(
	    figure, sizeof(figure), "%zu of %zu", sums.good, sums.hosts);
	sts_html_tiles_begin(h);
	sts_html_tile(h, tone_of_mode(mode), mode[0] == '\0' ? "none" : mode,
	    "policy in force");
	if (sums.hosts > 0)
		sts_html_tile(h,
		    sums.good == sums.hosts ? STS_TONE_GOOD
		    : sums.good > 0         ? STS_TONE_WARN
					    : STS_TONE_BAD,
		    figure, "mail servers secure");
	put_days_tile(h, &sums);
	if (reports[0] != '\0')
		sts_html_tile(h,
		    strcmp(reports, "yes") == 0 ? STS_TONE_GOOD
						: STS_TONE_PLAIN,
		    reports, "reports asked for");
	sts_html_tiles_end(h);
}

/* What is to be done first comes first. */
static const struct {
	const char *severity;
	enum sts_tone tone;
	const char *badge;
} urgencies[] = {
	{ "error", STS_TONE_BAD, "does not work" },
	{ "warning", STS_TONE_WARN, "needs attention" },
	{ "note", STS_TONE_INFO, "good to know" },
};

enum { N_URGENCIES = sizeof(urgencies) / sizeof(urgencies[0]) };

static void
put_said(
    struct sts_html *h, const json_t *found, const char *key, const char *who)
{
	char *text;

	if (sts_js_text(found, key)[0] == '\0')
		return;
	text = strdup(sts_js_text(found, key));
	if (text == NULL) {
		h->out.err = STS_E_NOMEM;
		return;
	}
	if (text[0] >= 'a' && text[0] <= 'z')
		text[0] -= 'a' - 'A'; /* the table goes on from "X: " */
	sts_html_element(h, "p", "who", who);
	sts_html_paragraphs(h, text);
	free(text);
}

static void
put_finding(struct sts_html *h, const json_t *found, size_t urgency)
{
	const char *type = sts_js_text(found, "result_type");

	sts_html_open(h, "article", "finding");
	sts_html_badge(h, urgencies[urgency].tone, urgencies[urgency].badge);
	sts_html_open(h, "div", "message");
	sts_html_paragraphs(h, sts_js_text(found, "message"));
	sts_html_close(h);
	put_said(h, found, "owner", "What the domain's owner does");
	put_said(h, found, "sender", "What a sender does");
	sts_html_open(h, "details", NULL);
	sts_html_element(h, "summary", NULL, "For the technician");
	sts_html_open(h, "p", NULL);
	sts_html_printf(h, "%s/%s%s%s. Defined in %s. To look for yourself:",
	    sts_js_text(found, "area"), sts_js_text(found, "code"),
	    type[0] == '\0' ? "" : ", reported as ", type,
	    sts_js_text(found, "rfc"));
	sts_html_close(h);
	sts_html_copy(h, sts_js_text(found, "run"));
	sts_html_close(h);
	sts_html_close(h);
}

void
sts_checkpart_findings(struct sts_html *h, const json_t *answer)
{
	const json_t *findings = json_object_get(answer, "findings");
	enum sts_severity worst;
	json_t *found;
	size_t i;

	if (!sts_findings_worst(answer, NULL, &worst))
		return;
	sts_html_card_begin(h, NULL,
	    worst == STS_SEVERITY_NOTE ? "Good to know" : "What to do");
	for (size_t u = 0; u < N_URGENCIES; u++)
		json_array_foreach(
		    findings, i, found) if (sts_js_is(found, "severity",
						urgencies[u].severity))
		    put_finding(h, found, u);
	sts_html_close(h);
}

/* Of the area's first finding, its first line, or that all is well. */
static void
put_area_text(struct sts_html *h, const json_t *answer,
    const struct sts_checkarea *area, enum sts_tone tone)
{
	struct sts_slice rest, line = sts_slice_str(area->good);
	char text[TEXT_SIZE];
	json_t *found;
	size_t i;

	if (tone == STS_TONE_PLAIN)
		line = STS_LIT("There is nothing of it to look at.");
	json_array_foreach(json_object_get(answer, "findings"), i,
	    found) if (sts_js_is(found, "area", area->area))
	{
		rest = sts_slice_str(sts_js_text(found, "message"));
		(void)sts_slice_cut(&rest, '\n', &line);
		break;
	}
	(void)snprintf(text, sizeof(text), "%.*s", (int)line.n, line.p);
	sts_html_element(h, "span", "soft", text);
}

static void
put_reports(struct sts_html *h, const json_t *answer)
{
	const json_t *rua =
	    json_object_get(json_object_get(answer, "tlsrpt"), "rua");
	json_t *place;
	size_t i;

	json_array_foreach(rua, i, place)
	    sts_html_element(h, "div", "soft small", json_string_value(place));
}

/* What the policy says, in the words of its text. */
static void
put_policy(struct sts_html *h, const json_t *policy)
{
	char text[STS_DURATION_TEXT];
	json_t *pattern;
	size_t i;

	if (sts_js_text(policy, "mode")[0] == '\0')
		return;
	sts_html_open(h, "details", NULL);
	sts_html_element(h, "summary", NULL, "The policy itself");
	sts_html_open(h, "dl", "pairs");
	sts_html_element(h, "dt", NULL, "mode");
	sts_html_element(h, "dd", NULL, sts_js_text(policy, "mode"));
	json_array_foreach(json_object_get(policy, "mx"), i, pattern)
	{
		sts_html_element(h, "dt", NULL, "mx");
		sts_html_element(h, "dd", NULL, json_string_value(pattern));
	}
	sts_html_element(h, "dt", NULL, "max_age");
	sts_html_element(h, "dd", NULL,
	    sts_duration_text(sts_js_int(policy, "max_age"), text));
	sts_html_element(h, "dt", NULL, "id");
	sts_html_element(h, "dd", NULL, sts_js_text(policy, "id"));
	sts_html_close(h);
	sts_html_close(h);
}

void
sts_checkpart_areas(struct sts_html *h, const json_t *answer)
{
	static const char *const badges[] = {
		[STS_TONE_PLAIN] = "not there",
		[STS_TONE_GOOD] = "in order",
		[STS_TONE_WARN] = "attention",
		[STS_TONE_BAD] = "broken",
		[STS_TONE_INFO] = "note",
	};

	sts_html_card_begin(h, NULL, "What was looked at");
	sts_html_open(h, "ul", "steps");
	for (size_t i = 0; i < sts_checkareas_n; i++) {
		const struct sts_checkarea *area = &sts_checkareas[i];
		enum sts_tone tone = sts_checkarea_tone(answer, area);

		/* Few have DANE, and nobody misses it here. */
		if (tone == STS_TONE_PLAIN && strcmp(area->area, "dane") == 0)
			continue;
		sts_html_open(h, "li", NULL);
		sts_html_badge(h, tone, badges[tone]);
		sts_html_open(h, "div", NULL);
		sts_html_element(h, "h3", NULL, area->title);
		put_area_text(h, answer, area, tone);
		if (strcmp(area->area, "tlsrpt") == 0)
			put_reports(h, answer);
		sts_html_close(h);
		sts_html_close(h);
	}
	sts_html_close(h);
	put_policy(h, json_object_get(answer, "policy"));
	sts_html_close(h);
}

static void
put_certificate_cell(struct sts_html_table *table, const json_t *mx)
{
	int64_t days = sts_js_int(mx, "days_left");
	char text[64];

	if (!json_is_integer(json_object_get(mx, "days_left"))) {
		sts_html_cell(table, "");
		return;
	}
	(void)snprintf(text, sizeof(text), "%" PRId64 " more day%s", days,
	    days == 1 ? "" : "s");
	if (days >= SOON_DAYS)
		sts_html_cell(table, text);
	else
		sts_html_cell_badge(table,
		    days < 0 ? STS_TONE_BAD : STS_TONE_WARN,
		    days < 0 ? "expired" : text);
}

static void
put_result_cell(struct sts_html_table *table, const json_t *mx)
{
	const char *reason = sts_js_text(mx, "reason");

	sts_html_cell_begin(table, NULL);
	if (sts_js_is(mx, "result", "pass"))
		sts_html_badge(table->h, STS_TONE_GOOD, "secure");
	else if (sts_js_is(mx, "result", "fail"))
		sts_html_badge(table->h, STS_TONE_BAD, "not secure");
	else if (sts_js_is(mx, "result", "temperror"))
		sts_html_badge(table->h, STS_TONE_WARN, "could not tell");
	else
		sts_html_badge(table->h, STS_TONE_PLAIN, "not looked at");
	if (reason[0] != '\0')
		sts_html_element(table->h, "div", "soft small", reason);
	sts_html_cell_end(table);
}

static void
put_host(struct sts_html_table *table, const json_t *mx)
{
	const json_t *match = json_object_get(mx, "match");

	sts_html_row_begin(table);
	sts_html_cell_begin(table, NULL);
	sts_html_text(table->h, sts_js_text(mx, "host"));
	sts_html_element(
	    table->h, "div", "soft small", sts_js_text(mx, "address"));
	sts_html_cell_end(table);
	sts_html_cell(table, !json_is_boolean(match) ? ""
			     : json_is_true(match)   ? "yes"
						     : "no");
	sts_html_cell(table, sts_js_text(mx, "tls"));
	put_certificate_cell(table, mx);
	put_result_cell(table, mx);
	sts_html_row_end(table);
}

void
sts_checkpart_hosts(struct sts_html *h, const json_t *answer)
{
	static const char *const titles[] = { "Mail server", "In the policy",
		"Encryption", "Certificate", "Result" };
	const json_t *hosts = json_object_get(answer, "mx");
	struct sts_html_table table;
	json_t *mx;
	size_t i;

	if (json_array_size(hosts) == 0)
		return;
	sts_html_card_begin(h, NULL, "Mail servers");
	sts_html_table_begin(
	    &table, h, titles, sizeof(titles) / sizeof(titles[0]));
	json_array_foreach(hosts, i, mx) put_host(&table, mx);
	sts_html_table_end(&table);
	sts_html_close(h);
}
