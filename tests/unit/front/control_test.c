/*
 * The control socket: what it answers, and that clients who are hostile, silent
 * or slow get nothing and hold up nobody.
 */
#include "sts/front/control.h"

#include "sts/base/sockspec.h"
#include "sts/report/report.h"

#include "../starve.h"
#include "test.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	PATIENCE_MS = 20000, /* past this a test fails instead of hanging */
	MANY = 3000, /* records: more than a socket's buffer holds */
};

struct world {
	char dir[64], socket_path[96], conf_path[96];
	struct sts_sockspec spec;
	const struct sts_conf *conf;
	struct sts_log *log;
	struct sts_store *store;
	struct sts_engine *engine;
	struct sts_report *report; /* NULL: none */
	struct sts_control *control;
	enum sts_err reload; /* what the reload says */
};

static void
to_nowhere(void *cookie, enum sts_log_level level, const char *line)
{
	(void)cookie;
	(void)level;
	(void)line;
}

static enum sts_err
reload(void *cookie, struct sts_buf *message)
{
	const struct world *w = cookie;

	sts_buf_str(message,
	    w->reload == STS_OK ? "reloaded" : "x.conf:3: no \xff such key");
	return w->reload;
}

static int64_t
loaded_at(void *cookie)
{
	(void)cookie;
	return 1767225600;
}

/* Nobody answers DNS there, so that nothing leaves the machine. */
static void
load_conf(struct world *w)
{
	FILE *file = fopen(w->conf_path, "w");
	struct sts_buf errors;

	assert_non_null(file);
	assert_true(fputs("dns_servers = {\"127.0.0.1:1\"}\n"
			  "dns_timeout = 1\nstore = \"\"\n",
			file) >= 0);
	assert_int_equal(fclose(file), 0);
	sts_buf_init(&errors, 4096);
	assert_int_equal(
	    sts_conf_load(w->conf_path, &errors, &w->conf), STS_OK);
	sts_buf_deinit(&errors);
}

static void
start_control(struct world *w, int idle_ms)
{
	struct sts_control_options options = {
		.engine = w->engine,
		.report = w->report,
		.idle_ms = idle_ms,
		.reload = reload,
		.loaded_at = loaded_at,
		.cookie = w,
	};
	const char *why;

	assert_int_equal(
	    sts_sockspec_listen(&w->spec, 0660, &options.fd, &why), STS_OK);
	assert_int_equal(sts_control_new(&options, &w->control), STS_OK);
}

static void
stop_control(struct world *w)
{
	sts_control_free(w->control);
	w->control = NULL;
	(void)unlink(w->socket_path);
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct sts_store_options store = { .path = "",
		.memory_records = 2 * MANY,
		.clock = &sts_clock_system };
	struct sts_engine_options engine = { .clock = &sts_clock_system };
	char why[256];

	assert_non_null(w);
	(void)snprintf(w->dir, sizeof(w->dir), "/tmp/control_test.XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	(void)snprintf(
	    w->socket_path, sizeof(w->socket_path), "%s/control", w->dir);
	(void)snprintf(w->conf_path, sizeof(w->conf_path), "%s/conf", w->dir);
	w->spec.family = AF_UNIX;
	(void)snprintf(
	    w->spec.path, sizeof(w->spec.path), "%s", w->socket_path);
	load_conf(w);
	assert_int_equal(
	    sts_log_new_sink(to_nowhere, NULL, STS_LOG_DEBUG, &w->log), STS_OK);
	store.log = engine.log = w->log;
	assert_int_equal(sts_store_open(&store, &w->store), STS_OK);
	engine.store = w->store;
	engine.conf = w->conf;
	assert_int_equal(
	    sts_engine_new(&engine, why, sizeof(why), &w->engine), STS_OK);
	start_control(w, 0);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	sts_control_free(w->control);
	sts_report_free(w->report);
	sts_engine_free(w->engine);
	sts_store_free(w->store);
	sts_log_free(w->log);
	sts_conf_put(w->conf);
	(void)unlink(w->socket_path);
	(void)unlink(w->conf_path);
	(void)rmdir(w->dir);
	free(w);
	return 0;
}

