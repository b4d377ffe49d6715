#include "sts/core/milterwire.h"

#include <libmilter/mfdef.h>

static uint32_t
number_at(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 |
	       (uint32_t)u[2] << 8 | u[3];
}

static void
add_number(struct sts_buf *b, uint32_t n)
{
	const unsigned char bytes[] = { (unsigned char)(n >> 24),
		(unsigned char)(n >> 16), (unsigned char)(n >> 8),
		(unsigned char)n };

	sts_buf_add(b, bytes, sizeof(bytes));
}

/* With its NUL. */
static void
add_text(struct sts_buf *b, const char *text)
{
	sts_buf_add(b, text, strlen(text) + 1);
}

/* Begins a packet whose body has so many bytes. */
static void
add_head(struct sts_buf *b, char letter, size_t n)
{
	add_number(b, (uint32_t)n + 1);
	sts_buf_char(b, letter);
}

enum sts_err
sts_milterwire_read(struct sts_slice *in, struct sts_milterwire_packet *out)
{
	uint32_t length;

	if (in->n < STS_MILTERWIRE_HEAD)
		return STS_E_AGAIN;
	length = number_at(in->p);
	if (length == 0)
		return STS_E_SYNTAX;
	if (length > STS_MILTERWIRE_MAX)
		return STS_E_LIMIT;
	if (in->n - STS_MILTERWIRE_HEAD < length)
		return STS_E_AGAIN;
	out->letter = in->p[STS_MILTERWIRE_HEAD];
	out->body = sts_slice(in->p + STS_MILTERWIRE_HEAD + 1, length - 1);
	in->p += STS_MILTERWIRE_HEAD + length;
	in->n -= STS_MILTERWIRE_HEAD + length;
	return STS_OK;
}

enum sts_err
sts_milterwire_options(
    struct sts_slice body, struct sts_milterwire_options *out)
{
	if (body.n < MILTER_OPTLEN)
		return STS_E_SYNTAX;
	out->version = number_at(body.p);
	out->actions = number_at(body.p + MILTER_LEN_BYTES);
	out->steps = number_at(body.p + (size_t)2 * MILTER_LEN_BYTES);
	return STS_OK;
}

const char *
sts_milterwire_text(struct sts_slice *in)
{
	const char *text = in->p, *end;

	end = in->n == 0 ? NULL : memchr(in->p, '\0', in->n);
	if (end == NULL)
		return NULL;
	in->n -= (size_t)(end - text) + 1;
	in->p = end + 1;
	return text;
}

static bool
is_named(const char *written, struct sts_slice name)
{
	struct sts_slice s = sts_slice_str(written);

	if (s.n >= 2 && s.p[0] == '{' && s.p[s.n - 1] == '}')
		s = sts_slice(s.p + 1, s.n - 2);
	return sts_slice_eq(s, name);
}

const char *
sts_milterwire_macro(struct sts_slice pairs, const char *name)
{
	struct sts_slice wanted = sts_slice_str(name);
	const char *written, *value;

	while ((written = sts_milterwire_text(&pairs)) != NULL) {
		value = sts_milterwire_text(&pairs);
		if (value != NULL && is_named(written, wanted))
			return value;
	}
	return NULL;
}

void
sts_milterwire_add(struct sts_buf *b, char letter, struct sts_slice body)
{
	add_head(b, letter, body.n);
	sts_buf_slice(b, body);
}

void
sts_milterwire_add_options(struct sts_buf *b,
    const struct sts_milterwire_options *options,
    const struct sts_milterwire_list *lists, size_t n)
{
	size_t length = MILTER_OPTLEN;

	for (size_t i = 0; i < n; i++)
		length += MILTER_LEN_BYTES + strlen(lists[i].macros) + 1;
	add_head(b, SMFIC_OPTNEG, length);
	add_number(b, options->version);
	add_number(b, options->actions);
	add_number(b, options->steps);
	for (size_t i = 0; i < n; i++) {
		add_number(b, lists[i].stage);
		add_text(b, lists[i].macros);
	}
}

static size_t
count_percents(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += *text == '%';
	return n;
}

void
sts_milterwire_add_reply(
    struct sts_buf *b, const char *code, const char *status, const char *text)
{
	add_head(b, SMFIR_REPLYCODE,
	    strlen(code) + 1 + strlen(status) + 1 + strlen(text) +
		count_percents(text) + 1);
	sts_buf_printf(b, "%s %s ", code, status);
	for (; *text != '\0'; text++) {
		if (*text == '%')
			sts_buf_char(b, '%');
		sts_buf_char(b, *text);
	}
	sts_buf_char(b, '\0');
}

void
sts_milterwire_add_header(struct sts_buf *b, char letter, uint32_t number,
    const char *name, const char *value)
{
	add_head(
	    b, letter, MILTER_LEN_BYTES + strlen(name) + 1 + strlen(value) + 1);
	add_number(b, number);
	add_text(b, name);
	add_text(b, value);
}

void
sts_milterwire_add_quarantine(struct sts_buf *b, const char *reason)
{
	sts_milterwire_add(
	    b, SMFIR_QUARANTINE, sts_slice(reason, strlen(reason) + 1));
}
