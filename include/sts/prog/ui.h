/*
 * What people see: text that is safe for a terminal, colours, aligned columns,
 * wrapped paragraphs and times that are easy to read.
 *
 * All text goes out through sts_ui_put, which lets nothing but printable ASCII
 * through (sts/base/escape.h), so that no remote byte reaches a terminal.
 * One thread.
 */
#ifndef STS_PROG_UI_H
#define STS_PROG_UI_H

#include "sts/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum sts_color {
	STS_COLOR_AUTO, /* on a terminal, unless NO_COLOR or TERM=dumb */
	STS_COLOR_ALWAYS,
	STS_COLOR_NEVER,
};

enum sts_style {
	STS_STYLE_PLAIN,
	STS_STYLE_GOOD,
	STS_STYLE_WARN,
	STS_STYLE_BAD,
	STS_STYLE_BOLD,
	STS_STYLE_DIM,
};

struct sts_ui {
	FILE *out; /* borrowed */
	bool color;
};

void sts_ui_init(struct sts_ui *ui, FILE *out, enum sts_color color);

/* Escaped; NULL prints nothing. */
void sts_ui_put(struct sts_ui *ui, enum sts_style style, const char *text);
/* At most 1 KiB; put as the above, plain. */
void sts_ui_printf(struct sts_ui *ui, const char *fmt, ...) STS_PRINTF(2, 3);
void sts_ui_newline(struct sts_ui *ui);

/* "  NAME        VALUE" and a line end; a line without a name goes on with the
 * one above. Does nothing where value is NULL or "". */
void sts_ui_field(struct sts_ui *ui, const char *name, enum sts_style style,
    const char *value);

/*
 * A paragraph with `first` before it, its further lines indented as deep as
 * `first` is long, wrapped at 78 columns.  A LF ends a line; one that
 * begins with a space is printed as it is: a record, a file, a command.
 */
void sts_ui_wrap(struct sts_ui *ui, const char *first, const char *text);

/* Columns: fit every row, then print every row. */
enum { STS_UI_COLUMNS = 10 };

struct sts_columns {
	size_t n;
	size_t width[STS_UI_COLUMNS];
};

/* A cell that is NULL counts as "-". */
void sts_columns_fit(struct sts_columns *columns, const char *const *cells);
/* `styles` may be NULL: all plain. */
void sts_columns_print(struct sts_ui *ui, const struct sts_columns *columns,
    const char *const *cells, const enum sts_style *styles);

/* "7 days", "1 hour 30 minutes", "12 seconds": the two greatest units. */
enum { STS_DURATION_TEXT = 48 };
char *sts_duration_text(int64_t seconds, char *dst);

#endif
