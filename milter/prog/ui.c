#include "sts/prog/ui.h"

#include "sts/base/escape.h"
#include "sts/base/slice.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WRAP_AT = 78, FIELD_NAME = 14 };

static bool
wants_color(FILE *out, enum sts_color color)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	switch (color) {
	case STS_COLOR_ALWAYS:
		return true;
	case STS_COLOR_NEVER:
		return false;
	case STS_COLOR_AUTO:
		break;
	}
	if (no_color != NULL && no_color[0] != '\0')
		return false;
	if (term == NULL || strcmp(term, "dumb") == 0)
		return false;
	return isatty(fileno(out)) == 1;
}

void
sts_ui_init(struct sts_ui *ui, FILE *out, enum sts_color color)
{
	ui->out = out;
	ui->color = wants_color(out, color);
}

static const char *
style_code(enum sts_style style)
{
	switch (style) {
	case STS_STYLE_PLAIN:
		break;
	case STS_STYLE_GOOD:
		return "\033[32m";
	case STS_STYLE_WARN:
		return "\033[33m";
	case STS_STYLE_BAD:
		return "\033[31m";
	case STS_STYLE_BOLD:
		return "\033[1m";
	case STS_STYLE_DIM:
		return "\033[2m";
	}
	return "";
}

/* A backslash is harmless to a terminal, and texts that were escaped before
 * come through here: it stays as it is. */
static bool
is_safe(char c)
{
	return c >= ' ' && c <= '~';
}

static size_t
safe_width(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += is_safe(*text) ? 1 : strlen("\\xNN");
	return n;
}

static void
put_safe(FILE *out, struct sts_slice s)
{
	char unit[8];

	for (size_t i = 0; i < s.n; i++)
		if (is_safe(s.p[i]))
			(void)fputc(s.p[i], out);
		else
			(void)fputs(sts_escape_to(unit, sizeof(unit),
					sts_slice(&s.p[i], 1)),
			    out);
}

void
sts_ui_put(struct sts_ui *ui, enum sts_style style, const char *text)
{
	bool color = ui->color && style != STS_STYLE_PLAIN;

	if (text == NULL)
		return;
	if (color)
		(void)fputs(style_code(style), ui->out);
	put_safe(ui->out, sts_slice_str(text));
	if (color)
		(void)fputs("\033[0m", ui->out);
}

void
sts_ui_printf(struct sts_ui *ui, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	sts_ui_put(ui, STS_STYLE_PLAIN, text);
}

void
sts_ui_newline(struct sts_ui *ui)
{
	(void)fputc('\n', ui->out);
}

static void
put_spaces(FILE *out, size_t n)
{
	while (n-- > 0)
		(void)fputc(' ', out);
}

void
sts_ui_field(struct sts_ui *ui, const char *name, enum sts_style style,
    const char *value)
{
	size_t n = strlen(name);

	if (value == NULL || value[0] == '\0')
		return;
	put_spaces(ui->out, 2);
	sts_ui_put(ui, STS_STYLE_DIM, name);
	put_spaces(ui->out, n < FIELD_NAME ? FIELD_NAME - n : 1);
	sts_ui_put(ui, style, value);
	sts_ui_newline(ui);
}

/* Prints the words of one line, broken where the next would not fit. */
static void
wrap_line(FILE *out, size_t indent, struct sts_slice line)
{
	struct sts_slice word;
	size_t column = indent;
	bool more = true;

	while (more) {
		more = sts_slice_cut(&line, ' ', &word);
		if (word.n == 0)
			continue;
		if (column > indent && column + 1 + word.n > WRAP_AT) {
			(void)fputc('\n', out);
			put_spaces(out, indent);
			column = indent;
		}
		if (column > indent) {
			(void)fputc(' ', out);
			column++;
		}
		put_safe(out, word);
		column += word.n;
	}
}

void
sts_ui_wrap(struct sts_ui *ui, const char *first, const char *text)
{
	struct sts_slice rest = sts_slice_str(text), line;
	size_t indent = strlen(first);
	bool more = true;

	sts_ui_put(ui, STS_STYLE_PLAIN, first);
	for (bool again = false; more; again = true) {
		more = sts_slice_cut(&rest, '\n', &line);
		if (again)
			put_spaces(ui->out, line.n == 0 ? 0 : indent);
		if (line.n > 0 && line.p[0] == ' ')
			put_safe(ui->out, line);
		else
			wrap_line(ui->out, indent, line);
		sts_ui_newline(ui);
	}
}

static const char *
cell_text(const char *cell)
{
	return cell == NULL || cell[0] == '\0' ? "-" : cell;
}

void
sts_columns_fit(struct sts_columns *columns, const char *const *cells)
{
	for (size_t i = 0; i < columns->n; i++) {
		size_t width = safe_width(cell_text(cells[i]));

		if (width > columns->width[i])
			columns->width[i] = width;
	}
}

void
sts_columns_print(struct sts_ui *ui, const struct sts_columns *columns,
    const char *const *cells, const enum sts_style *styles)
{
	for (size_t i = 0; i < columns->n; i++) {
		const char *text = cell_text(cells[i]);
		size_t width = safe_width(text);

		put_spaces(ui->out, 2);
		sts_ui_put(
		    ui, styles == NULL ? STS_STYLE_PLAIN : styles[i], text);
		if (i + 1 < columns->n && width < columns->width[i])
			put_spaces(ui->out, columns->width[i] - width);
	}
	sts_ui_newline(ui);
}

char *
sts_duration_text(int64_t seconds, char *dst)
{
	static const struct {
		int64_t s;
		const char *name;
	} units[] = {
		{ 86400, "day" },
		{ 3600, "hour" },
		{ 60, "minute" },
		{ 1, "second" },
	};
	const size_t n_units = sizeof(units) / sizeof(units[0]);
	int64_t rest = seconds < 0 ? -seconds : seconds;
	size_t used = 0, first = n_units;

	(void)snprintf(dst, STS_DURATION_TEXT, "0 seconds");
	for (size_t i = 0; i < n_units && i <= first + 1; i++) {
		int64_t n = rest / units[i].s;

		rest %= units[i].s;
		if (n == 0)
			continue;
		if (first == n_units)
			first = i;
		used += (size_t)snprintf(dst + used, STS_DURATION_TEXT - used,
		    "%s%" PRId64 " %s%s", used == 0 ? "" : " ", n,
		    units[i].name, n == 1 ? "" : "s");
	}
	return dst;
}
