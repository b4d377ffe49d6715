/*
 * Any bytes of an SMTP server, the first of the input apart: however they are
 * cut into pieces, the reply is the same, and no byte behind it is taken.
 */
#include "sts/core/smtpreply.h"

#include "fuzz.h"

/* Feeds in pieces of `piece` bytes; *used says how many were taken in all. */
static enum sts_err
feed(struct sts_smtp_reply *reply, struct sts_slice in, size_t piece,
    size_t *used)
{
	enum sts_err err = STS_E_AGAIN;

	*used = 0;
	while (err == STS_E_AGAIN && *used < in.n) {
		size_t left = in.n - *used;
		size_t n = left < piece ? left : piece, taken = 0;

		err = sts_smtp_reply_feed(
		    reply, sts_slice(in.p + *used, n), &taken);
		CHECK(taken <= n);
		if (err == STS_E_AGAIN)
			CHECK(taken == n);
		*used += taken;
	}
	return err;
}

static void
check_whole(
    const struct sts_smtp_reply *reply, struct sts_slice in, size_t used)
{
	CHECK(reply->code >= 200 && reply->code <= 599);
	CHECK(used > 0 && in.p[used - 1] == '\n');
	CHECK(reply->text.n <= STS_SMTP_REPLY_MAX);
	CHECK(reply->text.n < used);
	(void)sts_smtp_reply_offers(reply, STS_LIT("STARTTLS"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct sts_smtp_reply whole, parts;
	size_t pieces[2] = { 1, 1 };
	size_t used, used_parts;
	struct sts_slice in;
	enum sts_err err;

	if (n == 0)
		return 0;
	pieces[1] += data[0];
	in = sts_slice(data + 1, n - 1);
	sts_smtp_reply_init(&whole);
	sts_smtp_reply_init(&parts);
	err = feed(&whole, in, in.n + 1, &used);
	if (err == STS_OK)
		check_whole(&whole, in, used);
	for (size_t i = 0; i < 2; i++) {
		sts_smtp_reply_reset(&parts);
		CHECK(feed(&parts, in, pieces[i], &used_parts) == err);
		if (err != STS_OK)
			continue;
		CHECK(used_parts == used);
		CHECK(parts.code == whole.code);
		CHECK(sts_slice_eq(
		    sts_buf_view(&parts.text), sts_buf_view(&whole.text)));
	}
	sts_smtp_reply_deinit(&whole);
	sts_smtp_reply_deinit(&parts);
	return 0;
}
