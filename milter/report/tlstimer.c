#include "sts/report/tlstimer.h"

#include "sts/report/tlssender.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	TICK_S = 30, /* between looks for what is due */
	AGAIN_S = 900, /* between lookups of records that failed */
	FIRST_S = 600, /* after midnight, at the earliest */
	SPREAD_S = 4 * 3600 - FIRST_S,
	KEEP_DAYS = 7,
	PATIENCE_MS = 5000, /* for another that has the file locked */
};

struct sts_tlstimer {
	char *path;
	struct sts_engine *engine;
	struct sts_log *log;
	const struct sts_clock *clock;
	pthread_t thread;

	/* The thread's own. */
	struct sts_tlsdb *db; /* NULL: to be opened */
	bool failing; /* the log knows */
	int64_t made_for; /* the day up to which all was made */
	int64_t make_at; /* wall s: not before, for records that failed */

	pthread_mutex_t lock; /* guards these */
	pthread_cond_t news;
	bool ends, ended;
};

/* FNV-1a. */
static uint32_t
hash(const char *text, int64_t day)
{
	uint32_t h = 2166136261;

	for (const char *p = text; *p != '\0'; p++)
		h = (h ^ (unsigned char)*p) * 16777619;
	for (int i = 0; i < 8; i++)
		h = (h ^ (unsigned char)(day >> 8 * i)) * 16777619;
	return h;
}

int64_t
sts_tlstimer_end_day(const char *from, int64_t wall_s)
{
	int64_t today = wall_s / STS_DAY_S;
	int64_t delay = FIRST_S + hash(from, today) % SPREAD_S;

	return wall_s % STS_DAY_S >= delay ? today : today - 1;
}

static bool
go_on(void *cookie, const struct sts_tlssender_sums *sums)
{
	struct sts_tlstimer *t = cookie;
	bool ends;

	(void)sums;
	(void)pthread_mutex_lock(&t->lock);
	ends = t->ends;
	(void)pthread_mutex_unlock(&t->lock);
	return !ends;
}

static int64_t
end_day(const struct sts_tlstimer *t)
{
	const struct sts_conf *conf = sts_engine_conf(t->engine);
	int64_t day =
	    sts_tlstimer_end_day(conf->tlsrpt_from, sts_wall_s(t->clock));

	sts_conf_put(conf);
	return day;
}

static void
log_round(const struct sts_tlstimer *t, const struct sts_tlssender_sums *sums)
{
	sts_log(t->log, STS_LOG_NOTICE, "tlsrpt-round",
	    STS_KV_INT("reports", sums->made),
	    STS_KV_INT("unwanted", sums->unwanted),
	    STS_KV_INT("unknown", sums->unknown));
}

/* The reports of all days that are over, once. */
static enum sts_err
make_due(struct sts_tlstimer *t, struct sts_tlssender *sender)
{
	int64_t end = end_day(t), now = sts_wall_s(t->clock), day = 0;
	struct sts_tlssender_sums sums = { 0 };
	enum sts_err err;

	if (end == t->made_for && now < t->make_at)
		return STS_OK;
	err = sts_tlsdb_clean(t->db, end - KEEP_DAYS);
	if (err == STS_OK)
		err = sts_tlsqueue_open_day(t->db, end, &day);
	for (; err == STS_OK && day < end && go_on(t, &sums); day++)
		err = sts_tlssender_make(sender, day, &sums);
	if (sums.made + sums.unwanted + sums.unknown > 0)
		log_round(t, &sums);
	if (err != STS_OK && err != STS_E_NOTFOUND)
		return err;
	t->made_for = end;
	t->make_at = sums.unknown > 0 ? now + AGAIN_S : INT64_MAX;
	return STS_OK;
}

