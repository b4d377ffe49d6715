/* The outcome of a dry run as text for people: the answer first. */
#include "sts/prog/dryrunparts.h"
#include "sts/prog/js.h"

#include <inttypes.h>

enum { DAY = 86400, LINE_SIZE = 512 };

static int64_t
days_of(const json_t *o)
{
	return (sts_js_time(o, "until") - sts_js_time(o, "since")) / DAY;
}

static size_t
count_held(const json_t *rows)
{
	size_t n = 0;

	/* Those with the most stand first. */
	while (n < json_array_size(rows) &&
	       sts_js_int(json_array_get(rows, n), "held") > 0)
		n++;
	return n;
}

/* Domains among the first n rows, of which one may stand there twice. */
static size_t
count_domains(const json_t *rows, size_t n)
{
	json_t *seen = json_object();
	size_t domains;

	for (size_t i = 0; i < n; i++)
		(void)json_object_set_new(seen,
		    sts_js_text(json_array_get(rows, i), "domain"),
		    json_true());
	domains = json_object_size(seen);
	json_decref(seen);
	return domains;
}

static void
say_no(struct sts_ui *ui, const json_t *o)
{
	const json_t *rows = json_object_get(o, "domains");
	int64_t held = sts_js_int(o, "held");
	int64_t messages = sts_js_int(o, "messages");
	size_t domains = count_domains(rows, count_held(rows));
	char line[LINE_SIZE];

	sts_ui_put(ui, STS_STYLE_BAD, "Not yet");
	(void)snprintf(line, sizeof(line),
	    ": of %" PRId64 " message%s in the last %" PRId64 " day%s, %" PRId64
	    " (%.2f %%) to %zu%s domain%s would have been held.",
	    messages, messages == 1 ? "" : "s", days_of(o),
	    days_of(o) == 1 ? "" : "s", held,
	    100.0 * (double)held / (double)(messages == 0 ? 1 : messages),
	    domains, sts_js_int(o, "unnamed") > 0 ? " or more" : "",
	    domains == 1 ? "" : "s");
	sts_ui_put(ui, STS_STYLE_PLAIN, line);
	sts_ui_newline(ui);
}

static void
say_yes(struct sts_ui *ui, const json_t *o)
{
	sts_ui_put(ui, STS_STYLE_GOOD, "Yes");
	sts_ui_printf(ui,
	    ": of %" PRId64 " message%s in the last %" PRId64
	    " day%s, none would have been held.",
	    sts_js_int(o, "messages"),
	    sts_js_int(o, "messages") == 1 ? "" : "s", days_of(o),
	    days_of(o) == 1 ? "" : "s");
	sts_ui_newline(ui);
}

static void
say_off(struct sts_ui *ui)
{
	sts_ui_put(ui, STS_STYLE_WARN, "Nothing is ever held");
	sts_ui_put(ui, STS_STYLE_PLAIN, " with these words. Ask for others:");
	sts_ui_newline(ui);
	sts_ui_wrap(ui, "",
	    "    mta-sts report dry-run --on-fail defer --on-unreachable "
	    "defer");
}

static void
say_answer(struct sts_ui *ui, const json_t *o)
{
	if (sts_js_is(o, "answer", "no")) {
		say_no(ui, o);
	} else if (sts_js_is(o, "answer", "yes")) {
		say_yes(ui, o);
	} else if (sts_js_is(o, "answer", "off")) {
		say_off(ui);
	} else {
		sts_ui_put(ui, STS_STYLE_WARN, "That cannot be told");
		sts_ui_printf(ui,
		    ": no decision of the last %" PRId64 " days was found.",
		    days_of(o));
		sts_ui_newline(ui);
	}
}

