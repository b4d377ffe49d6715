/*
 * A page of HTML for people, complete in one file: it has its style in itself,
 * asks nothing of any other place and runs no script (its Content-Security-
 * Policy says so to the browser, too), is light or dark as the reader's system
 * is, and can be printed.
 *
 *	sts_html_init ─► sts_html_page_begin ─► what it says ─►
 *sts_html_page_end ─► sts_html_save (or sts_html_view) ─► sts_html_deinit
 *
 * Every text is escaped here: sts_html_text and all that take a `text` or a
 * `value` may be given what a stranger wrote.  As on a terminal
 * (sts/prog/ui.h), all but printable ASCII becomes \xNN.  Names of elements,
 * attributes and classes are literals of ours, and are borrowed for as long as
 * the page is being made.
 *
 * The first failure is remembered, as in a sts_buf: write plainly, and judge
 * once, by sts_html_err or by what sts_html_save says.  One thread.
 */
#ifndef STS_PROG_HTML_H
#define STS_PROG_HTML_H

#include "sts/base/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	STS_HTML_DEPTH = 32, /* elements that may be open at once */
	STS_HTML_CAP = 256 << 20, /* bytes of a page */
};

/* What a thing is to the reader; the colours of the whole page. */
enum sts_tone {
	STS_TONE_PLAIN,
	STS_TONE_GOOD,
	STS_TONE_WARN,
	STS_TONE_BAD,
	STS_TONE_INFO,
};

struct sts_html {
	struct sts_buf out;
	const char *open[STS_HTML_DEPTH];
	size_t depth;
	bool in_tag; /* the last start tag still takes attributes */
};

void sts_html_init(struct sts_html *h);
void sts_html_deinit(struct sts_html *h);

static inline enum sts_err
sts_html_err(const struct sts_html *h)
{
	return sts_buf_err(&h->out);
}

/* The page so far. */
static inline struct sts_slice
sts_html_view(const struct sts_html *h)
{
	return sts_buf_view(&h->out);
}

/* The whole page into a file (prog/outfile.h: all of it or none).  The page's
 * own error; STS_E_IO, errno tells. */
STS_MUST_USE enum sts_err sts_html_save(
    const struct sts_html *h, const char *path);

/* Head, style, and the page's heading with a line below it ("" or NULL: none).
 */
void sts_html_page_begin(
    struct sts_html *h, const char *title, const char *subtitle);
/* A line about where the page comes from, and when; `now` is wall seconds. */
void sts_html_page_end(struct sts_html *h, int64_t now);

/* The parts that all else is made of.  Each open is closed by one close, which
 * knows what it closes.  `class` may be NULL. */
void sts_html_open(struct sts_html *h, const char *name, const char *class);
/* Only right behind sts_html_open or another of these. */
void sts_html_attr(struct sts_html *h, const char *name, const char *value);
void sts_html_attr_int(struct sts_html *h, const char *name, int64_t value);
void sts_html_text(struct sts_html *h, const char *text);
void sts_html_printf(struct sts_html *h, const char *fmt, ...) STS_PRINTF(2, 3);
void sts_html_close(struct sts_html *h);
/* Open, text, close. */
void sts_html_element(
    struct sts_html *h, const char *name, const char *class, const char *text);

/* "good", "warn", "bad", "info" or "plain": a class that sets --tone and
 * --tone-soft for all that is inside, HTML and SVG. */
const char *sts_tone_class(enum sts_tone tone);

/* A white card with a heading (NULL: none); closed by sts_html_close.  `id` is
 * what a link "#id" leads to, or NULL. */
void sts_html_card_begin(
    struct sts_html *h, const char *id, const char *heading);

/* The traffic light: one sentence that says it all, and one that says more. */
void sts_html_light(struct sts_html *h, enum sts_tone tone,
    const char *sentence, const char *more);

/* A small coloured word. */
void sts_html_badge(struct sts_html *h, enum sts_tone tone, const char *text);

/* Tiles side by side: a big figure with a word or two below it. */
void sts_html_tiles_begin(struct sts_html *h);
void sts_html_tile(struct sts_html *h, enum sts_tone tone, const char *figure,
    const char *text);
void sts_html_tiles_end(struct sts_html *h);

/* Lines to be copied, as they are; a click selects all of them. */
void sts_html_copy(struct sts_html *h, const char *lines);

/* Paragraphs, a line each; runs of lines that begin with a space are to be
 * copied, and shown without what all of them are indented by.  The texts of
 * advice (prog/advice.h) are of this form. */
void sts_html_paragraphs(struct sts_html *h, const char *text);

/*
 * A table; on a narrow screen each row becomes a small card, its titles before
 * the cells.  Rows: sts_html_row_begin, a cell for each title,
 * sts_html_row_end. A cell that holds more than text is begun and ended.
 */
enum { STS_HTML_COLUMNS = 12 };

struct sts_html_table {
	struct sts_html *h;
	const char *const *titles; /* borrowed */
	size_t n, at; /* at: the next cell */
};

void sts_html_table_begin(struct sts_html_table *table, struct sts_html *h,
    const char *const *titles, size_t n);
void sts_html_row_begin(struct sts_html_table *table);
void sts_html_cell(struct sts_html_table *table, const char *text);
void sts_html_cell_int(struct sts_html_table *table, int64_t value);
void sts_html_cell_badge(
    struct sts_html_table *table, enum sts_tone tone, const char *text);
void sts_html_cell_begin(struct sts_html_table *table, const char *class);
void sts_html_cell_end(struct sts_html_table *table);
void sts_html_row_end(struct sts_html_table *table);
void sts_html_table_end(struct sts_html_table *table);

/* A bar, as wide as what holds it: the share of each part, in its colour, with
 * `label` for those who cannot see it. Parts of 0 are left out. */
struct sts_html_part {
	enum sts_tone tone;
	uint64_t count;
};
void sts_html_bar(struct sts_html *h, const char *label,
    const struct sts_html_part *parts, size_t n);

/* The style sheet; milter/prog/htmlstyle.c. */
extern const char sts_html_style[];

#endif
