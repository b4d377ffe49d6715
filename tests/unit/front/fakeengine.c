#include "fakeengine.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sts_ticket {
	struct sts_engine *engine;
	const struct fake_domain *script;
	int64_t asked_ms;
	bool cached;
};

static int64_t
mono_ms(const struct sts_clock *clock)
{
	const struct sts_engine *e = (const void *)clock;

	return e->now_ms;
}

static int64_t
wall_s(const struct sts_clock *clock)
{
	(void)clock;
	return 1767225600; /* 2026-01-01T00:00:00Z */
}

static const struct sts_conf *
load(const char *text)
{
	char path[] = "/tmp/sts-front-test-XXXXXX";
	const struct sts_conf *conf = NULL;
	struct sts_buf errors;
	int fd = mkstemp(path);
	ssize_t n;

	assert_true(fd >= 0);
	n = write(fd, text, strlen(text));
	assert_int_equal(n, strlen(text));
	(void)close(fd);
	sts_buf_init(&errors, 4096);
	if (sts_conf_load(path, &errors, &conf) != STS_OK)
		fail_msg("%s", sts_buf_cstr(&errors));
	sts_buf_deinit(&errors);
	(void)unlink(path);
	return conf;
}

void
fake_engine_init(struct sts_engine *e, const struct fake_domain *domains,
    const char *conf_text)
{
	memset(e, 0, sizeof(*e));
	e->clock.mono_ms = mono_ms;
	e->clock.wall_s = wall_s;
	e->now_ms = 1000;
	e->conf = load(conf_text);
	e->domains = domains;
	e->close_ms = FAKE_NEVER;
}

void
fake_engine_deinit(struct sts_engine *e)
{
	assert_int_equal(e->tickets, 0);
	sts_conf_put(e->conf);
}

const struct sts_conf *
sts_engine_conf(struct sts_engine *e)
{
	return sts_conf_get(e->conf);
}

struct sts_log *
sts_engine_log(struct sts_engine *e)
{
	return e->log;
}

/* For engine/watch.c: it has none. */
struct sts_loop *
sts_engine_loop(struct sts_engine *e)
{
	(void)e;
	return NULL;
}

const struct sts_clock *
sts_engine_clock(struct sts_engine *e)
{
	return &e->clock;
}

enum sts_err
sts_engine_ask(struct sts_engine *e, const char *domain, unsigned ask,
    struct sts_ticket **out)
{
	const struct fake_domain *script = e->domains;
	struct sts_ticket *t;

	assert_int_equal(ask, 0);
	e->asked++;
	if (e->close_ms != FAKE_NEVER && e->now_ms >= e->close_ms)
		return STS_E_CLOSED;
	if (e->refuse != STS_OK)
		return e->refuse;
	while (script->domain != NULL && strcmp(script->domain, domain) != 0)
		script++;
	if (script->domain == NULL)
		fail_msg("nobody should ask about %s", domain);
	t = malloc(sizeof(*t));
	assert_non_null(t);
	t->engine = e;
	t->script = script;
	t->asked_ms = e->now_ms;
	t->cached = script->ready_ms == 0;
	e->tickets++;
	*out = t;
	return STS_OK;
}

bool
sts_ticket_cached(const struct sts_ticket *t)
{
	return t->cached;
}

void
sts_ticket_free(struct sts_ticket *t)
{
	if (t != NULL)
		t->engine->tickets--;
	free(t);
}

static void
set_host(struct sts_mx_outcome *mx, enum sts_path path, enum sts_reason reason)
{
	const struct sts_host_outcome draft = {
		.host = "mx1.example.com", .path = path, .reason = reason
	};

	mx->match = true;
	mx->seen = sts_host_outcome_new(&draft);
	assert_non_null(mx->seen);
}

/* Through the table of core/verdict.c, so that what is tested here is what will
 * be. */
