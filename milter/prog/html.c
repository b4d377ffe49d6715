#include "sts/prog/html.h"

#include "sts/base/clock.h"
#include "sts/base/escape.h"
#include "sts/prog/outfile.h"

#include <assert.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>

void
sts_html_init(struct sts_html *h)
{
	*h = (struct sts_html){ .depth = 0 };
	sts_buf_init(&h->out, STS_HTML_CAP);
}

void
sts_html_deinit(struct sts_html *h)
{
	sts_buf_deinit(&h->out);
}

enum sts_err
sts_html_save(const struct sts_html *h, const char *path)
{
	enum sts_err err = sts_html_err(h);

	return err != STS_OK ? err : sts_outfile_write(path, sts_html_view(h));
}

/* What a byte is as text or in an attribute; NULL: itself. */
static const char *
entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static void
put_byte(struct sts_buf *b, char c)
{
	const char *name = entity(c);

	if (name != NULL)
		sts_buf_str(b, name);
	else if (c >= ' ' && c <= '~')
		sts_buf_char(b, c); /* texts may be escaped already: \ stays */
	else
		sts_escape(b, sts_slice(&c, 1), SIZE_MAX);
}

static void
put_escaped(struct sts_buf *b, struct sts_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		put_byte(b, s.p[i]);
}

static void
end_tag(struct sts_html *h)
{
	if (h->in_tag)
		sts_buf_char(&h->out, '>');
	h->in_tag = false;
}

static void
text_slice(struct sts_html *h, struct sts_slice s)
{
	end_tag(h);
	put_escaped(&h->out, s);
}

void
sts_html_open(struct sts_html *h, const char *name, const char *class)
{
	assert(h->depth < STS_HTML_DEPTH);
	end_tag(h);
	sts_buf_printf(&h->out, "<%s", name);
	h->in_tag = true;
	h->open[h->depth++] = name;
	if (class != NULL)
		sts_html_attr(h, "class", class);
}

void
sts_html_attr(struct sts_html *h, const char *name, const char *value)
{
	assert(h->in_tag);
	sts_buf_printf(&h->out, " %s=\"", name);
	put_escaped(&h->out, sts_slice_str(value));
	sts_buf_char(&h->out, '"');
}

void
sts_html_attr_int(struct sts_html *h, const char *name, int64_t value)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%" PRId64, value);
	sts_html_attr(h, name, text);
}

void
sts_html_text(struct sts_html *h, const char *text)
{
	text_slice(h, sts_slice_str(text));
}

void
sts_html_printf(struct sts_html *h, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	sts_html_text(h, text);
}

/* A line end in the file now and then, for those who look at the source. */
static bool
is_block(const char *name)
{
	static const char *const inner[] = { "span", "a", "b", "code", "td",
		"th", "rect" };

	for (size_t i = 0; i < sizeof(inner) / sizeof(inner[0]); i++)
		if (strcmp(name, inner[i]) == 0)
			return false;
	return true;
}

void
sts_html_close(struct sts_html *h)
{
	const char *name;

	assert(h->depth > 0);
	end_tag(h);
	name = h->open[--h->depth];
	sts_buf_printf(&h->out, "</%s>%s", name, is_block(name) ? "\n" : "");
}

void
sts_html_element(
    struct sts_html *h, const char *name, const char *class, const char *text)
{
	sts_html_open(h, name, class);
	sts_html_text(h, text);
	sts_html_close(h);
}

const char *
sts_tone_class(enum sts_tone tone)
{
	switch (tone) {
	case STS_TONE_PLAIN:
		break;
	case STS_TONE_GOOD:
		return "good";
	case STS_TONE_WARN:
		return "warn";
	case STS_TONE_BAD:
		return "bad";
	case STS_TONE_INFO:
		return "info";
	}
	return "plain";
}

