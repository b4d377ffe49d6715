#include "sts/prog/reportchart.h"

#include "sts/base/clock.h"
#include "sts/prog/js.h"
#include "sts/prog/reporttime.h"
#include "sts/prog/reportview.h"

#include <inttypes.h>
#include <stdio.h>

/* Units of the drawings. */
enum { WIDTH = 1000, HEIGHT = 200, LEAST = 3, BAR_HEIGHT = 16, DAY = 86400 };

struct column {
	int64_t success, failure;
};

/* The days in columns. */
struct days {
	struct column columns[STS_REPORTCHART_COLUMNS];
	int64_t first; /* wall s, of the first day */
	int64_t days; /* from the first to the last */
	int64_t width; /* days in a column */
	int64_t n; /* columns */
	int64_t most; /* sessions in one */
};

static int64_t
day_of(const json_t *row)
{
	int64_t wall = 0;

	if (sts_reporttime_parse(
		sts_slice_str(sts_js_text(row, "name")), &wall, NULL) != STS_OK)
		return 0;
	return wall;
}

static void
gather_days(const json_t *rows, struct days *d)
{
	size_t n = json_array_size(rows);

	*d = (struct days){ .first = day_of(json_array_get(rows, 0)) };
	d->days = (day_of(json_array_get(rows, n - 1)) - d->first) / DAY + 1;
	d->width =
	    (d->days + STS_REPORTCHART_COLUMNS - 1) / STS_REPORTCHART_COLUMNS;
	d->n = (d->days + d->width - 1) / d->width;
	for (size_t i = 0; i < n; i++) {
		const json_t *row = json_array_get(rows, i);
		struct column *c =
		    &d->columns[(day_of(row) - d->first) / DAY / d->width];

		c->success += sts_js_int(row, "success");
		c->failure += sts_js_int(row, "failure");
		if (c->success + c->failure > d->most)
			d->most = c->success + c->failure;
	}
}

/* What of `units` a count is; what is there can be seen. */
static int64_t
scale(int64_t count, int64_t most, int64_t units)
{
	int64_t size;

	if (count <= 0 || most <= 0)
		return 0;
	size = (int64_t)((double)count / (double)most * (double)units);
	return size < LEAST ? LEAST : size;
}

static void
put_rect(struct sts_html *h, enum sts_tone tone, int64_t x, int64_t y,
    int64_t width, int64_t height)
{
	if (width <= 0 || height <= 0)
		return;
	sts_html_open(h, "rect", sts_tone_class(tone));
	sts_html_attr_int(h, "x", x);
	sts_html_attr_int(h, "y", y);
	sts_html_attr_int(h, "width", width);
	sts_html_attr_int(h, "height", height);
	sts_html_close(h);
}

static void
begin_drawing(
    struct sts_html *h, const char *class, int64_t height, const char *label)
{
	char box[64];

	(void)snprintf(box, sizeof(box), "0 0 %d %" PRId64, WIDTH, height);
	sts_html_open(h, "svg", class);
	sts_html_attr(h, "role", "img");
	sts_html_attr(h, "aria-label", label);
	sts_html_attr(h, "viewBox", box);
	sts_html_attr(h, "preserveAspectRatio", "none");
}

/* Shown by a browser where the pointer rests. */
static void
put_title(
    struct sts_html *h, const char *what, int64_t success, int64_t failure)
{
	char a[STS_REPORTVIEW_TEXT], b[STS_REPORTVIEW_TEXT];

	sts_html_open(h, "title", NULL);
	sts_html_printf(h, "%s: %s connection%s, %s failed", what,
	    sts_reportview_number(success + failure, a),
	    success + failure == 1 ? "" : "s",
	    sts_reportview_number(failure, b));
	sts_html_close(h);
}

static void
day_text(int64_t wall, char *dst)
{
	sts_time_rfc3339(wall, dst)[sizeof("2026-01-01") - 1] = '\0';
}

static void
put_column(struct sts_html *h, const struct days *d, int64_t i)
{
	const struct column *c = &d->columns[i];
	int64_t left = i * WIDTH / d->n, right = (i + 1) * WIDTH / d->n;
	int64_t gap = d->n > WIDTH / 25 ? 1 : 4, width = right - left - gap;
	int64_t bad = scale(c->failure, d->most, HEIGHT);
	int64_t good = scale(c->success, d->most, HEIGHT);
	char day[STS_TIME_TEXT];

	if (bad + good > HEIGHT)
		good = HEIGHT - bad;
	day_text(d->first + i * d->width * DAY, day);
	sts_html_open(h, "g", NULL);
	put_title(h, day, c->success, c->failure);
	/* The whole column is for the pointer. */
	put_rect(h, STS_TONE_PLAIN, left, 0, width, HEIGHT);
	put_rect(h, STS_TONE_GOOD, left, HEIGHT - bad - good, width, good);
	put_rect(h, STS_TONE_BAD, left, HEIGHT - bad, width, bad);
	sts_html_close(h);
}

static void
put_legend(struct sts_html *h)
{
	sts_html_open(h, "p", "legend");
	sts_html_badge(h, STS_TONE_GOOD, "protected");
	sts_html_text(h, " ");
	sts_html_badge(h, STS_TONE_BAD, "failed");
	sts_html_close(h);
}

