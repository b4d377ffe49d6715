/* Held mail as text for people. */
#include "sts/base/clock.h"
#include "sts/prog/held.h"
#include "sts/prog/js.h"
#include "sts/prog/show.h"

#include <inttypes.h>

enum { ID, AGE, DOMAIN, THEN, NOW, N_CELLS };
enum { ROWS_SHOWN = 500, CELL_SIZE = 320, DOMAINS_SHOWN = 20 };

struct row {
	const char *cells[N_CELLS];
	enum sts_style styles[N_CELLS];
	char age[STS_DURATION_TEXT], now[CELL_SIZE];
};

static const char *
fate_of(const json_t *m)
{
	if (sts_js_true(m, "released"))
		return ", released";
	if (json_object_get(m, "released") != NULL)
		return ", not released";
	return sts_js_true(m, "passes") ? ", may go" : "";
}

/* The i-th domain of a message: all else stands on the line of the first. */
static void
fill_row(struct row *row, const json_t *m, size_t i, int64_t now)
{
	const json_t *check = json_array_get(json_object_get(m, "checks"), i);
	const char *result = sts_js_text(check, "result");
	const char *reason = sts_js_text(check, "reason");
	int64_t queued = sts_js_time(m, "queued");

	*row = (struct row){ .cells = { " ", " ", NULL, " ", NULL } };
	if (i == 0) {
		row->cells[ID] = sts_js_text(m, "queue_id");
		row->cells[AGE] =
		    queued == 0 ? "-"
				: sts_duration_text(now - queued, row->age);
		row->cells[THEN] = sts_js_text(m, "reason");
	}
	row->cells[DOMAIN] =
	    json_string_value(json_array_get(json_object_get(m, "domains"), i));
	row->cells[NOW] = row->now;
	row->styles[NOW] = sts_show_style(result);
	(void)snprintf(row->now, sizeof(row->now), "%s%s%s%s",
	    result[0] == '\0' ? "not checked" : result,
	    reason[0] == '\0' ? "" : ": ", reason, i == 0 ? fate_of(m) : "");
}

static size_t
rows_of(const json_t *m)
{
	size_t n = json_array_size(json_object_get(m, "domains"));

	return n == 0 ? 1 : n > DOMAINS_SHOWN ? DOMAINS_SHOWN : n;
}

static void
show_why(struct sts_ui *ui, const json_t *m)
{
	const char *failure = sts_js_text(m, "failure");
	const char *why = failure[0] != '\0' ? failure : sts_js_text(m, "why");

	if (why[0] == '\0')
		return;
	sts_ui_put(ui, STS_STYLE_PLAIN, "      ");
	sts_ui_put(ui, STS_STYLE_DIM, why);
	sts_ui_newline(ui);
}

static void
show_table(struct sts_ui *ui, const json_t *messages, int64_t now)
{
	static const char *const titles[N_CELLS] = { "QUEUE ID", "AGE",
		"DOMAIN", "HELD FOR", "NOW" };
	struct sts_columns columns = { .n = N_CELLS };
	size_t n = json_array_size(messages);
	struct row row;

	n = n > ROWS_SHOWN ? ROWS_SHOWN : n;
	sts_columns_fit(&columns, titles);
	for (size_t i = 0; i < n; i++) {
		const json_t *m = json_array_get(messages, i);

		for (size_t j = 0; j < rows_of(m); j++) {
			fill_row(&row, m, j, now);
			sts_columns_fit(&columns, row.cells);
		}
	}
	sts_columns_print(ui, &columns, titles, NULL);
	for (size_t i = 0; i < n; i++) {
		const json_t *m = json_array_get(messages, i);

		for (size_t j = 0; j < rows_of(m); j++) {
			fill_row(&row, m, j, now);
			sts_columns_print(ui, &columns, row.cells, row.styles);
		}
		show_why(ui, m);
	}
	if (n < json_array_size(messages)) {
		sts_ui_printf(ui, "  ... and %zu more: --json has them all",
		    json_array_size(messages) - n);
		sts_ui_newline(ui);
	}
}

static size_t
count(const json_t *messages, const char *key)
{
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(messages); i++)
		n += sts_js_true(json_array_get(messages, i), key);
	return n;
}

static void
say_counts(struct sts_ui *ui, const json_t *o)
{
	const json_t *messages = json_object_get(o, "messages");
	bool now = sts_js_true(o, "now");
	size_t n = json_array_size(messages);
	size_t go = count(messages, now ? "released" : "passes");
	int64_t others = sts_js_int(o, "others");
	int64_t left_out = sts_js_int(o, "left_out");

	sts_ui_printf(
	    ui, "%zu message%s held by mta-sts-milter", n, n == 1 ? "" : "s");
	if (n > 0)
		sts_ui_printf(ui, now ? ", %zu released" : ", %zu may go", go);
	if (left_out > 0)
		sts_ui_printf(
		    ui, "; %" PRId64 " more, to other domains", left_out);
	if (others > 0)
		sts_ui_printf(ui,
		    "; %" PRId64 " held by others, which are left alone",
		    others);
	sts_ui_newline(ui);
	if (!now && go > 0)
		sts_ui_wrap(ui, "",
		    "mta-sts release --now lets go what may; the server "
		    "delivers it with its next look at the queue.");
}

void
sts_held_show(struct sts_ui *ui, const json_t *o)
{
	const json_t *messages = json_object_get(o, "messages");
	int64_t more = sts_js_int(o, "more");

	if (json_array_size(messages) > 0) {
		show_table(ui, messages, sts_wall_s(&sts_clock_system));
		sts_ui_newline(ui);
	}
	say_counts(ui, o);
	if (more > 0) {
		sts_ui_printf(ui,
		    "%" PRId64 " held messages more were not looked at: run it "
		    "again when these are gone",
		    more);
		sts_ui_newline(ui);
	}
}
