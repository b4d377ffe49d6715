#include "sts/conf/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_FILE = 1 << 20 };

/* Where the one pass over the text stands. */
struct scan {
	struct sts_conf_text *text;
	struct sts_conf_errors *errors;
	char *p; /* the next byte */
	char *end;
	unsigned line;
	struct sts_slice head, word; /* first and last word of a statement */
	bool after_equals; /* a value comes */
	bool in_list;
	unsigned depth; /* blocks that are open */
	unsigned open_line; /* of the outermost brace that is open */
	unsigned n_blocks;
};

void
sts_conf_text_init(struct sts_conf_text *text)
{
	*text = (struct sts_conf_text){ .marks = NULL };
	sts_buf_init(&text->buf, MAX_FILE);
}

void
sts_conf_text_deinit(struct sts_conf_text *text)
{
	sts_buf_deinit(&text->buf);
	free(text->marks);
	text->marks = NULL;
	text->n_marks = 0;
}

enum sts_err
sts_conf_text_read(struct sts_conf_text *text, const char *path,
    struct sts_conf_errors *errors)
{
	char chunk[4096];
	enum sts_err err;
	FILE *file;
	size_t n;

	errno = 0;
	file = fopen(path, "re");
	if (file == NULL)
		goto unreadable;
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		sts_buf_add(&text->buf, chunk, n);
	if (ferror(file))
		goto unreadable;
	sts_buf_str(&text->buf, ""); /* an empty file is "" */
	(void)fclose(file);
	err = sts_buf_err(&text->buf);
	if (err != STS_OK)
		sts_conf_errors_add(errors, err, 0, "%s",
		    err == STS_E_LIMIT ? "is larger than 1 MiB"
				       : sts_err_text(err));
	return err;

unreadable:
	sts_conf_errors_add(
	    errors, STS_E_NOTFOUND, 0, "cannot be read: %s", strerror(errno));
	if (file != NULL)
		(void)fclose(file);
	return STS_E_NOTFOUND;
}

static enum sts_err
wrong(struct scan *s, unsigned line, const char *what)
{
	sts_conf_errors_add(s->errors, STS_E_SYNTAX, line, "%s", what);
	return STS_E_SYNTAX;
}

static enum sts_err
mark(struct scan *s, struct sts_slice name, unsigned block, bool opens)
{
	struct sts_conf_text *text = s->text;
	struct sts_conf_mark *marks;

	marks = realloc(text->marks, (text->n_marks + 1) * sizeof(*marks));
	if (marks == NULL) {
		sts_conf_errors_add(s->errors, STS_E_NOMEM, 0, "out of memory");
		return STS_E_NOMEM;
	}
	text->marks = marks;
	marks[text->n_marks++] =
	    (struct sts_conf_mark){ name, s->line, block, opens };
	return STS_OK;
}

static bool
looking_at(const struct scan *s, const char *what)
{
	size_t n = strlen(what);

	return (size_t)(s->end - s->p) >= n && memcmp(s->p, what, n) == 0;
}

/* Blanks n bytes, line ends excepted. */
static void
blank(struct scan *s, size_t n)
{
	for (; n > 0; n--, s->p++) {
		if (*s->p == '\n')
			s->line++;
		else
			*s->p = ' ';
	}
}

static void
line_comment(struct scan *s)
{
	char *end = memchr(s->p, '\n', (size_t)(s->end - s->p));

	blank(s, (size_t)((end == NULL ? s->end : end) - s->p));
}

static enum sts_err
block_comment(struct scan *s)
{
	unsigned line = s->line;

	blank(s, 2);
	while (s->p < s->end && !looking_at(s, "*/"))
		blank(s, 1);
	if (s->p == s->end)
		return wrong(s, line, "this comment is never closed by */");
	blank(s, 2);
	return STS_OK;
}

static void
end_statement(struct scan *s)
{
	s->head = s->word = sts_slice(NULL, 0);
	s->after_equals = false;
}

/* A word or a string was read: a value, or a part of a statement's head. */
static void
took_word(struct scan *s, struct sts_slice word)
{
	if (s->in_list)
		return;
	if (s->after_equals) {
		end_statement(s);
		return;
	}
	if (s->head.p == NULL)
		s->head = word;
	s->word = word;
}

