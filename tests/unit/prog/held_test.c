/* prog/heldheader.c: whose a held message is; mailq.c: Sendmail's listing;
 * spawn.c: programs that are run. */
#include "test.h"

#include "sts/base/clock.h"
#include "sts/prog/heldheader.h"
#include "sts/prog/mailq.h"
#include "sts/prog/spawn.h"

#include <stdio.h>
#include <string.h>

#define OURS                                                                   \
	"MTA-STS-Status: fail; host=relay.example.org; domain=a.example;\n"    \
	" policy=enforce; reason=certificate-expired; action=quarantine\n"
#define RECEIVED                                                               \
	"Received: from client.example.org (unknown [127.0.0.1])\n"            \
	"\tby relay.example.org (Postfix) with ESMTP id 4Y1ABC;\n"             \
	"\tSun, 22 Nov 2026 06:39:14 +0000 (UTC)\n"
#define REST "Subject: x\n"

static bool
read_fields(const char *fields, struct sts_heldheader *out)
{
	static const struct sts_heldheader_of of = { "MTA-STS-Status",
		"relay.example.org", "4Y1ABC" };

	return sts_heldheader_read(sts_slice_str(fields), &of, out);
}

static void
whose_it_is(void **state)
{
	static const struct {
		const char *fields;
		bool ours;
	} cases[] = {
		{ OURS RECEIVED REST, true },
		{ "X-Other: 1\n" OURS RECEIVED REST, true },
		{ "mta-sts-status: fail; host=relay.example.org; "
		  "action=quarantine\n" RECEIVED,
		    true },
		/* What the message brought along. */
		{ RECEIVED OURS REST, false },
		{ RECEIVED REST OURS, false },
		{ "Received: by relay.example.org (Postfix) id 4Y1ABD\n" OURS
			RECEIVED,
		    false },
		{ OURS "Received: by relay.example.org (Postfix) id "
		       "4Y1ABD\n" RECEIVED,
		    false },
		{ OURS "Received: from id (x)\n\tby y; id=4Y1ABC\n" RECEIVED,
		    false },
		/* Where nothing of this server stands there, nobody knows. */
		{ OURS REST, false },
		{ OURS, false },
		{ OURS "\n" RECEIVED, false },
		/* Ours, but not the reason why it is held. */
		{ "MTA-STS-Status: fail; host=relay.example.org; "
		  "action=tag\n" RECEIVED,
		    false },
		/* Another host's, and what is none of ours. */
		{ "MTA-STS-Status: fail; host=x.example; "
		  "action=quarantine\n" RECEIVED,
		    false },
		{ "MTA-STS-Status: action=quarantine\n" RECEIVED, false },
		{ "X-MTA-STS-Status: fail; host=relay.example.org; "
		  "action=quarantine\n" RECEIVED,
		    false },
		{ RECEIVED, false },
		{ "", false },
		{ " folded\n" OURS RECEIVED, false },
	};
	struct sts_heldheader h;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
		    read_fields(cases[i].fields, &h), cases[i].ours);
}

static void
what_it_says(void **state)
{
	struct sts_heldheader h;

	(void)state;
	assert_true(read_fields(OURS RECEIVED, &h));
	assert_string_equal(h.domain, "a.example");
	assert_int_equal(h.reason, STS_REASON_CERTIFICATE_EXPIRED);
	assert_false(h.required);
	/* Several domains are not named, and the one that holds counts. */
	assert_true(read_fields(
	    "MTA-STS-Status: pass; host=relay.example.org; action=accept\n"
	    "MTA-STS-Status: temperror; host=relay.example.org;\n"
	    " policy=enforce; reason=unreachable; action=quarantine\n" RECEIVED,
	    &h));
	assert_string_equal(h.domain, "");
	assert_int_equal(h.reason, STS_REASON_UNREACHABLE);
	assert_false(h.required);
	/* Without a policy only the sender can have asked for it. */
	assert_true(read_fields("MTA-STS-Status: fail; host=relay.example.org; "
				"action=quarantine\n" RECEIVED,
	    &h));
	assert_true(h.required);
}

/* --- Sendmail's listing --- */

struct told {
	char text[2048];
};

static void
on_entry(void *cookie, const struct sts_mailq_entry *e)
{
	struct told *t = cookie;
	size_t n = strlen(t->text);

	(void)snprintf(t->text + n, sizeof(t->text) - n, "%s|%s|%s\n", e->id,
	    e->time, e->reason);
}

static void
on_recipient(void *cookie, struct sts_slice recipient)
{
	struct told *t = cookie;
	size_t n = strlen(t->text);

	(void)snprintf(t->text + n, sizeof(t->text) - n, " %.*s\n",
	    (int)recipient.n, recipient.p);
}

