#include "sts/base/log.h"

#include "sts/base/clock.h"
#include "sts/base/escape.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

struct sts_log {
	sts_log_sink *sink;
	void *cookie;
	bool owns_syslog;
	atomic_int level;
	atomic_int facility;
};

/* A line in the making, on the caller's stack: logging never allocates, so that
 * it works where memory has run out.  Not NUL-terminated until it is done. */
struct line {
	char text[STS_LOG_LINE];
	size_t n;
};

static const char more[] = " ..."; /* ends a line that did not hold all */

static void
to_syslog(void *cookie, enum sts_log_level level, const char *line)
{
	struct sts_log *log = cookie;

	syslog(atomic_load(&log->facility) | (int)level, "%s", line);
}

/* One write a line, so that the lines of threads never mix. */
static void
to_stderr(void *cookie, enum sts_log_level level, const char *line)
{
	char time[STS_TIME_TEXT], text[STS_TIME_TEXT + STS_LOG_LINE + 2];
	int n;

	(void)cookie;
	(void)level;
	(void)sts_time_rfc3339(sts_wall_s(&sts_clock_system), time);
	n = snprintf(text, sizeof(text), "%s %s\n", time, line);
	if (n > 0 && write(STDERR_FILENO, text, (size_t)n) < 0)
		return; /* there is nobody to tell */
}

enum sts_err
sts_log_new_sink(sts_log_sink *sink, void *cookie, enum sts_log_level level,
    struct sts_log **out)
{
	struct sts_log *log = calloc(1, sizeof(*log));

	if (log == NULL)
		return STS_E_NOMEM;
	log->sink = sink;
	log->cookie = cookie;
	atomic_init(&log->level, (int)level);
	atomic_init(&log->facility, LOG_MAIL);
	*out = log;
	return STS_OK;
}

enum sts_err
sts_log_new(const char *ident, int facility, enum sts_log_level level,
    struct sts_log **out)
{
	enum sts_err err;
	struct sts_log *log;

	err = sts_log_new_sink(to_stderr, NULL, level, &log);
	if (err != STS_OK)
		return err;
	if (ident != NULL) {
		log->sink = to_syslog;
		log->cookie = log;
		log->owns_syslog = true;
		sts_log_set_facility(log, facility);
		openlog(ident, LOG_PID, facility);
	}
	*out = log;
	return STS_OK;
}

void
sts_log_free(struct sts_log *log)
{
	if (log == NULL)
		return;
	if (log->owns_syslog)
		closelog();
	free(log);
}

void
sts_log_set_level(struct sts_log *log, enum sts_log_level level)
{
	atomic_store(&log->level, (int)level);
}

void
sts_log_set_facility(struct sts_log *log, int facility)
{
	atomic_store(&log->facility, facility);
}

/* Appends all of it or nothing; keeps room for `more` and the NUL. */
static bool
add(struct line *line, struct sts_slice s)
{
	if (s.n > sizeof(line->text) - sizeof(more) - line->n)
		return false;
	if (s.n > 0)
		memcpy(line->text + line->n, s.p, s.n);
	line->n += s.n;
	return true;
}

static bool
add_quoted(struct line *line, struct sts_slice s)
{
	struct sts_slice part;
	bool again, fits = add(line, STS_LIT("\""));

	do {
		again = sts_slice_cut(&s, '"', &part);
		fits = fits && add(line, part) &&
		       add(line, again ? STS_LIT("\\\"") : STS_LIT("\""));
	} while (again);
	return fits;
}

static bool
add_value(struct line *line, const struct sts_kv *kv)
{
	char text[STS_LOG_VALUE + 1];
	struct sts_slice value;

	if (kv->is_int)
		(void)snprintf(text, sizeof(text), "%" PRId64, kv->num);
	else
		(void)sts_escape_to(text, sizeof(text), kv->str);
	value = sts_slice_str(text);
	if (value.n == 0 || strpbrk(text, " \"") != NULL)
		return add_quoted(line, value);
	return add(line, value);
}

/* The whole pair or nothing. */
static bool
add_pair(struct line *line, const struct sts_kv *kv)
{
	size_t before = line->n;

	if (add(line, STS_LIT(" ")) && add(line, sts_slice_str(kv->key)) &&
	    add(line, STS_LIT("=")) && add_value(line, kv))
		return true;
	line->n = before;
	return false;
}

static void
make_line(struct line *line, const char *prefix, const char *event, size_t n,
    const struct sts_kv *kv)
{
	char text[STS_LOG_VALUE + 1];
	bool fits = true;

	line->n = 0;
	if (prefix != NULL) {
		(void)sts_escape_to(text, sizeof(text), sts_slice_str(prefix));
		fits =
		    add(line, sts_slice_str(text)) && add(line, STS_LIT(": "));
	}
	fits = fits && add(line, sts_slice_str(event));
	for (size_t i = 0; fits && i < n; i++)
		if (kv[i].key != NULL)
			fits = add_pair(line, &kv[i]);
	memcpy(line->text + line->n, fits ? "" : more, fits ? 1 : sizeof(more));
}

void
sts_log_event(struct sts_log *log, enum sts_log_level level, const char *prefix,
    const char *event, size_t n, const struct sts_kv *kv)
{
	struct line line;

	if (log == NULL || (int)level > atomic_load(&log->level))
		return;
	make_line(&line, prefix, event, n, kv);
	log->sink(log->cookie, level, line.text);
}
