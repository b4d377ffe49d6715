/*
 * Any bytes of an MTA: however they are cut into pieces, the packets are the
 * same, and each is what writing it again gives; texts and macros stay within
 * them.
 */
#include "sts/core/milterwire.h"

#include "fuzz.h"

#include <string.h>

static void
check_body(struct sts_slice body)
{
	static const char *const names[] = { "i", "rcpt_mailer", "rcpt_host",
		"rcpt_addr", "" };
	const char *end = body.p + body.n, *text;
	struct sts_milterwire_options options;
	struct sts_slice rest = body;

	while ((text = sts_milterwire_text(&rest)) != NULL) {
		CHECK(text >= body.p && text + strlen(text) < end);
		CHECK(rest.p == text + strlen(text) + 1);
	}
	CHECK(rest.p + rest.n == end);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		text = sts_milterwire_macro(body, names[i]);
		CHECK(text == NULL || (text > body.p && text < end));
	}
	CHECK((sts_milterwire_options(body, &options) == STS_OK) ==
	      (body.n >= 12));
}

/* Reads all that there are, of a buffer that grows by `piece` bytes, and writes
 * them to `all` again.  What was wrong in the end. */
static enum sts_err
read_all(struct sts_slice in, size_t piece, struct sts_buf *all)
{
	struct sts_slice rest = sts_slice(in.p, 0);
	struct sts_milterwire_packet packet;
	size_t have = 0;
	enum sts_err err;

	for (;;) {
		const char *before = rest.p;

		err = sts_milterwire_read(&rest, &packet);
		if (err == STS_OK) {
			CHECK(packet.body.p + packet.body.n == rest.p);
			sts_milterwire_add(all, packet.letter, packet.body);
			CHECK(all->n == (size_t)(rest.p - in.p));
			check_body(packet.body);
			continue;
		}
		CHECK(rest.p == before);
		if (err != STS_E_AGAIN || have == in.n)
			return err;
		have = in.n - have < piece ? in.n : have + piece;
		rest.n = have - (size_t)(rest.p - in.p);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct sts_slice in = sts_slice(data, n);
	struct sts_buf one, other;
	enum sts_err err;

	sts_buf_init(&one, n + 1);
	sts_buf_init(&other, n + 1);
	err = read_all(in, n + 1, &one);
	CHECK(err != STS_OK);
	CHECK(sts_buf_err(&one) == STS_OK);
	CHECK(one.n == 0 || memcmp(one.p, in.p, one.n) == 0);
	for (size_t piece = 1; piece < 8; piece++) {
		sts_buf_clear(&other);
		CHECK(read_all(in, piece, &other) == err);
		CHECK(sts_slice_eq(sts_buf_view(&one), sts_buf_view(&other)));
	}
	sts_buf_deinit(&one);
	sts_buf_deinit(&other);
	return 0;
}