static int
dial(struct world *w)
{
	const char *why;
	int fd;

	assert_int_equal(sts_sockspec_connect(&w->spec, &fd, &why), STS_OK);
	return fd;
}

static void
say(int fd, const char *p, size_t n)
{
	assert_int_equal(send(fd, p, n, MSG_NOSIGNAL), (ssize_t)n);
}

/* One byte, or -1 at the end: a reset counts as one. */
static int
next_byte(int fd)
{
	struct pollfd pfd = { fd, POLLIN, 0 };
	char c;
	ssize_t n;

	assert_int_equal(poll(&pfd, 1, PATIENCE_MS), 1);
	n = recv(fd, &c, 1, 0);
	assert_true(n >= 0 || errno == ECONNRESET);
	return n == 1 ? (unsigned char)c : -1;
}

/* The next line of the reply, parsed; NULL at the end. */
static json_t *
hear(int fd)
{
	struct sts_buf line;
	json_t *reply = NULL;
	int c;

	sts_buf_init(&line, 1 << 20);
	while ((c = next_byte(fd)) >= 0 && c != '\n')
		sts_buf_char(&line, (char)c);
	if (line.n > 0) {
		reply = json_loadb(line.p, line.n, 0, NULL);
		assert_non_null(reply);
	}
	sts_buf_deinit(&line);
	return reply;
}

static json_t *
ask(int fd, const char *request)
{
	say(fd, request, strlen(request));
	say(fd, "\n", 1);
	return hear(fd);
}

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

static void
assert_refused(json_t *reply, const char *word)
{
	assert_true(json_is_false(json_object_get(reply, "ok")));
	assert_string_equal(text_of(reply, "error"), word);
	assert_true(text_of(reply, "message")[0] != '\0');
	json_decref(reply);
}

static void
assert_alive(int fd)
{
	json_t *reply = ask(fd, "{\"command\":\"status\"}");

	assert_true(json_is_true(json_object_get(reply, "ok")));
	json_decref(reply);
}

static void
assert_hung_up(int fd)
{
	assert_int_equal(next_byte(fd), -1);
}

static void
remember(struct world *w, const char *domain)
{
	struct sts_record draft = { .domain = domain, .id = "id1" };
	const struct sts_record *record;
	struct sts_policy *policy;

	assert_int_equal(
	    sts_policy_parse(STS_LIT("version: STSv1\nmode: enforce\n"
				     "mx: mx.example.com\nmax_age: 86400\n"),
		NULL, NULL, &policy),
	    STS_OK);
	draft.policy = policy;
	draft.fetched_at = draft.confirmed_at = draft.used_at =
	    sts_wall_s(&sts_clock_system);
	record = sts_record_new(&draft);
	assert_non_null(record);
	sts_policy_put(policy);
	assert_int_equal(sts_store_put(w->store, record), STS_OK);
	sts_record_put(record);
}

static void
test_status(void **state)
{
	static const char *const keys[] = { "version", "pid", "started",
		"uptime", "configuration", "sockets", "store", "engine",
		"process" };
	struct world *w = *state;
	int fd = dial(w);
	json_t *reply = ask(fd, "{\"command\":\"status\"}");

	for (size_t i = 0; i < COUNT(keys); i++)
		assert_non_null(json_object_get(reply, keys[i]));
	assert_string_equal(text_of(reply, "version"), STS_VERSION);
	assert_string_equal(
	    text_of(json_object_get(reply, "configuration"), "loaded"),
	    "2026-01-01T00:00:00Z");
	assert_string_equal(
	    text_of(json_object_get(reply, "configuration"), "path"),
	    w->conf_path);
	assert_true(json_is_null(json_object_get(reply, "decisions")));
	json_decref(reply);
	(void)close(fd);
}

