/*
 * The log: what a line looks like, what never gets into one, and its caps.
 */
#include "sts/base/log.h"

#include "test.h"

#include <stdio.h>
#include <syslog.h>
#include <unistd.h>

/* The linker puts these in place of the C library's, which has no cookie for
 * what they see. */
void __wrap_syslog(int priority, const char *fmt, ...);
void __wrap___syslog_chk(int priority, int flag, const char *fmt, ...);

static struct {
	int priority;
	char text[STS_LOG_LINE];
} syslogged;

static void
note(int priority, const char *fmt, const char *line)
{
	assert_string_equal(fmt, "%s"); /* no line is ever a format */
	syslogged.priority = priority;
	(void)snprintf(syslogged.text, sizeof(syslogged.text), "%s", line);
}

void
__wrap_syslog(int priority, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(priority, fmt, va_arg(ap, const char *));
	va_end(ap);
}

void
__wrap___syslog_chk(int priority, int flag, const char *fmt, ...)
{
	va_list ap;

	(void)flag;
	va_start(ap, fmt);
	note(priority, fmt, va_arg(ap, const char *));
	va_end(ap);
}

struct seen {
	unsigned n;
	enum sts_log_level level;
	char line[STS_LOG_LINE + 1];
};

static void
see(void *cookie, enum sts_log_level level, const char *line)
{
	struct seen *seen = cookie;

	assert_true(strlen(line) < STS_LOG_LINE);
	seen->n++;
	seen->level = level;
	memcpy(seen->line, line, strlen(line) + 1);
}

static struct sts_log *
new_log(struct seen *seen, enum sts_log_level level)
{
	struct sts_log *log = NULL;

	*seen = (struct seen){ .n = 0 };
	assert_int_equal(sts_log_new_sink(see, seen, level, &log), STS_OK);
	return log;
}

static void
test_lines(void **state)
{
	struct seen seen;
	struct sts_log *log = new_log(&seen, STS_LOG_INFO);
	struct sts_kv pairs[] = {
		STS_KV_STR("host", "mx1"),
		{ .key = NULL },
		STS_KV_INT("n", INT64_MIN),
	};

	(void)state;
	sts_log(log, STS_LOG_WARNING, "txt-gone",
	    STS_KV_STR("domain", "example.com"),
	    STS_KV_INT("expires_in", 3600));
	assert_string_equal(
	    seen.line, "txt-gone domain=example.com expires_in=3600");
	assert_int_equal(seen.level, STS_LOG_WARNING);

	sts_log_event(log, STS_LOG_INFO, "4XyZ", "verdict", 3, pairs);
	assert_string_equal(
	    seen.line, "4XyZ: verdict host=mx1 n=-9223372036854775808");

	sts_log_event(log, STS_LOG_INFO, NULL, "start", 0, NULL);
	assert_string_equal(seen.line, "start");

	sts_log(log, STS_LOG_INFO, "e", STS_KV_STR("a", ""),
	    STS_KV_STR("b", NULL), STS_KV_STR("c", "x y"),
	    STS_KV_STR("d", "say \"hi\""), STS_KV_STR("e", "k=v"),
	    STS_KV_STR("f", "\""));
	assert_string_equal(seen.line,
	    "e a=\"\" b=\"\" c=\"x y\" d=\"say \\\"hi\\\"\" e=k=v f=\"\\\"\"");
	sts_log_free(log);
}

/* Bytes that would end a line, forge one or move a terminal's cursor. */
static void
test_remote_bytes(void **state)
{
	struct seen seen;
	struct sts_log *log = new_log(&seen, STS_LOG_INFO);

	(void)state;
	sts_log(log, STS_LOG_INFO, "reply",
	    STS_KV_SLICE("text", STS_LIT("250 ok\r\nforged\0\x1b[2J\xe2\x80\xae"
					 "%s%n")));
	assert_string_equal(seen.line,
	    "reply text=\"250 ok\\x0d\\x0aforged\\x00\\x1b[2J"
	    "\\xe2\\x80\\xae%s%n\"");
	sts_log_event(log, STS_LOG_INFO, "id\n", "e", 0, NULL);
	assert_string_equal(seen.line, "id\\x0a: e");
	sts_log_free(log);
}

