/*
 * Any bytes as what a mail server tells of held mail: as a message's header
 * fields, where nothing that stands below the server's own Received field is
 * ever believed; and as Sendmail's listing, which says the same in any pieces.
 */
#include "sts/prog/heldheader.h"
#include "sts/prog/mailq.h"

#include "fuzz.h"

static const struct sts_heldheader_of of = { "MTA-STS-Status",
	"relay.example.org", "4Y1ABC" };
static const char received[] = "Received: by relay.example.org id 4Y1ABC\n";

static void
check_fields(struct sts_slice fields)
{
	struct sts_heldheader h;
	struct sts_domain again;
	struct sts_buf below;

	if (sts_heldheader_read(fields, &of, &h) && h.domain[0] != '\0') {
		CHECK(sts_domain_from_name(sts_slice_str(h.domain), &again) ==
		      STS_OK);
		CHECK(strcmp(again.name, h.domain) == 0);
	}
	sts_buf_init(&below, sizeof(received) + fields.n);
	sts_buf_str(&below, received);
	sts_buf_slice(&below, fields);
	CHECK(!sts_heldheader_read(sts_buf_view(&below), &of, &h));
	sts_buf_deinit(&below);
}

static void
on_entry(void *cookie, const struct sts_mailq_entry *e)
{
	struct sts_buf *b = cookie;

	CHECK(sts_mailq_is_id(sts_slice_str(e->id)));
	sts_buf_printf(b, "%s|%s|%s\n", e->id, e->time, e->reason);
}

static void
on_recipient(void *cookie, struct sts_slice recipient)
{
	struct sts_buf *b = cookie;

	CHECK(recipient.n > 0);
	sts_buf_slice(b, recipient);
	sts_buf_char(b, '\n');
}

static void
list(struct sts_slice bytes, size_t piece, struct sts_buf *out)
{
	const struct sts_mailq_told told = { on_entry, on_recipient, out };
	struct sts_mailq q;

	sts_buf_init(out, 1 << 24);
	sts_mailq_init(&q, &told);
	while (bytes.n > 0) {
		size_t n = bytes.n < piece ? bytes.n : piece;

		sts_mailq_feed(&q, sts_slice(bytes.p, n));
		bytes = sts_slice(bytes.p + n, bytes.n - n);
	}
	CHECK(sts_mailq_end(&q) == STS_OK);
	sts_mailq_deinit(&q);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct sts_slice bytes = sts_slice(data, n);
	struct sts_status_read status;
	struct sts_buf whole, pieces;

	if (sts_status_read(bytes, &status) == STS_OK)
		CHECK(status.host[0] != 0);
	check_fields(bytes);
	list(bytes, n + 1, &whole);
	list(bytes, 3, &pieces);
	CHECK(sts_slice_eq(sts_buf_view(&whole), sts_buf_view(&pieces)));
	sts_buf_deinit(&whole);
	sts_buf_deinit(&pieces);
	return 0;
}