static void
say_settings(struct sts_ui *ui, const json_t *o)
{
	const json_t *s = json_object_get(o, "settings");
	int64_t exceptions = sts_js_int(s, "exceptions");
	char text[LINE_SIZE];

	(void)snprintf(text, sizeof(text),
	    "Asked with on_fail = %s, on_unreachable = %s, on_temperror = %s, "
	    "decide_at = %s, and the %" PRId64 " exception%s of %s.",
	    sts_js_text(s, "on_fail"), sts_js_text(s, "on_unreachable"),
	    sts_js_text(s, "on_temperror"), sts_js_text(s, "decide_at"),
	    exceptions, exceptions == 1 ? "" : "s",
	    sts_js_is(s, "configuration", "")
		? "the defaults"
		: sts_js_text(s, "configuration"));
	sts_ui_wrap(ui, "", text);
}

/* How far back the lines go, if that is not as far as was asked. */
static void
say_coverage(struct sts_ui *ui, const json_t *o)
{
	int64_t first = sts_js_time(o, "first");
	char text[LINE_SIZE];

	(void)snprintf(text, sizeof(text),
	    "The first decision is of %s: not all of these days are covered.",
	    sts_js_text(o, "first"));
	if (first != 0 && sts_js_int(o, "older") == 0 &&
	    sts_js_int(o, "skipped_files") == 0 &&
	    first - sts_js_time(o, "since") >= DAY)
		sts_ui_wrap(ui, "", text);
}

static void
say_how(struct sts_ui *ui, const json_t *o)
{
	int64_t along = sts_js_int(o, "held_along");
	char cell[STS_DRYRUN_CELL], text[LINE_SIZE];

	if (sts_js_int(o, "held") == 0)
		return;
	sts_dryrun_actions(json_object_get(o, "held_as"), cell);
	(void)snprintf(
	    text, sizeof(text), "They would have been held so: %s.", cell);
	sts_ui_wrap(ui, "", text);
	if (along > 0) {
		(void)snprintf(text, sizeof(text),
		    "%" PRId64 " of them also had recipients elsewhere, who "
		    "would have waited with the others.",
		    along);
		sts_ui_wrap(ui, "", text);
	}
}

/* --- what to do --- */

/* Whether an earlier row has the same reason. */
static bool
is_told(const json_t *rows, size_t i)
{
	const char *reason = sts_js_text(json_array_get(rows, i), "reason");

	for (size_t j = 0; j < i; j++)
		if (sts_js_is(json_array_get(rows, j), "reason", reason))
			return true;
	return false;
}

static void
show_advice(struct sts_ui *ui, const json_t *rows, size_t held)
{
	for (size_t i = 0; i < held && i < STS_DRYRUN_SHOWN; i++) {
		const json_t *row = json_array_get(rows, i);
		const json_t *advice = json_object_get(row, "advice");

		if (is_told(rows, i))
			continue;
		sts_ui_newline(ui);
		sts_ui_put(ui, STS_STYLE_BOLD, sts_js_text(row, "reason"));
		sts_ui_put(ui, STS_STYLE_PLAIN, ", e.g. ");
		sts_ui_put(ui, STS_STYLE_PLAIN, sts_js_text(row, "domain"));
		sts_ui_newline(ui);
		for (size_t j = 0; j < json_array_size(advice); j++)
			sts_ui_wrap(ui, "  * ",
			    json_string_value(json_array_get(advice, j)));
	}
}

static void
show_exceptions(struct sts_ui *ui, const json_t *o)
{
	struct sts_slice rest = sts_slice_str(sts_js_text(o, "exceptions"));
	struct sts_slice line;
	char text[LINE_SIZE];

	if (rest.n == 0)
		return;
	sts_ui_newline(ui);
	sts_ui_wrap(ui, "",
	    "To switch it on before these are mended, let them through with an "
	    "end, in mta-sts-milter.conf:");
	sts_ui_newline(ui);
	while (rest.n > 0) {
		(void)sts_slice_cut(&rest, '\n', &line);
		(void)snprintf(
		    text, sizeof(text), "    %.*s", (int)line.n, line.p);
		sts_ui_put(ui, STS_STYLE_PLAIN, text);
		sts_ui_newline(ui);
	}
}

