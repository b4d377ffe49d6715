/*
 * front/miltertalk.c without memory: a message is let through as a whole, with
 * its header, or the MTA is told to try again.
 */
#include "sts/front/miltertalk.h"

#include "../starve.h"
#include "fakeengine.h"
#include "packets.h"
#include "test.h"

#include <libmilter/mfdef.h>
#include <string.h>

void
sts_report_name_message(struct sts_report *report, char name[STS_MESSAGE_NAME])
{
	(void)report;
	name[0] = '\0';
}

void
sts_report_decision(
    struct sts_report *report, const struct sts_decision *decision)
{
	(void)report;
	(void)decision;
}

static const struct fake_domain domains[] = {
	{ NULL, FAKE_PASS, FAKE_PASS, 0 },
};

struct world {
	struct sts_engine engine;
	struct sts_waiters waiters;
	struct sts_session_context context;
	struct sts_buf in;
	struct sts_buf whole; /* what is said where memory does not end */
};

static bool
holds(struct sts_slice text, struct sts_slice part)
{
	for (; text.n >= part.n; text = sts_slice(text.p + 1, text.n - 1))
		if (sts_slice_starts(text, part))
			return true;
	return false;
}

/* What is said to all that is in w->in. */
static enum sts_err
talk(struct world *w, struct sts_buf *out)
{
	struct sts_slice in = sts_buf_view(&w->in);
	struct sts_milterwire_packet packet;
	struct sts_miltertalk t;
	const char *why;

	sts_miltertalk_init(&t, &w->context, true);
	while (in.n > 0) {
		assert_int_equal(sts_milterwire_read(&in, &packet), STS_OK);
		assert_int_equal(
		    sts_miltertalk_take(&t, &packet, out, &why), STS_OK);
	}
	sts_miltertalk_deinit(&t);
	return sts_buf_err(out);
}

static bool
attempt(void *cookie)
{
	struct world *w = cookie;
	struct sts_buf out;
	enum sts_err err;
	bool same;

	sts_buf_init(&out, 1 << 20);
	err = talk(w, &out);
	same = err == STS_OK &&
	       sts_slice_eq(sts_buf_view(&out), sts_buf_view(&w->whole));
	/* A buffer in error ends the connection: the MTA defers. */
	if (err == STS_OK && !same)
		assert_true(holds(sts_buf_view(&out), STS_LIT("451 4.3.0")));
	sts_buf_deinit(&out);
	return same;
}

static void
a_message(void **state)
{
	struct world w;

	(void)state;
	memset(&w, 0, sizeof(w));
	fake_engine_init(&w.engine, domains, "header = \"all\"");
	sts_waiters_init(&w.waiters, 1, NULL);
	w.context.engine = &w.engine;
	w.context.waiters = &w.waiters;
	sts_buf_init(&w.in, 1 << 20);
	sts_buf_init(&w.whole, 1 << 20);
	packet_add_options(&w.in, 6, SMFI_CURR_ACTS, SMFI_CURR_PROT);
	packet_add(&w.in, SMFIC_MAIL, "<s@x.example>", NULL);
	for (int i = 0; i < 6; i++) {
		packet_add_macros(&w.in, SMFIC_RCPT, "i", "QID",
		    "{rcpt_mailer}", "local", NULL);
		packet_add(&w.in, SMFIC_RCPT,
		    i % 2 == 0 ? "<u@a.example>" : "<u@b.example>", NULL);
	}
	packet_add(&w.in, SMFIC_HEADER, "MTA-STS-Status", "forged", NULL);
	packet_add(&w.in, SMFIC_BODYEOB, NULL);
	assert_int_equal(talk(&w, &w.whole), STS_OK);
	assert_true(holds(sts_buf_view(&w.whole), STS_LIT("exempt")));
	assert_false(holds(sts_buf_view(&w.whole), STS_LIT("451")));
	assert_true(starve(attempt, &w) > 5);
	sts_buf_deinit(&w.in);
	sts_buf_deinit(&w.whole);
	fake_engine_deinit(&w.engine);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