static const struct sts_answer *
make_answer(const char *domain, enum fake_answer what, bool complete)
{
	bool has_mx = what == FAKE_PASS || what == FAKE_FAIL ||
		      what == FAKE_UNREACHABLE || what == FAKE_TESTING;
	struct sts_mx_outcome mx = { .host = "" };
	struct sts_answer draft = {
		.domain = domain,
		.discovery = { .id = has_mx ? "20260101" : "" },
		.complete = complete,
		.n_mx = has_mx,
		.mx = &mx,
	}, *a;
	struct sts_facts facts = {
		.policy = STS_POLICY_IN_FORCE,
		.mode =
		    what == FAKE_TESTING ? STS_MODE_TESTING : STS_MODE_ENFORCE,
		.mx_state = STS_MX_KNOWN,
		.probed = true,
	};

	switch (what) {
	case FAKE_PASS:
		set_host(&mx, STS_PATH_VALIDATED, STS_REASON_NONE);
		break;
	case FAKE_NONE:
		facts.policy = STS_POLICY_ABSENT;
		break;
	case FAKE_UNKNOWN:
		facts.policy = STS_POLICY_UNKNOWN;
		break;
	case FAKE_UNREACHABLE:
		set_host(&mx, STS_PATH_UNREACHABLE, STS_REASON_UNREACHABLE);
		break;
	case FAKE_FAIL:
	case FAKE_TESTING:
		set_host(&mx, STS_PATH_INVALID, STS_REASON_CERTIFICATE_EXPIRED);
		break;
	}
	facts.mx = draft.mx;
	facts.n_mx = draft.n_mx;
	draft.verdict = sts_verdict_of(&facts);
	a = sts_answer_new(&draft);
	assert_non_null(a);
	sts_host_outcome_put(mx.seen);
	return a;
}

const struct sts_answer *
sts_engine_remembered(struct sts_engine *e, const char *domain)
{
	assert_int_not_equal(e->refuse, STS_OK);
	return make_answer(domain, e->remembered, false);
}

/* When something happens to the ticket, or INT64_MAX. */
static int64_t
next_event(const struct sts_ticket *t)
{
	int64_t close_ms = t->engine->close_ms, at = INT64_MAX;

	if (t->script->ready_ms != FAKE_NEVER)
		at = t->asked_ms + t->script->ready_ms;
	if (close_ms != FAKE_NEVER && close_ms < at)
		at = close_ms;
	return at;
}

enum sts_err
sts_ticket_wait(struct sts_ticket *t, int64_t ms, const struct sts_answer **out)
{
	struct sts_engine *e = t->engine;
	int64_t at = next_event(t), end = e->now_ms + ms;
	bool ready;

	assert_true(ms >= 0);
	if (at > e->now_ms && ms > 0)
		e->waited++;
	if (at > e->now_ms)
		e->now_ms = at < end ? at : end;
	ready = t->script->ready_ms != FAKE_NEVER &&
		e->now_ms >= t->asked_ms + t->script->ready_ms;
	*out = make_answer(t->script->domain,
	    ready ? t->script->late : t->script->early, ready);
	if (ready)
		return STS_OK;
	return e->close_ms != FAKE_NEVER && e->now_ms >= e->close_ms
		   ? STS_E_CLOSED
		   : STS_E_TIMEOUT;
}

bool
sts_ticket_notify(struct sts_ticket *t, void (*note)(void *), void *cookie)
{
	struct sts_engine *e = t->engine;

	if (next_event(t) <= e->now_ms)
		return false;
	e->note_cookie = cookie;
	e->note = note;
	return true;
}

bool
fake_engine_pass(struct sts_engine *e, int64_t ms)
{
	void (*note)(void *) = e->note;

	e->now_ms += ms;
	e->note = NULL;
	if (note != NULL)
		note(e->note_cookie);
	return note != NULL;
}

bool
sts_engine_outage(struct sts_engine *engine, struct sts_engine_outage *out)
{
	*out = (struct sts_engine_outage){ .on = engine->outage };
	return engine->outage;
}