static const char *
string_fault(const struct scan *s, char quote)
{
	unsigned char byte = (unsigned char)*s->p;

	if (byte == '\n')
		return "this string is not closed on its line";
	if (byte < 0x20 || byte == 0x7f)
		return "a control character in a string";
	if (quote == '"' && looking_at(s, "${"))
		return "the environment is not read: no ${NAME} here; write "
		       "the value itself, or '...' for a literal ${";
	if (quote == '"' && byte == '\\' && !looking_at(s, "\\\\") &&
	    !looking_at(s, "\\\""))
		return "a backslash in a string stands only before \" or \\";
	return NULL;
}

static enum sts_err
string(struct scan *s)
{
	char quote = *s->p++;
	char *begin = s->p;
	const char *fault;

	for (; s->p < s->end && *s->p != quote; s->p++) {
		fault = string_fault(s, quote);
		if (fault != NULL)
			return wrong(s, s->line, fault);
		if (*s->p == '\\' && s->p + 1 < s->end &&
		    (s->p[1] == '\\' || s->p[1] == quote))
			s->p++;
	}
	if (s->p == s->end)
		return wrong(
		    s, s->line, "this string is not closed on its line");
	took_word(s, sts_slice(begin, (size_t)(s->p - begin)));
	s->p++;
	return STS_OK;
}

/* Of an unquoted word, as libConfuse has it. */
static bool
is_word_byte(char c)
{
	return (unsigned char)c > ' ' && c != 0x7f &&
	       strchr("#\"'={}()+,*", c) == NULL;
}

static enum sts_err
word(struct scan *s)
{
	char *begin = s->p;

	for (; s->p < s->end && is_word_byte(*s->p); s->p++)
		if (looking_at(s, "${"))
			return wrong(s, s->line,
			    "the environment is not read: no ${NAME} here");
	took_word(s, sts_slice(begin, (size_t)(s->p - begin)));
	return STS_OK;
}

static enum sts_err
equals(struct scan *s)
{
	enum sts_err err = STS_OK;

	if (!s->in_list && s->word.n > 0)
		err = mark(s, s->word, s->depth == 0 ? 0 : s->n_blocks, false);
	s->after_equals = true;
	return err;
}

static enum sts_err
open_brace(struct scan *s)
{
	struct sts_slice name = s->head;

	if (s->depth == 0 && !s->in_list)
		s->open_line = s->line;
	if (s->after_equals) {
		s->in_list = true;
		return STS_OK;
	}
	if (s->depth++ > 0)
		return wrong(s, s->line, "a block stands inside another one");
	end_statement(s);
	return mark(s, name, ++s->n_blocks, true);
}

static void
close_brace(struct scan *s)
{
	if (!s->in_list && s->depth > 0)
		s->depth--;
	s->in_list = false;
	end_statement(s);
}

static enum sts_err
punctuation(struct scan *s)
{
	char c = *s->p;

	if (looking_at(s, "\r\n")) {
		*s->p = c = ' ';
	} else if (((unsigned char)c < 0x20 && c != '\t' && c != '\n') ||
		   c == 0x7f) {
		return wrong(s, s->line, "a control character");
	}
	s->p++;
	if (c == '\n')
		s->line++;
	if (c == '=')
		return equals(s);
	if (c == '{')
		return open_brace(s);
	if (c == '}')
		close_brace(s);
	return STS_OK;
}

static enum sts_err
token(struct scan *s)
{
	if (*s->p == '#' || looking_at(s, "//")) {
		line_comment(s);
		return STS_OK;
	}
	if (looking_at(s, "/*"))
		return block_comment(s);
	if (*s->p == '"' || *s->p == '\'')
		return string(s);
	if (is_word_byte(*s->p))
		return word(s);
	return punctuation(s);
}

enum sts_err
sts_conf_text_clean(struct sts_conf_text *text, struct sts_conf_errors *errors)
{
	struct scan s = {
		.text = text,
		.errors = errors,
		.p = text->buf.p,
		.end = text->buf.p + text->buf.n,
		.line = 1,
	};
	enum sts_err err = STS_OK;

	while (err == STS_OK && s.p < s.end)
		err = token(&s);
	if (err == STS_OK && (s.depth > 0 || s.in_list))
		err = wrong(
		    &s, s.open_line, "the brace opened here is never closed");
	return err;
}

unsigned
sts_conf_text_line(
    const struct sts_conf_text *text, unsigned block, const char *key)
{
	const struct sts_conf_mark *m;

	for (size_t i = text->n_marks; i > 0; i--) {
		m = &text->marks[i - 1];
		if (m->block == block && !m->opens &&
		    sts_slice_eq(m->name, sts_slice_str(key)))
			return m->line;
	}
	return 0;
}