static enum sts_err
do_round(struct sts_tlstimer *t)
{
	const struct sts_tlssender_options options = {
		.engine = t->engine,
		.db = t->db,
		.log = t->log,
		.clock = t->clock,
		.go_on = go_on,
		.cookie = t,
	};
	struct sts_tlssender_sums sums = { 0 };
	struct sts_tlssender *sender;
	enum sts_err err = sts_tlssender_new(&options, &sender);

	if (err != STS_OK)
		return err;
	err = make_due(t, sender);
	if (err == STS_OK && go_on(t, &sums))
		err = sts_tlssender_deliver(sender, &sums);
	sts_tlssender_free(sender);
	return err;
}

/* A change for the worse is one line in the log, and one for the better. */
static void
note(struct sts_tlstimer *t, enum sts_err err)
{
	if (err != STS_OK && !t->failing)
		sts_log(t->log, STS_LOG_ERR, "tlsrpt-sender-failing",
		    STS_KV_STR("path", t->path),
		    STS_KV_STR("problem", err == STS_E_NOMEM
					      ? sts_err_text(err)
					      : sts_tlsdb_why(t->db)));
	else if (err == STS_OK && t->failing)
		sts_log(t->log, STS_LOG_NOTICE, "tlsrpt-sender-recovered",
		    STS_KV_STR("path", t->path));
	t->failing = err != STS_OK;
	if (err == STS_OK)
		return;
	sts_tlsdb_close(t->db);
	t->db = NULL;
}

static void
tick(struct sts_tlstimer *t)
{
	enum sts_err err = STS_OK;

	if (t->db == NULL)
		err = sts_tlsdb_open(t->path, PATIENCE_MS, &t->db);
	if (err == STS_OK)
		err = do_round(t);
	note(t, err);
}

/* false: the timer ends. */
static bool
wait_for(struct sts_tlstimer *t)
{
	struct timespec at;
	bool ends;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += TICK_S;
	(void)pthread_mutex_lock(&t->lock);
	while (!t->ends && pthread_cond_timedwait(&t->news, &t->lock, &at) == 0)
		;
	ends = t->ends;
	(void)pthread_mutex_unlock(&t->lock);
	return !ends;
}

static void *
run(void *cookie)
{
	struct sts_tlstimer *t = cookie;

	do
		tick(t);
	while (wait_for(t));
	(void)pthread_mutex_lock(&t->lock);
	t->ended = true;
	(void)pthread_cond_broadcast(&t->news);
	(void)pthread_mutex_unlock(&t->lock);
	return NULL;
}

static void
timer_free(struct sts_tlstimer *t)
{
	sts_tlsdb_close(t->db);
	(void)pthread_cond_destroy(&t->news);
	(void)pthread_mutex_destroy(&t->lock);
	free(t->path);
	free(t);
}

enum sts_err
sts_tlstimer_new(const char *path, struct sts_engine *engine,
    struct sts_log *log, const struct sts_clock *clock,
    struct sts_tlstimer **out)
{
	struct sts_tlstimer *t = calloc(1, sizeof(*t));
	pthread_condattr_t attr;

	if (t == NULL)
		return STS_E_NOMEM;
	(void)pthread_mutex_init(&t->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&t->news, &attr);
	(void)pthread_condattr_destroy(&attr);
	t->engine = engine;
	t->log = log;
	t->clock = clock;
	t->path = strdup(path);
	if (t->path == NULL) {
		timer_free(t);
		return STS_E_NOMEM;
	}
	if (pthread_create(&t->thread, NULL, run, t) != 0) {
		timer_free(t);
		return STS_E_IO;
	}
	*out = t;
	return STS_OK;
}

bool
sts_tlstimer_free(struct sts_tlstimer *t, int ms)
{
	struct timespec at;
	bool ended;

	if (t == NULL)
		return true;
	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += ms / 1000;
	(void)pthread_mutex_lock(&t->lock);
	t->ends = true;
	(void)pthread_cond_broadcast(&t->news);
	while (
	    !t->ended && pthread_cond_timedwait(&t->news, &t->lock, &at) == 0)
		;
	ended = t->ended;
	(void)pthread_mutex_unlock(&t->lock);
	if (!ended)
		return false;
	(void)pthread_join(t->thread, NULL);
	timer_free(t);
	return true;
}