/* All of it, or a refusal. */
static void
assert_status_or_refused(const char *line, size_t n)
{
	json_t *reply = json_loadb(line, n, 0, NULL);
	const json_t *decisions = json_object_get(reply, "decisions");

	assert_non_null(reply);
	if (json_is_true(json_object_get(reply, "ok"))) {
		assert_int_equal(
		    json_object_size(json_object_get(decisions, "results")),
		    STS_REPORT_RESULTS);
		assert_non_null(json_object_get(reply, "process"));
	} else {
		assert_true(text_of(reply, "message")[0] != '\0');
	}
	json_decref(reply);
}

/* Whichever allocation of a reply fails, nobody is told half of it.  The other
 * threads have nothing to do meanwhile. */
static void
test_status_without_memory(void **state)
{
	static const char request[] = "{\"command\":\"status\"}\n";
	struct world *w = *state;
	bool failed = true;

	stop_control(w);
	assert_int_equal(
	    sts_report_new(w->log, &sts_clock_system, "", &w->report), STS_OK);
	start_control(w, 0);
	for (unsigned n = 1; failed; n++) {
		char line[8192];
		size_t length = 0;
		int c, fd = dial(w);

		starve_begin(n, n % 2 == 0);
		say(fd, request, sizeof(request) - 1);
		while ((c = next_byte(fd)) >= 0 && c != '\n' &&
		       length < sizeof(line))
			line[length++] = (char)c;
		failed = starve_end();
		assert_true(failed || length > 0);
		if (length > 0)
			assert_status_or_refused(line, length);
		(void)close(fd);
	}
}

static const struct {
	const char *line;
	const char *word;
} bad[] = {
	{ "", "usage" },
	{ "garbage", "usage" },
	{ "\x01\xff\xfe", "usage" },
	{ "[]", "usage" },
	{ "{}", "usage" },
	{ "\"status\"", "usage" },
	{ "{\"command\":1}", "usage" },
	{ "{\"command\":null}", "usage" },
	{ "{\"command\":\"no-such\"}", "usage" },
	{ "{\"command\":\"status\"", "usage" },
	{ "{\"command\":\"status\"}}", "usage" },
	{ "{\"command\":\"status\",\"command\":\"reload\"}", "usage" },
	{ "{\"command\":\"status\\u0000\"}", "usage" },
	{ "{\"command\":\"status\",\"domain\":\"a.example\"}", "usage" },
	{ "{\"command\":\"cache-show\"}", "usage" },
	{ "{\"command\":\"cache-show\",\"domain\":7}", "usage" },
	{ "{\"command\":\"cache-show\",\"domain\":\"\"}", "usage" },
	{ "{\"command\":\"cache-show\",\"domain\":\"a b\"}", "usage" },
	{ "{\"command\":\"cache-show\",\"domain\":\"192.0.2.1\"}", "usage" },
	{ "{\"command\":\"cache-show\",\"domain\":\"a.example\"}",
	    "not-found" },
	{ "{\"command\":\"cache-flush\",\"domain\":\"a.example\"}",
	    "not-found" },
};

static void
test_bad_requests(void **state)
{
	int fd = dial(*state);

	for (size_t i = 0; i < COUNT(bad); i++)
		assert_refused(ask(fd, bad[i].line), bad[i].word);
	assert_alive(fd);
	(void)close(fd);
}

static void
test_deep_nesting(void **state)
{
	char line[4000];
	int fd = dial(*state);

	memset(line, '[', sizeof(line));
	say(fd, line, sizeof(line));
	assert_refused(ask(fd, ""), "usage");
	assert_alive(fd);
	(void)close(fd);
}

static void
test_longest_line(void **state)
{
	char line[STS_CONTROL_REQUEST_MAX + 1];
	int fd = dial(*state);
	json_t *reply;

	/* As long as it may be, its LF included. */
	memset(line, ' ', sizeof(line));
	memcpy(line, "{\"command\":\"status\"}", 20);
	line[STS_CONTROL_REQUEST_MAX - 1] = '\n';
	say(fd, line, STS_CONTROL_REQUEST_MAX);
	reply = hear(fd);
	assert_true(json_is_true(json_object_get(reply, "ok")));
	json_decref(reply);
	assert_alive(fd);
	(void)close(fd);

	/* One more. */
	fd = dial(*state);
	line[STS_CONTROL_REQUEST_MAX - 1] = ' ';
	say(fd, line, sizeof(line));
	assert_refused(hear(fd), "usage");
	assert_hung_up(fd);
	(void)close(fd);
}