/* "sha256-…" of the style, so that no other counts. */
static void
put_style_hash(struct sts_html *h)
{
	unsigned char digest[EVP_MAX_MD_SIZE], text[2 * EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (EVP_Digest(sts_html_style, strlen(sts_html_style), digest, &n,
		EVP_sha256(), NULL) != 1) {
		h->out.err = STS_E_INTERNAL;
		return;
	}
	(void)EVP_EncodeBlock(text, digest, (int)n);
	sts_buf_printf(&h->out, "'sha256-%s'", (const char *)text);
}

static void
put_head(struct sts_html *h, const char *title)
{
	sts_buf_str(&h->out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
			     "<meta charset=\"utf-8\">\n"
			     "<meta http-equiv=\"Content-Security-Policy\" "
			     "content=\"default-src 'none'; style-src ");
	put_style_hash(h);
	sts_buf_str(&h->out,
	    "; base-uri 'none'; form-action 'none'\">\n"
	    "<meta name=\"viewport\" "
	    "content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
	sts_html_text(h, title);
	sts_buf_str(&h->out, "</title>\n<style>");
	sts_buf_str(&h->out, sts_html_style);
	sts_buf_str(&h->out, "</style>\n</head>\n");
}

void
sts_html_page_begin(struct sts_html *h, const char *title, const char *subtitle)
{
	put_head(h, title);
	sts_html_open(h, "body", NULL);
	sts_html_open(h, "main", NULL);
	sts_html_open(h, "header", "top");
	sts_html_element(h, "h1", NULL, title);
	if (subtitle != NULL && subtitle[0] != '\0')
		sts_html_element(h, "p", "soft", subtitle);
	sts_html_close(h);
}

void
sts_html_page_end(struct sts_html *h, int64_t now)
{
	char text[STS_TIME_TEXT];

	sts_html_open(h, "footer", "soft");
	sts_html_printf(h, "Made by mta-sts %s, %s", STS_VERSION,
	    sts_time_rfc3339(now, text));
	sts_html_close(h);
	sts_html_close(h); /* main */
	sts_html_close(h); /* body */
	assert(h->depth == 0);
	sts_buf_str(&h->out, "</html>\n");
}

/* An element with a class of its own and a tone's. */
static void
open_toned(
    struct sts_html *h, const char *name, const char *class, enum sts_tone tone)
{
	char both[64];

	(void)snprintf(
	    both, sizeof(both), "%s %s", class, sts_tone_class(tone));
	sts_html_open(h, name, both);
}

void
sts_html_card_begin(struct sts_html *h, const char *id, const char *heading)
{
	sts_html_open(h, "section", "card");
	if (id != NULL)
		sts_html_attr(h, "id", id);
	if (heading != NULL)
		sts_html_element(h, "h2", NULL, heading);
}

/* The lamps say the tone by their place, too, for those who do not see
 * colours. */
static void
put_lamps(struct sts_html *h, enum sts_tone tone)
{
	static const enum sts_tone lamps[] = { STS_TONE_BAD, STS_TONE_WARN,
		STS_TONE_GOOD };

	sts_html_open(h, "div", "lamps");
	sts_html_attr(h, "aria-hidden", "true");
	for (size_t i = 0; i < sizeof(lamps) / sizeof(lamps[0]); i++) {
		open_toned(h, "span", lamps[i] == tone ? "lamp lit" : "lamp",
		    lamps[i]);
		sts_html_close(h);
	}
	sts_html_close(h);
}

void
sts_html_light(struct sts_html *h, enum sts_tone tone, const char *sentence,
    const char *more)
{
	open_toned(h, "section", "light", tone);
	put_lamps(h, tone);
	sts_html_open(h, "div", NULL);
	sts_html_element(h, "p", "says", sentence);
	if (more != NULL && more[0] != '\0')
		sts_html_element(h, "p", NULL, more);
	sts_html_close(h);
	sts_html_close(h);
}

void
sts_html_badge(struct sts_html *h, enum sts_tone tone, const char *text)
{
	open_toned(h, "span", "badge", tone);
	sts_html_text(h, text);
	sts_html_close(h);
}

void
sts_html_tiles_begin(struct sts_html *h)
{
	sts_html_open(h, "div", "tiles");
}

void
sts_html_tile(struct sts_html *h, enum sts_tone tone, const char *figure,
    const char *text)
{
	open_toned(h, "div", "tile", tone);
	sts_html_element(h, "span", "figure", figure);
	sts_html_element(h, "span", "soft", text);
	sts_html_close(h);
}

void
sts_html_tiles_end(struct sts_html *h)
{
	sts_html_close(h);
}

static size_t
indent_of(struct sts_slice line)
{
	size_t n = 0;

	while (n < line.n && line.p[n] == ' ')
		n++;
	return n;
}

/* Cuts what all its lines are indented by, empty ones aside. */
static size_t
common_indent(struct sts_slice lines)
{
	size_t least = SIZE_MAX;
	struct sts_slice line;
	bool more = true;

	while (more) {
		more = sts_slice_cut(&lines, '\n', &line);
		if (line.n > 0 && indent_of(line) < least)
			least = indent_of(line);
	}
	return least;
}

/* Each line is an element, so that the style may wrap and mark it. */
static void
put_copy(struct sts_html *h, struct sts_slice lines)
{
	size_t indent = common_indent(lines);
	struct sts_slice line;
	bool more = true;

	sts_html_open(h, "pre", "copy");
	while (more) {
		more = sts_slice_cut(&lines, '\n', &line);
		if (line.n >= indent)
			line = sts_slice(line.p + indent, line.n - indent);
		text_slice(h, line);
		if (more)
			sts_buf_char(&h->out, '\n');
	}
	sts_html_close(h);
}

void
sts_html_copy(struct sts_html *h, const char *lines)
{
	put_copy(h, sts_slice_str(lines));
}

/* How many bytes from the start are lines to be copied, the last line's end not
 * among them; 0: the first is a paragraph. */
static size_t
copy_run(struct sts_slice text)
{
	const char *start = text.p;
	struct sts_slice line;
	size_t n = 0;
	bool more = true;

	while (more) {
		more = sts_slice_cut(&text, '\n', &line);
		if (line.n == 0 || line.p[0] != ' ')
			break;
		n = (size_t)(line.p + line.n - start);
	}
	return n;
}

void
sts_html_paragraphs(struct sts_html *h, const char *text)
{
	struct sts_slice rest = sts_slice_str(text), line;
	bool more = rest.n > 0;

	while (more) {
		size_t run = copy_run(rest);

		if (run == 0) {
			more = sts_slice_cut(&rest, '\n', &line);
			if (line.n == 0)
				continue;
			sts_html_open(h, "p", NULL);
			text_slice(h, line);
			sts_html_close(h);
			continue;
		}
		put_copy(h, sts_slice(rest.p, run));
		more = run < rest.n; /* a line end is there */
		run += more ? 1 : 0;
		rest = sts_slice(rest.p + run, rest.n - run);
	}
}
