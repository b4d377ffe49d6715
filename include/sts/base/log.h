/*
 * The log: an event and key=value pairs, one line each.
 *
 *	sts_log(log, STS_LOG_WARNING, "txt-gone",
 *	    STS_KV_STR("domain", domain), STS_KV_INT("expires_in", s));
 *
 * gives `txt-gone domain=example.com expires_in=3600`.  Remote bytes may be
 * given as they came: every value is escaped (sts/base/escape.h) and cut here.
 * A value that holds a space, a quote or nothing is put in double quotes, a
 * quote in it becomes \".  What does not fit a line is left out, pair by pair,
 * and the line ends in " ...".  Logging allocates nothing.
 *
 * A struct sts_log is made once, is borrowed by all that log, and must outlive
 * them.  sts_log may be called by any thread.
 */
#ifndef STS_BASE_LOG_H
#define STS_BASE_LOG_H

#include "sts/base/err.h"
#include "sts/base/slice.h"

#include <stdint.h>

enum sts_log_level { /* syslog's own order and numbers */
	STS_LOG_ALERT = 1, /* the outage alarm: somebody must look now */
	STS_LOG_ERR = 3,
	STS_LOG_WARNING = 4,
	STS_LOG_NOTICE = 5,
	STS_LOG_INFO = 6,
	STS_LOG_DEBUG = 7,
};

struct sts_kv {
	const char *key; /* a literal; NULL key: the pair is left out */
	struct sts_slice str; /* where is_int is false */
	int64_t num;
	bool is_int;
};

#define STS_KV_SLICE(k, s) ((struct sts_kv){ (k), (s), 0, false })
#define STS_KV_STR(k, s) STS_KV_SLICE((k), sts_slice_str(s))
#define STS_KV_INT(k, i)                                                       \
	((struct sts_kv){ (k), { NULL, 0 }, (int64_t)(i), true })

enum { STS_LOG_LINE = 1024, STS_LOG_VALUE = 256 }; /* caps in bytes */

struct sts_log;

/* Receives each line, already escaped, without a line end. */
typedef void sts_log_sink(
    void *cookie, enum sts_log_level level, const char *line);

/* To syslog under `ident` (a literal) and `facility` (LOG_MAIL …), or, where
 * `ident` is NULL, to standard error with a time in front. */
STS_MUST_USE enum sts_err sts_log_new(const char *ident, int facility,
    enum sts_log_level level, struct sts_log **out);
/* To a function, for tests and for `mta-sts`. */
STS_MUST_USE enum sts_err sts_log_new_sink(sts_log_sink *sink, void *cookie,
    enum sts_log_level level, struct sts_log **out);
void sts_log_free(struct sts_log *log);

/* Changes what is let through, from now on (a reload). */
void sts_log_set_level(struct sts_log *log, enum sts_log_level level);
void sts_log_set_facility(struct sts_log *log, int facility);

/* `event` is a literal.  `prefix` (may be NULL), e.g. a queue id, stands before
 * it with a colon.  Does nothing where log is NULL. */
void sts_log_event(struct sts_log *log, enum sts_log_level level,
    const char *prefix, const char *event, size_t n, const struct sts_kv *kv);

#define STS_LOG_COUNT(...)                                                     \
	(sizeof((struct sts_kv[]){ __VA_ARGS__ }) / sizeof(struct sts_kv))
#define sts_log(log, level, event, ...)                                        \
	sts_log_event((log), (level), NULL, (event),                           \
	    STS_LOG_COUNT(__VA_ARGS__), (struct sts_kv[]){ __VA_ARGS__ })

#endif