/* What is below the columns: the first day and the last. */
static void
put_axis(struct sts_html *h, const struct days *d)
{
	char text[STS_TIME_TEXT];

	sts_html_open(h, "div", "axis soft");
	day_text(d->first, text);
	sts_html_element(h, "span", NULL, text);
	day_text(d->first + (d->days - 1) * DAY, text);
	sts_html_element(h, "span", NULL, d->days > 1 ? text : "");
	sts_html_close(h);
}

/* The drawing has no figures: one for the highest column. */
static void
put_scale(struct sts_html *h, const struct days *d)
{
	char most[STS_REPORTVIEW_TEXT], width[64] = "one day";

	if (d->width > 1)
		(void)snprintf(
		    width, sizeof(width), "%" PRId64 " days", d->width);
	sts_html_open(h, "p", "soft");
	sts_html_printf(h, "The highest column is %s connections in %s.",
	    sts_reportview_number(d->most, most), width);
	sts_html_close(h);
}

void
sts_reportchart_days(struct sts_html *h, const json_t *days)
{
	struct days d;

	if (json_array_size(days) == 0)
		return;
	gather_days(days, &d);
	put_legend(h);
	put_scale(h, &d);
	begin_drawing(h, "columns", HEIGHT, "Connections on each day");
	for (int64_t i = 0; i < d.n; i++)
		put_column(h, &d, i);
	sts_html_close(h);
	put_axis(h, &d);
}

/* A bar with its name and its figure. */
static void
begin_row(struct sts_html *h, const char *name, const char *figure)
{
	sts_html_open(h, "div", "row");
	sts_html_element(h, "span", "name", name);
	sts_html_element(h, "span", "figure", figure);
	begin_drawing(h, "bar", BAR_HEIGHT, figure);
}

static void
end_row(struct sts_html *h)
{
	sts_html_close(h); /* svg */
	sts_html_close(h);
}

static void
put_more(struct sts_html *h, size_t n)
{
	if (n <= STS_REPORTCHART_ROWS)
		return;
	sts_html_open(h, "p", "soft");
	sts_html_printf(h, "and %zu more", n - STS_REPORTCHART_ROWS);
	sts_html_close(h);
}

static int64_t
sessions(const json_t *row)
{
	return sts_js_int(row, "success") + sts_js_int(row, "failure");
}

static void
put_sender(struct sts_html *h, const json_t *row, int64_t most)
{
	int64_t failure = sts_js_int(row, "failure"), all = sessions(row);
	int64_t width = scale(all, most, WIDTH);
	int64_t bad = scale(failure, most, WIDTH);
	const char *name = sts_js_text(row, "name");
	char a[STS_REPORTVIEW_TEXT], b[STS_REPORTVIEW_TEXT], figure[256];

	(void)snprintf(figure, sizeof(figure), "%s connection%s, %s failed",
	    sts_reportview_number(all, a), all == 1 ? "" : "s",
	    sts_reportview_number(failure, b));
	begin_row(h, name[0] == '\0' ? "(not named)" : name, figure);
	put_rect(h, STS_TONE_GOOD, 0, 0, width - bad, BAR_HEIGHT);
	put_rect(h, STS_TONE_BAD, width - bad, 0, bad, BAR_HEIGHT);
	end_row(h);
}

void
sts_reportchart_senders(struct sts_html *h, const json_t *senders)
{
	size_t n = json_array_size(senders);
	int64_t most = 0;

	for (size_t i = 0; i < n; i++)
		if (sessions(json_array_get(senders, i)) > most)
			most = sessions(json_array_get(senders, i));
	if (n > 0)
		put_legend(h);
	for (size_t i = 0; i < n && i < STS_REPORTCHART_ROWS; i++)
		put_sender(h, json_array_get(senders, i), most);
	put_more(h, n);
}

static void
put_kind(struct sts_html *h, const json_t *row, int64_t all)
{
	const char *type = sts_js_text(row, "name");
	const struct sts_reportkind *kind = sts_reportview_kind(type);
	int64_t failure = sts_js_int(row, "failure");
	char n[STS_REPORTVIEW_TEXT], share[STS_REPORTVIEW_TEXT], figure[256];

	(void)snprintf(figure, sizeof(figure), "%s (%s)",
	    sts_reportview_number(failure, n),
	    sts_reportview_share(failure, all, share));
	begin_row(h, kind == NULL ? type : kind->name, figure);
	put_rect(h, STS_TONE_BAD, 0, 0, scale(failure, all, WIDTH), BAR_HEIGHT);
	end_row(h);
}

void
sts_reportchart_kinds(struct sts_html *h, const json_t *kinds)
{
	size_t n = json_array_size(kinds);
	int64_t all = 0;

	for (size_t i = 0; i < n; i++)
		all += sts_js_int(json_array_get(kinds, i), "failure");
	for (size_t i = 0; i < n && i < STS_REPORTCHART_ROWS; i++)
		put_kind(h, json_array_get(kinds, i), all);
	put_more(h, n);
}