static void
test_pipelined(void **state)
{
	static const char two[] = "{\"command\":\"cache-flush\"}\r\n"
				  "{\"command\":\"status\"}\n{\"comm";
	int fd = dial(*state);
	json_t *reply;

	say(fd, two, sizeof(two) - 1);
	reply = hear(fd);
	assert_non_null(json_object_get(reply, "removed"));
	json_decref(reply);
	reply = hear(fd);
	assert_non_null(json_object_get(reply, "version"));
	json_decref(reply);
	(void)close(fd); /* in the middle of a request */
	fd = dial(*state);
	assert_alive(fd);
	(void)close(fd);
}

/* A client that stops in mid-line is hung up on, whoever else is served. */
static void
test_half_open(void **state)
{
	struct world *w = *state;
	int half;

	stop_control(w);
	start_control(w, 100);
	half = dial(w);
	say(half, "{\"command\":", 11);
	assert_hung_up(half);
	(void)close(half);
	half = dial(w); /* not one byte */
	assert_hung_up(half);
	(void)close(half);
}

static void
test_too_many(void **state)
{
	static const char status[] = "{\"command\":\"status\"}\n";
	int fds[STS_CONTROL_CLIENTS], fd;
	json_t *reply;
	bool admitted = false;

	for (size_t i = 0; i < COUNT(fds); i++) {
		fds[i] = dial(*state);
		assert_alive(fds[i]);
	}
	fd = dial(*state);
	assert_refused(hear(fd), "busy");
	assert_hung_up(fd);
	(void)close(fd);
	/* One leaves, and there is a place again once it is noticed. */
	(void)close(fds[0]);
	while (!admitted) {
		fd = dial(*state);
		/* Turned away, it may be too late to send. */
		(void)send(fd, status, sizeof(status) - 1, MSG_NOSIGNAL);
		reply = hear(fd);
		admitted = json_is_true(json_object_get(reply, "ok"));
		json_decref(reply);
		(void)close(fd);
	}
	for (size_t i = 1; i < COUNT(fds); i++)
		(void)close(fds[i]);
}

static void
test_reload(void **state)
{
	struct world *w = *state;
	int fd = dial(w);
	json_t *reply = ask(fd, "{\"command\":\"reload\"}");

	assert_string_equal(text_of(reply, "message"), "reloaded");
	json_decref(reply);
	w->reload = STS_E_SYNTAX;
	reply = ask(fd, "{\"command\":\"reload\"}");
	assert_string_equal(
	    text_of(reply, "message"), "x.conf:3: no \\xff such key");
	assert_refused(reply, "configuration");
	w->reload = STS_E_NOMEM;
	assert_refused(ask(fd, "{\"command\":\"reload\"}"), "failed");
	(void)close(fd);
}

static void
test_show_and_flush(void **state)
{
	struct world *w = *state;
	int fd = dial(w);
	json_t *reply, *part;

	remember(w, "a.example");
	remember(w, "b.example");
	/* Any form of the name will do. */
	reply =
	    ask(fd, "{\"command\":\"cache-show\",\"domain\":\"A.Example.\"}");
	part = json_object_get(reply, "record");
	assert_string_equal(text_of(part, "domain"), "a.example");
	assert_string_equal(text_of(part, "id"), "id1");
	assert_true(json_is_true(json_object_get(part, "in_force")));
	assert_int_equal(json_array_size(json_object_get(part, "mx")), 1);
	part = json_object_get(json_object_get(reply, "answer"), "policy");
	assert_string_equal(text_of(part, "status"), "NOT_CHANGED");
	assert_string_equal(text_of(part, "mode"), "enforce");
	assert_string_equal(text_of(part, "source"), "cache");
	json_decref(reply);

	reply =
	    ask(fd, "{\"command\":\"cache-flush\",\"domain\":\"a.example\"}");
	assert_int_equal(
	    json_integer_value(json_object_get(reply, "removed")), 1);
	json_decref(reply);
	assert_refused(
	    ask(fd, "{\"command\":\"cache-show\",\"domain\":\"a.example\"}"),
	    "not-found");
	reply = ask(fd, "{\"command\":\"cache-flush\"}");
	assert_int_equal(
	    json_integer_value(json_object_get(reply, "removed")), 1);
	json_decref(reply);
	(void)close(fd);
}

