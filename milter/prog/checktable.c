#include "sts/prog/checktable.h"

#include "sts/core/domain.h"
#include "sts/prog/js.h"
#include "sts/prog/show.h"

#include <inttypes.h>
#include <stdlib.h>

enum { DOMAIN, RESULT, MODE, HOSTS, DAYS, REPORTS, FAULTS, REASON, N_CELLS };

enum { CELL_SIZE = 48, SOON_DAYS = 14 };

struct sts_checkrow {
	char domain[STS_DOMAIN_SIZE];
	char cells[N_CELLS][CELL_SIZE]; /* that of DOMAIN is not used */
	struct sts_checksums sums;
};

void
sts_checktable_init(struct sts_checktable *table)
{
	*table = (struct sts_checktable){ .n = 0 };
}

void
sts_checktable_deinit(struct sts_checktable *table)
{
	free(table->rows);
}

static void
sum_hosts(const json_t *answer, struct sts_checksums *sums)
{
	size_t i;
	json_t *mx;

	json_array_foreach(json_object_get(answer, "mx"), i, mx)
	{
		int64_t days = sts_js_int(mx, "days_left");

		sums->hosts++;
		sums->good += sts_js_is(mx, "result", "pass");
		if (!json_is_integer(json_object_get(mx, "days_left")))
			continue;
		if (!sums->has_days || days < sums->days)
			sums->days = days;
		sums->has_days = true;
	}
}

void
sts_checksums_of(const json_t *answer, struct sts_checksums *out)
{
	size_t i;
	json_t *found;

	*out = (struct sts_checksums){ .hosts = 0 };
	sum_hosts(answer, out);
	json_array_foreach(json_object_get(answer, "findings"), i, found)
	{
		out->errors += sts_js_is(found, "severity", "error");
		out->warnings += sts_js_is(found, "severity", "warning");
	}
}

const char *
sts_checkreports(const json_t *answer)
{
	const json_t *tlsrpt = json_object_get(answer, "tlsrpt");

	if (tlsrpt == NULL || sts_js_is(tlsrpt, "status", "unknown"))
		return "";
	return sts_js_is(tlsrpt, "status", "found") ? "yes" : "no";
}

static void
copy(char *cell, const char *text)
{
	(void)snprintf(cell, CELL_SIZE, "%s", text);
}

static void
count(char *cell, size_t n, const char *what)
{
	size_t used = strlen(cell);

	if (n > 0)
		(void)snprintf(cell + used, CELL_SIZE - used, "%s%zu %s%s",
		    used == 0 ? "" : ", ", n, what, n == 1 ? "" : "s");
}

static void
fill(struct sts_checkrow *row, const json_t *answer)
{
	const json_t *policy = json_object_get(answer, "policy");
	struct sts_checksums *sums = &row->sums;

	*row = (struct sts_checkrow){ .domain = "" };
	sts_checksums_of(answer, sums);
	(void)snprintf(row->domain, sizeof(row->domain), "%s",
	    sts_js_text(answer, "domain"));
	copy(row->cells[RESULT], sts_js_text(answer, "result"));
	copy(row->cells[MODE], sts_js_text(policy, "mode"));
	copy(row->cells[REASON], sts_js_text(answer, "reason"));
	copy(row->cells[REPORTS], sts_checkreports(answer));
	if (sums->hosts > 0)
		(void)snprintf(row->cells[HOSTS], CELL_SIZE, "%zu of %zu",
		    sums->good, sums->hosts);
	if (sums->has_days && sums->days < 0)
		copy(row->cells[DAYS], "expired");
	else if (sums->has_days)
		(void)snprintf(
		    row->cells[DAYS], CELL_SIZE, "%" PRId64, sums->days);
	count(row->cells[FAULTS], sums->errors, "error");
	count(row->cells[FAULTS], sums->warnings, "warning");
}

void
sts_checktable_add(struct sts_checktable *table, const json_t *answer)
{
	size_t size = table->size == 0 ? 16 : 2 * table->size;
	struct sts_checkrow *rows;

	if (table->n == table->size) {
		rows = reallocarray(table->rows, size, sizeof(*rows));
		if (rows == NULL) {
			table->failed = true;
			return;
		}
		table->rows = rows;
		table->size = size;
	}
	fill(&table->rows[table->n++], answer);
}

static void
point(const struct sts_checkrow *row, const char *cells[N_CELLS])
{
	for (size_t i = 0; i < N_CELLS; i++)
		cells[i] = row->cells[i];
	cells[DOMAIN] = row->domain;
}

static void
print_row(struct sts_ui *ui, const struct sts_columns *columns,
    const struct sts_checkrow *row)
{
	enum sts_style styles[N_CELLS] = { STS_STYLE_PLAIN };
	const char *cells[N_CELLS];

	point(row, cells);
	styles[RESULT] = sts_show_style(cells[RESULT]);
	if (row->sums.good < row->sums.hosts)
		styles[HOSTS] = STS_STYLE_WARN;
	if (row->sums.has_days && row->sums.days < SOON_DAYS)
		styles[DAYS] =
		    row->sums.days < 0 ? STS_STYLE_BAD : STS_STYLE_WARN;
	if (row->sums.errors > 0)
		styles[FAULTS] = STS_STYLE_BAD;
	sts_columns_print(ui, columns, cells, styles);
}

static void
print_totals(const struct sts_checktable *table, struct sts_ui *ui)
{
	static const char *const results[] = { "pass", "fail", "none",
		"temperror" };

	sts_ui_newline(ui);
	sts_ui_printf(ui, "%zu domain%s:", table->n, table->n == 1 ? "" : "s");
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		size_t n = 0;

		for (size_t j = 0; j < table->n; j++)
			n += strcmp(table->rows[j].cells[RESULT], results[i]) ==
			     0;
		sts_ui_printf(ui, "%s %zu ", i == 0 ? "" : ",", n);
		sts_ui_put(ui, sts_show_style(results[i]), results[i]);
	}
	sts_ui_newline(ui);
	if (table->failed)
		sts_ui_wrap(ui, "", "Memory ran out: not all are listed.");
	sts_ui_wrap(ui, "", "mta-sts check DOMAIN says what to do about one.");
}

void
sts_checktable_print(const struct sts_checktable *table, struct sts_ui *ui)
{
	static const char *const titles[N_CELLS] = { "DOMAIN", "RESULT", "MODE",
		"MX PASS", "DAYS", "REPORTS", "FINDINGS", "REASON" };
	struct sts_columns columns = { .n = N_CELLS };
	enum sts_style bold[N_CELLS];
	const char *cells[N_CELLS];

	sts_columns_fit(&columns, titles);
	for (size_t i = 0; i < N_CELLS; i++)
		bold[i] = STS_STYLE_BOLD;
	for (size_t i = 0; i < table->n; i++) {
		point(&table->rows[i], cells);
		sts_columns_fit(&columns, cells);
	}
	sts_columns_print(ui, &columns, titles, bold);
	for (size_t i = 0; i < table->n; i++)
		print_row(ui, &columns, &table->rows[i]);
	print_totals(table, ui);
}
