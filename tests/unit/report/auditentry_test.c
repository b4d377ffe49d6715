/* report/auditentry.c: what auditline.c writes is read back; report/auditfile.c
 * and auditfiles.c: the files that have it. */
#include "test.h"

#include "sts/report/audit.h"
#include "sts/report/auditentry.h"
#include "sts/report/auditfile.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

static const int64_t now = 1767225600; /* 2026-01-01T00:00:00Z */

static void
assert_same(const struct sts_decision *d)
{
	char *line = sts_audit_line(d, now);
	struct sts_audit_entry e;
	const char *why = "";

	assert_non_null(line);
	assert_int_equal(
	    sts_audit_entry_parse(sts_slice_str(line), &e, &why), STS_OK);
	assert_true(e.time == now);
	assert_string_equal(e.message, d->message);
	assert_string_equal(e.domain, d->domain);
	assert_int_equal(e.verdict.result, d->verdict->result);
	assert_int_equal(e.verdict.reason, d->verdict->reason);
	assert_int_equal(e.verdict.required, d->verdict->required);
	assert_int_equal(e.action, d->action);
	assert_int_equal(e.stage, d->stage);
	assert_int_equal(e.about.outage, d->about.outage);
	assert_int_equal(e.about.by_command, d->about.by_command);
	assert_int_equal(e.about.tls_required_no, d->about.tls_required_no);
	free(line);
}

/* What every verdict's table says follows from what is read back. */
static void
the_verdicts_action_survives(void **state)
{
	static const struct sts_actions words = { STS_ACTION_REJECT,
		STS_ACTION_QUARANTINE, STS_ACTION_TAG };

	(void)state;
	for (unsigned i = 0; i < 5 * 3 * 2 * 2; i++) {
		const struct sts_verdict v = {
			.result = (enum sts_result)(i % 5),
			.reason = STS_REASON_MX_MISMATCH,
			.mode = (enum sts_mode)(i / 5 % 3),
			.in_policy = i / 15 % 2 == 1,
			.required = i / 30 == 1,
			.mx = STS_NO_MX,
		};
		const struct sts_decision d = {
			.domain = "a.example",
			.message = "1.2.3",
			.verdict = &v,
			.action = sts_verdict_action(&v, &words),
			.stage = STS_STAGE_EOM,
			.about = { .outage = i % 2 == 0, .by_command = true },
		};
		struct sts_audit_entry e;
		const char *why;
		char *line;

		/* A policy of mode none never fails. */
		if (v.mode == STS_MODE_NONE && v.in_policy &&
		    v.result == STS_RESULT_TEMPERROR)
			continue;
		assert_same(&d);
		line = sts_audit_line(&d, now);
		assert_int_equal(
		    sts_audit_entry_parse(sts_slice_str(line), &e, &why),
		    STS_OK);
		assert_int_equal(
		    sts_verdict_action(&e.verdict, &words), d.action);
		free(line);
	}
}

#define LINE(message, domain, result, rest)                                    \
	"{\"time\":\"2026-01-01T00:00:00Z\"," message ",\"domain\":" domain    \
	",\"result\":" result ",\"policy\":\"enforce\",\"reason\":null,"       \
	"\"mx\":null,\"action\":\"log\",\"stage\":\"eom\"" rest "}"
#define GOOD LINE("\"message\":\"m\"", "\"a.example\"", "\"pass\"", "")

static void
what_is_wrong_is_told(void **state)
{
	static const struct {
		const char *line, *why;
	} cases[] = {
		{ GOOD, NULL },
		/* A version before there were names, and one to come. */
		{ LINE("\"queue_id\":\"4Y1\"", "null", "\"exempt\"", ""),
		    NULL },
		{ LINE("\"queue_id\":null", "null", "\"none\"",
		      ",\"new\":{\"a\":[1]}"),
		    NULL },
		{ "", "not JSON" },
		{ "{\"time\":\"2026-01-01T00:00:00Z\",\"queue", "cut off" },
		{ GOOD GOOD, "not JSON" }, { "[]", "not a JSON object" },
		{ "{\"time\":\"2026-01-01\"}", "no time" },
		{ "{\"time\":1767225600}", "no time" },
		{ "{\"time\":\"2026-02-30T00:00:00Z\"}", "no time" },
		{ LINE("\"message\":7", "null", "\"pass\"", ""), "message" },
		{ LINE("\"message\":\"\"", "\"A.example\"", "\"pass\"", ""),
		    "domain" },
		{ LINE("\"message\":\"\"", "\"192.0.2.1\"", "\"pass\"", ""),
		    "domain" },
		{ LINE("\"message\":\"\"", "\"a\\u0000b\"", "\"pass\"", ""),
		    "not JSON" },
		{ LINE("\"message\":\"\"", "\"a\\\" {\"", "\"pass\"", ""),
		    "domain" },
		{ LINE("\"message\":\"\"", "null", "\"passed\"", ""),
		    "result" },
		{ LINE("\"message\":\"\"", "null", "\"pass\"",
		      ",\"stage\":\"rcpt\""),
		    "not JSON" }, /* a key twice */
	};
	struct sts_audit_entry e;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *why = NULL;
		enum sts_err err = sts_audit_entry_parse(
		    sts_slice_str(cases[i].line), &e, &why);

		assert_int_equal(
		    err, cases[i].why == NULL ? STS_OK : STS_E_SYNTAX);
		if (cases[i].why != NULL)
			assert_non_null(strstr(why, cases[i].why));
	}
}