static void
remember_many(struct world *w)
{
	char domain[64];

	for (int i = 0; i < MANY; i++) {
		(void)snprintf(domain, sizeof(domain),
		    "a-rather-long-name-of-a-domain-%06d.example", i);
		remember(w, domain);
	}
}

static void
test_list(void **state)
{
	int fd = dial(*state);
	char last[64] = "";
	json_t *reply;
	int n = 0;

	remember_many(*state);
	say(fd, "{\"command\":\"cache-list\"}\n", 25);
	while ((reply = hear(fd)) != NULL &&
	       json_object_get(reply, "ok") == NULL) {
		assert_true(strcmp(last, text_of(reply, "domain")) < 0);
		(void)snprintf(
		    last, sizeof(last), "%s", text_of(reply, "domain"));
		json_decref(reply);
		n++;
	}
	assert_int_equal(n, MANY);
	assert_int_equal(
	    json_integer_value(json_object_get(reply, "records")), MANY);
	json_decref(reply);
	assert_alive(fd);
	(void)close(fd);
}

/* Who asks for much and reads nothing holds up nobody: not the others, and not
 * the end. */
static void
test_list_unread(void **state)
{
	struct world *w = *state;
	int slow[4], fd;

	remember_many(w);
	for (size_t i = 0; i < COUNT(slow); i++) {
		slow[i] = dial(w);
		say(slow[i], "{\"command\":\"cache-list\"}\n", 25);
		assert_true(next_byte(slow[i]) == '{');
	}
	fd = dial(w);
	assert_alive(fd);
	(void)close(slow[0]); /* in the middle of the reply */
	assert_alive(fd);
	stop_control(w);
	assert_hung_up(fd);
	(void)close(fd);
	for (size_t i = 1; i < COUNT(slow); i++)
		(void)close(slow[i]);
}

/* No DNS server answers: the policy stays, and the answer says what failed. */
static void
test_refresh(void **state)
{
	struct world *w = *state;
	int fd = dial(w);
	json_t *reply, *policy;

	remember(w, "a.example");
	reply =
	    ask(fd, "{\"command\":\"cache-refresh\",\"domain\":\"a.example\"}");
	policy = json_object_get(json_object_get(reply, "answer"), "policy");
	assert_true(json_is_true(json_object_get(reply, "ok")));
	assert_string_equal(text_of(policy, "mode"), "enforce");
	assert_string_equal(text_of(policy, "source"), "cache");
	json_decref(reply);
	reply =
	    ask(fd, "{\"command\":\"cache-refresh\",\"domain\":\"b.example\"}");
	assert_string_equal(
	    text_of(json_object_get(reply, "answer"), "result"), "temperror");
	assert_true(json_is_null(json_object_get(reply, "record")));
	json_decref(reply);
	(void)close(fd);
}

static void
test_engine_closed(void **state)
{
	struct world *w = *state;
	int fd = dial(w);

	sts_engine_close(w->engine);
	assert_refused(
	    ask(fd, "{\"command\":\"cache-refresh\",\"domain\":\"a.example\"}"),
	    "closed");
	assert_alive(fd);
	(void)close(fd);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	static const struct CMUnitTest tests[] = {
		TEST(test_status),
		TEST(test_status_without_memory),
		TEST(test_bad_requests),
		TEST(test_deep_nesting),
		TEST(test_longest_line),
		TEST(test_pipelined),
		TEST(test_half_open),
		TEST(test_too_many),
		TEST(test_reload),
		TEST(test_show_and_flush),
		TEST(test_list),
		TEST(test_list_unread),
		TEST(test_refresh),
		TEST(test_engine_closed),
	};

	json_set_alloc_funcs(starve_malloc, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