static void
test_caps(void **state)
{
	char big[2000], want[STS_LOG_VALUE + 10];
	struct seen seen;
	struct sts_log *log = new_log(&seen, STS_LOG_INFO);
	struct sts_kv pairs[8];

	(void)state;
	memset(big, 'x', sizeof(big));
	memset(want, 'x', sizeof(want));
	memcpy(want, "e k=", 4);
	memcpy(want + 4 + STS_LOG_VALUE - 3, "...", 4);
	sts_log(log, STS_LOG_INFO, "e",
	    STS_KV_SLICE("k", sts_slice(big, sizeof(big))));
	assert_string_equal(seen.line, want);

	/* A pair that does not fit is left out whole, and the line says so. */
	for (size_t i = 0; i < COUNT(pairs); i++)
		pairs[i] = STS_KV_SLICE("key", sts_slice(big, sizeof(big)));
	sts_log_event(log, STS_LOG_INFO, NULL, "e", COUNT(pairs), pairs);
	assert_int_equal(strlen(seen.line), 1 + 3 * (5 + STS_LOG_VALUE) + 4);
	assert_string_equal(seen.line + strlen(seen.line) - 8, "x... ...");

	/* Quotes count: each takes two bytes more than it had. */
	memset(big, '"', sizeof(big));
	for (size_t n = 1; n <= COUNT(pairs); n++)
		sts_log_event(log, STS_LOG_INFO, "p", "e", n, pairs);
	assert_string_equal(seen.line + strlen(seen.line) - 8, "...\" ...");
	sts_log_free(log);
}

static void
test_levels(void **state)
{
	struct seen seen;
	struct sts_log *log = new_log(&seen, STS_LOG_WARNING);

	(void)state;
	sts_log_event(NULL, STS_LOG_ALERT, NULL, "e", 0, NULL);
	sts_log_event(log, STS_LOG_NOTICE, NULL, "e", 0, NULL);
	assert_int_equal(seen.n, 0);
	sts_log_event(log, STS_LOG_WARNING, NULL, "e", 0, NULL);
	sts_log_event(log, STS_LOG_ALERT, NULL, "e", 0, NULL);
	assert_int_equal(seen.n, 2);
	sts_log_set_level(log, STS_LOG_DEBUG);
	sts_log_event(log, STS_LOG_DEBUG, NULL, "e", 0, NULL);
	assert_int_equal(seen.n, 3);
	sts_log_free(log);
	sts_log_free(NULL);
}

/* To standard error: a time, the line, one line end. */
static void
test_stderr(void **state)
{
	struct sts_log *log;
	char got[200] = "";
	int saved, fds[2];
	ssize_t n;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	saved = dup(STDERR_FILENO);
	assert_true(saved >= 0);
	assert_int_equal(
	    sts_log_new(NULL, LOG_MAIL, STS_LOG_INFO, &log), STS_OK);
	assert_int_equal(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	sts_log(log, STS_LOG_INFO, "start", STS_KV_STR("a", "b"));
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	n = read(fds[0], got, sizeof(got) - 1);
	assert_int_equal(n, 20 + strlen(" start a=b\n"));
	assert_string_equal(got + 20, " start a=b\n");
	assert_int_equal(got[4], '-');
	assert_int_equal(got[10], 'T');
	assert_int_equal(got[19], 'Z');
	sts_log_free(log);
	(void)close(fds[0]);
	(void)close(fds[1]);
	(void)close(saved);
}

static void
test_syslog(void **state)
{
	struct sts_log *log;

	(void)state;
	assert_int_equal(
	    sts_log_new("log_test", LOG_MAIL, STS_LOG_INFO, &log), STS_OK);
	sts_log(log, STS_LOG_WARNING, "txt-gone", STS_KV_STR("a", "%s"));
	assert_int_equal(syslogged.priority, LOG_MAIL | LOG_WARNING);
	assert_string_equal(syslogged.text, "txt-gone a=%s");
	sts_log_set_facility(log, LOG_LOCAL3);
	sts_log_event(log, STS_LOG_ALERT, NULL, "outage", 0, NULL);
	assert_int_equal(syslogged.priority, LOG_LOCAL3 | LOG_ALERT);
	sts_log_free(log);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_remote_bytes),
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_stderr),
		cmocka_unit_test(test_syslog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