static void
names_of_rotated_files(void **state)
{
	static const struct {
		const char *base, *name;
		bool is, packed;
	} cases[] = {
		{ "audit.jsonl", "audit.jsonl.1", true, false },
		{ "audit.jsonl", "audit.jsonl.12.gz", true, false },
		{ "audit.jsonl", "audit.jsonl-20260101", true, false },
		{ "audit.jsonl", "audit.jsonl-20260101.gz", true, false },
		{ "audit.jsonl", "audit-20260101.jsonl", true, false },
		{ "audit.jsonl", "audit.1.jsonl.gz", true, false },
		{ "audit.jsonl", "audit.jsonl-20260101-1767225600.gz", true,
		    false },
		{ "audit.jsonl", "audit.jsonl.1.xz", true, true },
		{ "audit.jsonl", "audit.jsonl-20260101.zst", true, true },
		{ "audit", "audit.1", true, false },
		{ "audit.jsonl", "audit.jsonl", false, false },
		{ "audit.jsonl", "audit.jsonl.bak", false, false },
		{ "audit.jsonl", "audit.jsonl.1x", false, false },
		{ "audit.jsonl", "audit.jsonl.", false, false },
		{ "audit.jsonl", "my-audit.jsonl.1", false, false },
		{ "audit.jsonl", "audit.jsonl.gz", false, false },
		{ "audit.jsonl", "audit2.jsonl", false, false },
		{ ".audit", ".audit.1", true, false },
		{ ".audit", ".1.audit", false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		bool packed = false;

		assert_int_equal(
		    sts_audit_is_rotated(cases[i].base, cases[i].name, &packed),
		    cases[i].is);
		assert_int_equal(packed, cases[i].packed);
	}
}

struct place {
	char folder[32], path[80];
};

static void
begin(struct place *p, const char *name)
{
	(void)snprintf(p->folder, sizeof(p->folder), "/tmp/sts-entry-XXXXXX");
	assert_non_null(mkdtemp(p->folder));
	(void)snprintf(p->path, sizeof(p->path), "%s/%s", p->folder, name);
}

static void
end(struct place *p)
{
	assert_int_equal(unlink(p->path), 0);
	assert_int_equal(rmdir(p->folder), 0);
}

/* The first `skip` bytes of a stream of lines, as gzip or plain ("w", "wT"). */
static void
write_lines(const char *path, const char *mode, size_t lines)
{
	gzFile f = gzopen(path, mode);

	assert_non_null(f);
	for (size_t i = 0; i < lines; i++)
		assert_true(gzprintf(f, "line %zu\n", i) > 0);
	assert_true(gzputs(f, "the last has no end") > 0);
	assert_int_equal(gzclose(f), Z_OK);
}

static void
lines_of_a_file(void **state)
{
	enum { LINES = 30000 };
	static const char *const modes[] = { "wT", "w" };
	struct sts_audit_file *file;
	struct sts_slice line;
	const char *why;
	struct place p;
	char want[32];

	(void)state;
	for (size_t m = 0; m < COUNT(modes); m++) {
		begin(&p, "audit");
		write_lines(p.path, modes[m], LINES);
		assert_int_equal(sts_audit_file_open(p.path, &file), STS_OK);
		for (size_t i = 0; i < LINES; i++) {
			(void)snprintf(want, sizeof(want), "line %zu", i);
			assert_int_equal(
			    sts_audit_file_line(file, &line, &why), STS_OK);
			assert_true(sts_slice_eq(line, sts_slice_str(want)));
		}
		assert_int_equal(
		    sts_audit_file_line(file, &line, &why), STS_OK);
		assert_true(sts_slice_eq(line, STS_LIT("the last has no end")));
		assert_true(sts_audit_file_number(file) == LINES + 1);
		assert_int_equal(
		    sts_audit_file_line(file, &line, &why), STS_E_NOTFOUND);
		assert_int_equal(sts_audit_file_percent(file), 100);
		sts_audit_file_close(file);
		end(&p);
	}
}

static void
gzip_that_is_cut_off(void **state)
{
	struct sts_audit_file *file;
	struct sts_slice line;
	const char *why = "";
	struct place p;
	enum sts_err err;

	(void)state;
	begin(&p, "audit.1.gz");
	write_lines(p.path, "w", 30000);
	assert_int_equal(truncate(p.path, 20000), 0);
	assert_int_equal(sts_audit_file_open(p.path, &file), STS_OK);
	do
		err = sts_audit_file_line(file, &line, &why);
	while (err == STS_OK);
	assert_int_equal(err, STS_E_IO);
	assert_non_null(strstr(why, "cut off"));
	assert_true(sts_audit_file_number(file) > 100);
	sts_audit_file_close(file);
	end(&p);
}

/* One line that never ends is told as such, and what follows is read. */
static void
a_line_past_the_cap(void **state)
{
	struct sts_audit_file *file;
	struct sts_slice line;
	const char *why;
	struct place p;
	FILE *f;

	(void)state;
	begin(&p, "audit");
	f = fopen(p.path, "w");
	assert_non_null(f);
	for (size_t i = 0; i < 3 * (size_t)STS_AUDIT_LINE; i++)
		(void)fputc('x', f);
	(void)fputs("\nnext\n", f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(sts_audit_file_open(p.path, &file), STS_OK);
	assert_int_equal(sts_audit_file_line(file, &line, &why), STS_OK);
	assert_true(line.n > STS_AUDIT_LINE);
	assert_int_equal(sts_audit_file_line(file, &line, &why), STS_OK);
	assert_true(sts_slice_eq(line, STS_LIT("next")));
	sts_audit_file_close(file);
	end(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_verdicts_action_survives),
		cmocka_unit_test(what_is_wrong_is_told),
		cmocka_unit_test(names_of_rotated_files),
		cmocka_unit_test(lines_of_a_file),
		cmocka_unit_test(gzip_that_is_cut_off),
		cmocka_unit_test(a_line_past_the_cap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