static const char listing[] =
    "\t\t/var/spool/mqueue (3 requests)\n"
    "-----Q-ID----- --Size-- -Priority- ---Q-Time--- --------Sender/Recipient"
    "--------\n"
    "6AM6dV6v000166        5      30017 Nov 22 06:39 <sender@example.org>\n"
    "     QUARANTINE: mta-sts: mx-refused.test: unreachable\n"
    "      (Deferred: QUARANTINE: mta-sts: forged)\n"
    "\t\t\t\t\t\t<z@mx-refused.test>\n"
    "6AM6dVLn000163*       5      90057+Jan  1 00:00 <sender@example.org>\n"
    "\t\t\t\t\t\t<     QUARANTINE: mta-sts: x@y>\n"
    "\t\t\t\t\t\t<u@a.test>\n"
    "6AM6dVLn000164        5      90057 Nov 22 06:39 "
    "     QUARANTINE: mta-sts: of the sender\n"
    "     QUARANTINE: a virus\n"
    "     QUARANTINE: mta-sts: a second one\n"
    "short                 5      90057 Nov 22 06:39 <x>\n"
    "     QUARANTINE: mta-sts: of none\n"
    "\t\t\t\t\t\t<of-none@a.test>\n"
    "\t\tTotal requests: 3\n";

static const char expected[] =
    "6AM6dV6v000166|Nov 22 06:39|mta-sts: mx-refused.test: unreachable\n"
    " <z@mx-refused.test>\n"
    "6AM6dVLn000163|Jan  1 00:00|\n"
    " <     QUARANTINE: mta-sts: x@y>\n"
    " <u@a.test>\n"
    "6AM6dVLn000164|Nov 22 06:39|a virus\n"
    " QUARANTINE: mta-sts: a second one\n";

/* In pieces of any size. */
static void
a_listing(void **state)
{
	struct told told;
	const struct sts_mailq_told calls = { on_entry, on_recipient, &told };
	struct sts_mailq q;

	(void)state;
	for (size_t piece = 1; piece < sizeof(listing); piece += 7) {
		memset(&told, 0, sizeof(told));
		sts_mailq_init(&q, &calls);
		for (size_t at = 0; at < sizeof(listing) - 1; at += piece) {
			size_t left = sizeof(listing) - 1 - at;

			sts_mailq_feed(&q, sts_slice(listing + at,
					       left < piece ? left : piece));
		}
		assert_int_equal(sts_mailq_end(&q), STS_OK);
		assert_string_equal(told.text, expected);
		sts_mailq_deinit(&q);
	}
}

/* --- programs --- */

struct output {
	char text[64];
	size_t n, want;
};

static bool
take(void *cookie, struct sts_slice bytes)
{
	struct output *o = cookie;

	for (size_t i = 0; i < bytes.n && o->n < sizeof(o->text) - 1; i++)
		o->text[o->n++] = bytes.p[i];
	return o->want == 0 || o->n < o->want;
}

static enum sts_err
run(const char *script, int64_t ms, struct output *o, char *why)
{
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };

	why[0] = '\0';
	return sts_spawn(argv, ms, take, o, why);
}

static void
a_program(void **state)
{
	static const char *const none[] = { "/none/such", NULL };
	char why[STS_SPAWN_WHY];
	struct output o = { .n = 0 };

	(void)state;
	assert_int_equal(
	    run("read x; echo \"$x$LC_ALL$HOME\"", 30000, &o, why), STS_OK);
	assert_string_equal(o.text, "C\n");
	assert_int_equal(run("echo 'so\x1b it is' >&2; echo more >&2; exit 3",
			     30000, &o, why),
	    STS_E_IO);
	assert_string_equal(why, "/bin/sh ended with 3: so\\x1b it is");
	assert_int_equal(run("kill -9 $$", 30000, &o, why), STS_E_IO);
	assert_string_equal(why, "/bin/sh was ended by a signal");
	assert_int_equal(sts_spawn(none, 30000, take, &o, why), STS_E_REFUSED);
	assert_string_equal(why, "/none/such: No such file or directory");
}

/* One that never ends is ended: where it is enough, and where time is up. */
static void
a_program_that_does_not_end(void **state)
{
	char why[STS_SPAWN_WHY];
	struct output o = { .want = 8 };

	(void)state;
	assert_int_equal(run("exec yes", 30000, &o, why), STS_OK);
	assert_true(o.n >= 8);
	assert_int_equal(run("exec sleep 1000", 20, &o, why), STS_E_TIMEOUT);
	assert_non_null(strstr(why, "did not end in time"));
	/* Closed its output, and stays. */
	assert_int_equal(
	    run("exec sleep 1000 >&- 2>&-", 20, &o, why), STS_E_IO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whose_it_is),
		cmocka_unit_test(what_it_says),
		cmocka_unit_test(a_listing),
		cmocka_unit_test(a_program),
		cmocka_unit_test(a_program_that_does_not_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
