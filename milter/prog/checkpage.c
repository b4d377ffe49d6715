#include "sts/prog/checkpage.h"

#include "sts/prog/checktable.h"
#include "sts/prog/findings.h"
#include "sts/prog/js.h"
#include "sts/prog/ui.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { TEXT_SIZE = 512, SOON_DAYS = 14, ID_SIZE = 40 };

/* "22 November 2026, 12:00 UTC", in no locale's way. */
static void
put_time(char *text, size_t size, int64_t now)
{
	static const char *const months[] = { "January", "February", "March",
		"April", "May", "June", "July", "August", "September",
		"October", "November", "December" };
	time_t t = (time_t)now;
	struct tm tm;

	text[0] = '\0';
	if (gmtime_r(&t, &tm) != NULL)
		(void)snprintf(text, size, "%d %s %d, %02d:%02d UTC",
		    tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
		    tm.tm_hour, tm.tm_min);
}

static void
put_light(struct sts_html *h, const json_t *answer)
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

static void
put_tiles(struct sts_html *h, const json_t *answer)
{
	const char *mode =
	    sts_js_text(json_object_get(answer, "policy"), "mode");
	const json_t *tlsrpt = json_object_get(answer, "tlsrpt");
	bool reports = sts_js_is(tlsrpt, "status", "found");
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
	if (tlsrpt != NULL)
		sts_html_tile(h, reports ? STS_TONE_GOOD : STS_TONE_PLAIN,
		    reports ? "yes" : "no", "reports asked for");
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
	char *text = strdup(sts_js_text(found, key));

	if (text == NULL || text[0] == '\0') {
		free(text);
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

static void
put_findings(struct sts_html *h, const json_t *answer)
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

static void
put_areas(struct sts_html *h, const json_t *answer)
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

static void
put_hosts(struct sts_html *h, const json_t *answer)
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

static void
put_words(struct sts_html *h)
{
	static const struct {
		const char *word, *means;
	} words[] = {
		{ "MTA-STS", "A domain's public promise that its mail servers "
			     "take mail encrypted, and which servers those "
			     "are. Senders that read it are not fooled by "
			     "somebody who sits on the way." },
		{ "Policy", "The text of that promise, on a web server of the "
			    "domain. In mode testing faults are only "
			    "reported; in mode enforce mail waits rather than "
			    "travel unprotected." },
		{ "Mail server (MX)", "A machine that takes mail for the "
				      "domain. The DNS says which." },
		{ "Certificate", "What a server proves its name with. It is "
				 "issued for some months, and has to be "
				 "renewed in time." },
		{ "TLS reports", "What other mail providers send, once a day, "
				 "about how mail to the domain got through." },
		{ "DANE", "Another way to the same end, by signed DNS." },
	};

	sts_html_card_begin(h, NULL, NULL);
	sts_html_open(h, "details", "first");
	sts_html_element(h, "summary", NULL, "What the words mean");
	sts_html_open(h, "dl", NULL);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		sts_html_element(h, "dt", NULL, words[i].word);
		sts_html_element(h, "dd", "soft", words[i].means);
	}
	sts_html_close(h);
	sts_html_close(h);
	sts_html_close(h);
}

static void
put_one(struct sts_html *h, const json_t *answer)
{
	put_light(h, answer);
	put_tiles(h, answer);
	put_findings(h, answer);
	put_areas(h, answer);
	put_hosts(h, answer);
}

/* How many answers are of each tone. */
static void
count_tones(const json_t *answers, uint64_t counts[STS_TONE_INFO + 1])
{
	json_t *answer;
	size_t i;

	json_array_foreach(answers, i, answer)
	    counts[sts_checkwords_of(answer)->tone]++;
}

static void
put_overview(struct sts_html *h, const json_t *answers)
{
	uint64_t counts[STS_TONE_INFO + 1] = { 0 };
	static const struct {
		enum sts_tone tone;
		const char *text;
	} tiles[] = {
		{ STS_TONE_GOOD, "protected" },
		{ STS_TONE_WARN, "need attention" },
		{ STS_TONE_BAD, "broken" },
		{ STS_TONE_INFO, "take no mail" },
	};
	enum { N = sizeof(tiles) / sizeof(tiles[0]) };
	struct sts_html_part parts[N];
	char figure[32];

	count_tones(answers, counts);
	sts_html_tiles_begin(h);
	for (size_t i = 0; i < N; i++) {
		uint64_t n = counts[tiles[i].tone];

		parts[i] = (struct sts_html_part){ tiles[i].tone, n };
		(void)snprintf(figure, sizeof(figure), "%" PRIu64, n);
		sts_html_tile(h, n == 0 ? STS_TONE_PLAIN : tiles[i].tone,
		    figure, tiles[i].text);
	}
	sts_html_tiles_end(h);
	sts_html_bar(h, "how many are protected", parts, N);
}

static bool
needs_section(const json_t *answer)
{
	enum sts_severity worst;

	return sts_findings_worst(answer, NULL, &worst) &&
	       worst != STS_SEVERITY_NOTE;
}

/* A link to the domain's section, where there is one. */
static void
put_domain_cell(struct sts_html_table *table, const json_t *answer, size_t i)
{
	const char *domain = sts_js_text(answer, "domain");
	char href[ID_SIZE];

	sts_html_cell_begin(table, NULL);
	if (needs_section(answer)) {
		(void)snprintf(href, sizeof(href), "#domain-%zu", i + 1);
		sts_html_open(table->h, "a", NULL);
		sts_html_attr(table->h, "href", href);
		sts_html_text(table->h, domain);
		sts_html_close(table->h);
	} else {
		sts_html_text(table->h, domain);
	}
	sts_html_cell_end(table);
}

static void
put_domain_row(struct sts_html_table *table, const json_t *answer, size_t i)
{
	const struct sts_checkwords *words = sts_checkwords_of(answer);
	const json_t *policy = json_object_get(answer, "policy");
	const json_t *tlsrpt = json_object_get(answer, "tlsrpt");
	struct sts_checksums sums;
	char text[64] = "";

	sts_checksums_of(answer, &sums);
	if (sums.hosts > 0)
		(void)snprintf(
		    text, sizeof(text), "%zu of %zu", sums.good, sums.hosts);
	sts_html_row_begin(table);
	put_domain_cell(table, answer, i);
	sts_html_cell_badge(table, words->tone, words->badge);
	sts_html_cell(table, sts_js_text(policy, "mode"));
	sts_html_cell(table, text);
	sts_html_cell(
	    table, sts_js_is(tlsrpt, "status", "found") ? "yes" : "no");
	sts_html_row_end(table);
}

static void
put_domains(struct sts_html *h, const json_t *answers)
{
	static const char *const titles[] = { "Domain", "Is", "Policy",
		"Mail servers secure", "Reports" };
	struct sts_html_table table;
	json_t *answer;
	size_t i;

	sts_html_card_begin(h, NULL, "All domains");
	sts_html_table_begin(
	    &table, h, titles, sizeof(titles) / sizeof(titles[0]));
	json_array_foreach(answers, i, answer)
	    put_domain_row(&table, answer, i);
	sts_html_table_end(&table);
	sts_html_close(h);
}

static void
put_sections(struct sts_html *h, const json_t *answers)
{
	json_t *answer;
	size_t i;

	json_array_foreach(answers, i, answer)
	{
		char id[ID_SIZE];

		if (!needs_section(answer))
			continue;
		(void)snprintf(id, sizeof(id), "domain-%zu", i + 1);
		sts_html_open(h, "section", "domain");
		sts_html_attr(h, "id", id);
		put_light(h, answer);
		put_findings(h, answer);
		put_hosts(h, answer);
		sts_html_close(h);
	}
}

void
sts_checkpage_put(
    struct sts_html *h, const json_t *answers, bool many, int64_t now)
{
	const json_t *first = json_array_get(answers, 0);
	char title[TEXT_SIZE], when[64], subtitle[TEXT_SIZE];

	put_time(when, sizeof(when), now);
	if (many)
		(void)snprintf(title, sizeof(title),
		    "Mail security of %zu domains", json_array_size(answers));
	else
		(void)snprintf(title, sizeof(title), "Mail security of %s",
		    sts_js_text(first, "domain"));
	(void)snprintf(subtitle, sizeof(subtitle),
	    "Checked on %s: does mail travel encrypted, and to the right "
	    "servers?",
	    when);
	sts_html_page_begin(h, title, subtitle);
	if (many) {
		put_overview(h, answers);
		put_domains(h, answers);
		put_sections(h, answers);
	} else {
		put_one(h, first);
	}
	put_words(h);
	sts_html_page_end(h, now);
}

enum sts_err
sts_checkpage_write(
    const json_t *answers, bool many, int64_t now, const char *path)
{
	struct sts_html h;
	enum sts_err err;

	sts_html_init(&h);
	sts_checkpage_put(&h, answers, many, now);
	err = sts_html_save(&h, path);
	sts_html_deinit(&h);
	return err;
}