/* --- the rest --- */

static void
show_passed_over(struct sts_ui *ui, const json_t *rows, size_t held)
{
	size_t n = json_array_size(rows);

	if (n == held)
		return;
	sts_ui_newline(ui);
	sts_ui_wrap(ui, "",
	    "Let through all the same (the policy is in mode testing, an "
	    "exception, or a word that holds nothing):");
	sts_dryrun_table(ui, rows, held, n);
}

static void
show_changes(struct sts_ui *ui, const json_t *o)
{
	const json_t *changes = json_object_get(o, "changes");

	if (json_array_size(changes) == 0)
		return;
	sts_ui_newline(ui);
	sts_ui_printf(ui, "Decisions: what was done, and what would be");
	sts_ui_newline(ui);
	for (size_t i = 0; i < json_array_size(changes); i++) {
		const json_t *c = json_array_get(changes, i);
		const char *was = sts_js_text(c, "was");
		bool same = sts_js_is(c, "would", was);

		sts_ui_printf(ui, "  %10" PRId64 "  %s%s%s",
		    sts_js_int(c, "decisions"), was,
		    same ? ", unchanged" : " -> ",
		    same ? "" : sts_js_text(c, "would"));
		sts_ui_newline(ui);
	}
}

static void
show_faults(struct sts_ui *ui, const json_t *array)
{
	for (size_t i = 0; i < json_array_size(array); i++) {
		const json_t *fault = json_array_get(array, i);
		int64_t line = sts_js_int(fault, "line");

		sts_ui_put(ui, STS_STYLE_PLAIN, "  ");
		sts_ui_put(ui, STS_STYLE_PLAIN, sts_js_text(fault, "file"));
		if (line > 0)
			sts_ui_printf(ui, ":%" PRId64, line);
		sts_ui_put(ui, STS_STYLE_PLAIN, ": ");
		sts_ui_put(ui, STS_STYLE_WARN, sts_js_text(fault, "message"));
		sts_ui_newline(ui);
	}
}

static void
show_input(struct sts_ui *ui, const json_t *o)
{
	int64_t packed = sts_js_int(o, "packed_files");

	if (sts_js_int(o, "broken_lines") > 0) {
		sts_ui_newline(ui);
		sts_ui_printf(ui,
		    "Of %" PRId64 " lines, %" PRId64
		    " could not be read, such as",
		    sts_js_int(o, "lines"), sts_js_int(o, "broken_lines"));
		sts_ui_newline(ui);
		show_faults(ui, json_object_get(o, "broken"));
	}
	if (json_array_size(json_object_get(o, "unread")) > 0) {
		sts_ui_newline(ui);
		sts_ui_printf(ui, "Not read, or not to the end:");
		sts_ui_newline(ui);
		show_faults(ui, json_object_get(o, "unread"));
	}
	if (packed > 0) {
		sts_ui_newline(ui);
		sts_ui_printf(ui,
		    "%" PRId64 " rotated file%s left out: unpack, and pipe to "
		    "mta-sts report dry-run -",
		    packed, packed == 1 ? " is" : "s are");
		sts_ui_newline(ui);
	}
}

void
sts_dryrun_show(struct sts_ui *ui, const json_t *o)
{
	const json_t *rows = json_object_get(o, "domains");
	size_t held = count_held(rows);

	say_answer(ui, o);
	say_how(ui, o);
	say_settings(ui, o);
	say_coverage(ui, o);
	if (held > 0) {
		sts_ui_newline(ui);
		sts_dryrun_table(ui, rows, 0, held);
	}
	show_advice(ui, rows, held);
	show_exceptions(ui, o);
	show_passed_over(ui, rows, held);
	show_changes(ui, o);
	show_input(ui, o);
}
