#include "sts/prog/checkpage.h"

#include "sts/prog/checkparts.h"
#include "sts/prog/checktable.h"
#include "sts/prog/findings.h"
#include "sts/prog/js.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

enum { TEXT_SIZE = 512, ID_SIZE = 40 };

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
	sts_checkpart_light(h, answer);
	sts_checkpart_tiles(h, answer);
	sts_checkpart_findings(h, answer);
	sts_checkpart_areas(h, answer);
	sts_checkpart_hosts(h, answer);
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
		{ STS_TONE_GOOD, "in order" },
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
	sts_html_bar(h, "how many are in order", parts, N);
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
	sts_html_cell(table, sts_checkreports(answer));
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
		sts_checkpart_light(h, answer);
		sts_checkpart_findings(h, answer);
		sts_checkpart_hosts(h, answer);
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
