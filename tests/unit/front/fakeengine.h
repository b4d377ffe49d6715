/*
 * An engine that answers from a script, on a clock that runs only while
 * somebody waits: the functions of engine/engine.h that front/session.c calls.
 */
#ifndef TEST_FRONT_FAKEENGINE_H
#define TEST_FRONT_FAKEENGINE_H

#include "sts/engine/engine.h"

enum fake_answer {
	FAKE_PASS,
	FAKE_NONE, /* no policy */
	FAKE_FAIL, /* enforce, certificate-expired at mx1.example.com */
	FAKE_UNREACHABLE, /* enforce, temperror */
	FAKE_UNKNOWN, /* no policy could be looked up */
	FAKE_TESTING, /* testing, and it fails */
};

enum { FAKE_NEVER = -1 };

/* What is known of a domain: `early` from the start, `late` from `ready_ms` on,
 * counted from the first question. */
struct fake_domain {
	const char *domain;
	enum fake_answer early, late;
	int64_t ready_ms; /* 0: known when it is asked; FAKE_NEVER */
};

struct sts_engine {
	struct sts_clock clock; /* first: it is cast back */
	_Atomic int64_t now_ms;
	const struct sts_conf *conf;
	struct sts_log *log;
	const struct fake_domain *domains; /* ends in one without a name */
	enum sts_err refuse; /* of sts_engine_ask, STS_OK: none */
	enum fake_answer remembered; /* of any domain, where it refuses */
	int64_t close_ms; /* when it closes; FAKE_NEVER */
	bool outage;
	unsigned asked, waited; /* questions; waits that took time */
	_Atomic int tickets, answers; /* that are out */
	_Atomic(void (*)(void *)) note; /* sts_ticket_notify's, the newest */
	_Atomic(void *) note_cookie;
};

/* The configuration is the text of a file. */
void fake_engine_init(struct sts_engine *engine,
    const struct fake_domain *domains, const char *conf_text);
/* So much time goes by; who asked for a note is told.  false: nobody did. */
bool fake_engine_pass(struct sts_engine *engine, int64_t ms);
/* Fails the test where a ticket or an answer was not given back. */
void fake_engine_deinit(struct sts_engine *engine);

#endif
