/* The table of a dry run: each domain and reason, and what would be done. */
#include "sts/prog/dryrunparts.h"
#include "sts/prog/js.h"

#include <inttypes.h>

void
sts_dryrun_actions(const json_t *counts, char *cell)
{
	const char *action;
	json_t *n;
	size_t used = 0;

	cell[0] = '\0';
	json_object_foreach((json_t *)(uintptr_t)counts, action,
	    n) if (used < STS_DRYRUN_CELL) used += (size_t)snprintf(cell + used,
	    STS_DRYRUN_CELL - used, "%s%" JSON_INTEGER_FORMAT " %s",
	    used == 0 ? "" : ", ", json_integer_value(n), action);
}

enum { DOMAIN, REASON, MESSAGES, DECISIONS, FIRST, LAST, WOULD, WAS, N_CELLS };

struct row {
	const char *cells[N_CELLS];
	enum sts_style styles[N_CELLS];
	char messages[24], decisions[24], first[24], last[24];
	char would[STS_DRYRUN_CELL], was[STS_DRYRUN_CELL];
};

static void
fill_row(struct row *row, const json_t *r)
{
	const char *domain = sts_js_text(r, "domain");

	*row = (struct row){ .cells = { NULL } };
	(void)snprintf(row->messages, sizeof(row->messages), "%" PRId64,
	    sts_js_int(r, "messages"));
	(void)snprintf(row->decisions, sizeof(row->decisions), "%" PRId64,
	    sts_js_int(r, "decisions"));
	/* The day and the minute. */
	(void)snprintf(
	    row->first, sizeof(row->first), "%.16s", sts_js_text(r, "first"));
	(void)snprintf(
	    row->last, sizeof(row->last), "%.16s", sts_js_text(r, "last"));
	sts_dryrun_actions(json_object_get(r, "would"), row->would);
	sts_dryrun_actions(json_object_get(r, "was"), row->was);
	row->cells[DOMAIN] = domain[0] == '\0' ? "(no domain)" : domain;
	row->cells[REASON] = sts_js_text(r, "reason");
	row->cells[MESSAGES] = row->messages;
	row->cells[DECISIONS] = row->decisions;
	row->cells[FIRST] = row->first;
	row->cells[LAST] = row->last;
	row->cells[WOULD] = row->would;
	row->cells[WAS] = row->was;
	row->styles[REASON] = STS_STYLE_BAD;
}

void
sts_dryrun_table(struct sts_ui *ui, const json_t *rows, size_t from, size_t to)
{
	static const char *const titles[N_CELLS] = { "DOMAIN", "REASON",
		"MESSAGES", "DECISIONS", "FIRST", "LAST", "WOULD BE", "WAS" };
	struct sts_columns columns = { .n = N_CELLS };
	size_t end =
	    to - from > STS_DRYRUN_SHOWN ? from + STS_DRYRUN_SHOWN : to;
	struct row row;

	sts_columns_fit(&columns, titles);
	for (size_t i = from; i < end; i++) {
		fill_row(&row, json_array_get(rows, i));
		sts_columns_fit(&columns, row.cells);
	}
	sts_columns_print(ui, &columns, titles, NULL);
	for (size_t i = from; i < end; i++) {
		fill_row(&row, json_array_get(rows, i));
		sts_columns_print(ui, &columns, row.cells, row.styles);
	}
	if (end < to) {
		sts_ui_printf(
		    ui, "  ... and %zu more: --json has them all", to - end);
		sts_ui_newline(ui);
	}
}
