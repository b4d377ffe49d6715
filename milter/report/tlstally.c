#include "sts/report/tlstally.h"

#include "sts/report/tlscounts.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum {
	PATIENCE_MS = 5000, /* for another that has the file locked */
	FAILING_MS = 10000, /* between tries at a file that fails */
};

struct sts_tlstally {
	const struct sts_clock *clock;
	struct sts_log *log;
	char *path;
	pthread_t writer;

	pthread_mutex_t file_lock; /* guards these; taken before `lock` */
	struct sts_tlsdb *db; /* NULL: to be opened */
	bool failing; /* the log knows */

	/* Guards the rest.  Only the writer, holding both, forgets a day: what
	 * it took stays while it writes. */
	pthread_mutex_t lock;
	pthread_cond_t ending;
	bool ends;
	struct sts_tlscounts *counts;
};

/* The policy's text, where it is an STS policy and not too long. */
static const char *
policy_text(const struct sts_answer *a, struct sts_buf *b)
{
	if (a->discovery.policy == NULL)
		return "";
	sts_policy_print(a->discovery.policy, b);
	return sts_buf_err(b) == STS_OK ? sts_buf_cstr(b) : "";
}

void
sts_tlstally_observe(void *cookie, const struct sts_decision *decision)
{
	struct sts_tlssession sessions[STS_TLSSESSIONS_MAX];
	struct sts_tlstally *t = cookie;
	size_t n = sts_tlssessions_of(decision->answer, sessions);
	const char *policy;
	struct sts_buf b;

	if (n == 0)
		return;
	sts_buf_init(&b, STS_TALLY_POLICY);
	policy = policy_text(decision->answer, &b);
	(void)pthread_mutex_lock(&t->lock);
	sts_tlscounts_add(t->counts, sts_wall_s(t->clock) / STS_DAY_S,
	    decision->domain, policy, sessions, n);
	(void)pthread_mutex_unlock(&t->lock);
	sts_buf_deinit(&b);
}

static struct sts_tlstaken *
take(struct sts_tlstally *t, size_t *n)
{
	struct sts_tlstaken *all;

	(void)pthread_mutex_lock(&t->lock);
	all = sts_tlscounts_take(t->counts, n);
	(void)pthread_mutex_unlock(&t->lock);
	return all;
}

static void
put_back(struct sts_tlstally *t, const struct sts_tlstaken *all, size_t n)
{
	(void)pthread_mutex_lock(&t->lock);
	sts_tlscounts_put_back(t->counts, all, n);
	(void)pthread_mutex_unlock(&t->lock);
}

static enum sts_err
write_rows(struct sts_tlsdb *db, const struct sts_tlstaken *all, size_t n)
{
	enum sts_err err = sts_tlsdb_begin(db);

	if (err != STS_OK)
		return err;
	for (size_t i = 0; err == STS_OK && i < n; i++)
		err = sts_tlsdb_add(db, &all[i].row);
	return sts_tlsdb_end(db, err);
}

/* A change of the file's state is one line in the log. */
static void
note(struct sts_tlstally *t, enum sts_err err)
{
	if (err != STS_OK && !t->failing)
		sts_log(t->log, STS_LOG_ERR, "tlsrpt-store-failing",
		    STS_KV_STR("path", t->path),
		    STS_KV_STR("problem", sts_tlsdb_why(t->db)),
		    STS_KV_STR("meanwhile", "counted in memory"));
	else if (err == STS_OK && t->failing)
		sts_log(t->log, STS_LOG_NOTICE, "tlsrpt-store-recovered",
		    STS_KV_STR("path", t->path));
	t->failing = err != STS_OK;
	if (err == STS_OK)
		return;
	sts_tlsdb_close(t->db); /* opened anew at the next try */
	t->db = NULL;
}

static void
drop_old_days(struct sts_tlstally *t)
{
	(void)pthread_mutex_lock(&t->lock);
	sts_tlscounts_drop_old(t->counts);
	(void)pthread_mutex_unlock(&t->lock);
}

static bool
write_waiting(struct sts_tlstally *t)
{
	enum sts_err err = STS_OK;
	struct sts_tlstaken *all;
	size_t n;

	if (t->db == NULL) {
		err = sts_tlsdb_open(t->path, PATIENCE_MS, &t->db);
		if (err != STS_OK) {
			note(t, err);
			return false;
		}
	}
	all = take(t, &n);
	if (n > 0) {
		err = write_rows(t->db, all, n);
		if (err != STS_OK)
			put_back(t, all, n);
		note(t, err);
	}
	free(all);
	if (err == STS_OK)
		drop_old_days(t);
	return err == STS_OK;
}

bool
sts_tlstally_write(struct sts_tlstally *t)
{
	bool written;

	(void)pthread_mutex_lock(&t->file_lock);
	written = write_waiting(t);
	(void)pthread_mutex_unlock(&t->file_lock);
	return written;
}

/* Tries at a file that fails come less often. false: the tally ends. */
static bool
wait_for(struct sts_tlstally *t, int64_t ms)
{
	struct timespec at;
	bool ends;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += (time_t)(ms / 1000);
	(void)pthread_mutex_lock(&t->lock);
	while (
	    !t->ends && pthread_cond_timedwait(&t->ending, &t->lock, &at) == 0)
		;
	ends = t->ends;
	(void)pthread_mutex_unlock(&t->lock);
	return !ends;
}

static void *
write_on(void *cookie)
{
	struct sts_tlstally *t = cookie;
	bool good = sts_tlstally_write(t);

	while (wait_for(t, good ? STS_TALLY_WRITE_MS : FAILING_MS))
		good = sts_tlstally_write(t);
	if (!sts_tlstally_write(t))
		sts_log(t->log, STS_LOG_WARNING, "tlsrpt-tally-unsaved",
		    STS_KV_STR("path", t->path));
	return NULL;
}

static void
init_locks(struct sts_tlstally *t)
{
	pthread_condattr_t attr;

	(void)pthread_mutex_init(&t->file_lock, NULL);
	(void)pthread_mutex_init(&t->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&t->ending, &attr);
	(void)pthread_condattr_destroy(&attr);
}

static void
tally_free(struct sts_tlstally *t)
{
	sts_tlscounts_free(t->counts);
	sts_tlsdb_close(t->db);
	(void)pthread_cond_destroy(&t->ending);
	(void)pthread_mutex_destroy(&t->lock);
	(void)pthread_mutex_destroy(&t->file_lock);
	free(t->path);
	free(t);
}

enum sts_err
sts_tlstally_new(const char *path, const struct sts_clock *clock,
    struct sts_log *log, struct sts_tlstally **out)
{
	struct sts_tlstally *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return STS_E_NOMEM;
	init_locks(t);
	t->clock = clock;
	t->log = log;
	t->path = strdup(path);
	if (t->path == NULL || sts_tlscounts_new(log, &t->counts) != STS_OK) {
		tally_free(t);
		return STS_E_NOMEM;
	}
	if (pthread_create(&t->writer, NULL, write_on, t) != 0) {
		tally_free(t);
		return STS_E_IO;
	}
	*out = t;
	return STS_OK;
}

void
sts_tlstally_free(struct sts_tlstally *t)
{
	if (t == NULL)
		return;
	(void)pthread_mutex_lock(&t->lock);
	t->ends = true;
	(void)pthread_cond_signal(&t->ending);
	(void)pthread_mutex_unlock(&t->lock);
	(void)pthread_join(t->writer, NULL);
	tally_free(t);
}
