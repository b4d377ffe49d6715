/* The tables and bars of sts/prog/html.h. */
#include "sts/prog/html.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

enum { BAR_WIDTH = 1000, BAR_HEIGHT = 16 }; /* units of the drawing */

void
sts_html_table_begin(struct sts_html_table *table, struct sts_html *h,
    const char *const *titles, size_t n)
{
	*table = (struct sts_html_table){ .h = h, .titles = titles, .n = n };
	sts_html_open(h, "table", NULL);
	sts_html_open(h, "thead", NULL);
	sts_html_open(h, "tr", NULL);
	for (size_t i = 0; i < n; i++) {
		sts_html_open(h, "th", NULL);
		sts_html_attr(h, "scope", "col");
		sts_html_text(h, titles[i]);
		sts_html_close(h);
	}
	sts_html_close(h);
	sts_html_close(h);
	sts_html_open(h, "tbody", NULL);
}

void
sts_html_row_begin(struct sts_html_table *table)
{
	table->at = 0;
	sts_html_open(table->h, "tr", NULL);
}

void
sts_html_cell_begin(struct sts_html_table *table, const char *class)
{
	assert(table->at < table->n);
	sts_html_open(table->h, "td", class);
	sts_html_attr(table->h, "data-title", table->titles[table->at++]);
	sts_html_open(table->h, "span", NULL);
}

void
sts_html_cell_end(struct sts_html_table *table)
{
	sts_html_close(table->h);
	sts_html_close(table->h);
}

void
sts_html_cell(struct sts_html_table *table, const char *text)
{
	sts_html_cell_begin(table, NULL);
	sts_html_text(table->h, text == NULL || text[0] == '\0' ? "-" : text);
	sts_html_cell_end(table);
}

void
sts_html_cell_int(struct sts_html_table *table, int64_t value)
{
	sts_html_cell_begin(table, "number");
	sts_html_printf(table->h, "%" PRId64, value);
	sts_html_cell_end(table);
}

void
sts_html_cell_badge(
    struct sts_html_table *table, enum sts_tone tone, const char *text)
{
	sts_html_cell_begin(table, NULL);
	sts_html_badge(table->h, tone, text);
	sts_html_cell_end(table);
}

void
sts_html_row_end(struct sts_html_table *table)
{
	assert(table->at == table->n);
	sts_html_close(table->h);
}

void
sts_html_table_end(struct sts_html_table *table)
{
	sts_html_close(table->h);
	sts_html_close(table->h);
}

static uint64_t
sum_of(const struct sts_html_part *parts, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		if (__builtin_add_overflow(sum, parts[i].count, &sum))
			return UINT64_MAX;
	return sum;
}

/* Units of the drawing that a count is wide; what is there can be seen. */
static int64_t
width_of(uint64_t count, uint64_t sum)
{
	int64_t width =
	    (int64_t)((double)count / (double)sum * (double)BAR_WIDTH);

	return width > 4 ? width : 4;
}

void
sts_html_bar(struct sts_html *h, const char *label,
    const struct sts_html_part *parts, size_t n)
{
	uint64_t sum = sum_of(parts, n);
	int64_t at = 0;

	sts_html_open(h, "svg", "bar");
	sts_html_attr(h, "role", "img");
	sts_html_attr(h, "aria-label", label);
	sts_html_attr(h, "viewBox", "0 0 1000 16");
	sts_html_attr(h, "preserveAspectRatio", "none");
	for (size_t i = 0; i < n; i++) {
		if (parts[i].count == 0)
			continue;
		sts_html_open(h, "rect", sts_tone_class(parts[i].tone));
		sts_html_attr_int(h, "x", at);
		sts_html_attr_int(h, "height", BAR_HEIGHT);
		sts_html_attr_int(h, "width", width_of(parts[i].count, sum));
		sts_html_close(h);
		at += width_of(parts[i].count, sum);
	}
	sts_html_close(h);
}
