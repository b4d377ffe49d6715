#include "packets.h"

#include "test.h"

#include <libmilter/mfdef.h>

static void
add_texts(struct sts_buf *body, va_list ap)
{
	const char *text;

	while ((text = va_arg(ap, const char *)) != NULL)
		sts_buf_add(body, text, strlen(text) + 1);
}

static void
add_packet(struct sts_buf *b, char letter, struct sts_buf *body)
{
	sts_milterwire_add(b, letter, sts_buf_view(body));
	assert_int_equal(sts_buf_err(b), STS_OK);
	sts_buf_deinit(body);
}

void
packet_add(struct sts_buf *b, int letter, ...)
{
	struct sts_buf body;
	va_list ap;

	sts_buf_init(&body, STS_MILTERWIRE_MAX);
	va_start(ap, letter);
	add_texts(&body, ap);
	va_end(ap);
	add_packet(b, (char)letter, &body);
}

void
packet_add_macros(struct sts_buf *b, int letter, ...)
{
	struct sts_buf body;
	va_list ap;

	sts_buf_init(&body, STS_MILTERWIRE_MAX);
	sts_buf_char(&body, (char)letter);
	va_start(ap, letter);
	add_texts(&body, ap);
	va_end(ap);
	add_packet(b, SMFIC_MACRO, &body);
}

void
packet_add_options(
    struct sts_buf *b, uint32_t version, uint32_t actions, uint32_t steps)
{
	const struct sts_milterwire_options o = { version, actions, steps };

	sts_milterwire_add_options(b, &o, NULL, 0);
}

static void
add_words(const struct sts_milterwire_packet *p, struct sts_buf *out)
{
	struct sts_slice rest = p->body;
	const char *text;

	sts_buf_char(out, p->letter);
	if (p->letter == SMFIC_OPTNEG)
		return;
	if (p->letter == SMFIR_INSHEADER || p->letter == SMFIR_CHGHEADER) {
		assert_true(rest.n > 4);
		sts_buf_printf(out, " %d", rest.p[3]);
		rest = sts_slice(rest.p + 4, rest.n - 4);
	}
	while ((text = sts_milterwire_text(&rest)) != NULL)
		sts_buf_printf(out, " %s", text);
	assert_int_equal(rest.n, 0);
}

const char *
packets_in_words(struct sts_slice in, struct sts_buf *out)
{
	struct sts_milterwire_packet p;

	sts_buf_clear(out);
	while (in.n > 0) {
		assert_int_equal(sts_milterwire_read(&in, &p), STS_OK);
		if (out->n > 0)
			sts_buf_str(out, ", ");
		add_words(&p, out);
	}
	return sts_buf_cstr(out);
}
