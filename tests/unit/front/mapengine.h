/*
 * An engine with a real loop and nothing else behind it: whoever asks is told
 * when the test says so, on a clock that runs when the test says so.  The
 * functions of engine/engine.h that the socketmap calls.
 */
#ifndef TEST_FRONT_MAPENGINE_H
#define TEST_FRONT_MAPENGINE_H

#include "sts/engine/engine.h"

#include <stdatomic.h>

enum map_answer {
	MAP_NONE, /* no policy */
	MAP_ENFORCE, /* mx1 and mx2 of the domain, both allowed */
	MAP_UNKNOWN, /* could not tell */
	MAP_SOFAR, /* not complete: enforce, MX is pending */
	MAP_NOTHING, /* not complete, and nothing is known */
	MAP_GIANT, /* enforce, with hundreds of patterns; MX unknown */
};

struct sts_engine {
	struct sts_clock clock; /* first: it is cast back */
	_Atomic int64_t now_ms;
	struct sts_loop *loop;
	const struct sts_conf *conf;
	struct sts_log *log;
	struct sts_telling *pending; /* engine's thread only, as the rest */
	unsigned asked, most_pending, n_pending;
	_Atomic enum sts_err refuse; /* of sts_engine_tell, STS_OK: none */
	_Atomic enum map_answer sofar;
	char lines[4096]; /* the log */
};

/* The configuration is the text of a file. */
void map_engine_init(struct sts_engine *engine, const char *conf_text);
/* Fails the test where somebody still waits. */
void map_engine_deinit(struct sts_engine *engine);

/* A domain that begins with `known` is known to be MAP_ENFORCE, `giant` to be
 * MAP_GIANT.  Who asked for another is told with this. */
void map_engine_answer(
    struct sts_engine *engine, const char *domain, enum map_answer what);
/* The same with memory run out. */
void map_engine_fail(struct sts_engine *engine, const char *domain);

/* A reference. */
const struct sts_answer *map_answer_new(
    const char *domain, enum map_answer what);

unsigned map_engine_pending(struct sts_engine *engine);

#endif
