#include "sts/report/tlstally.h"

#include "sts/report/tlsdb.h"
#include "sts/report/tlssession.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <uthash.h>

enum {
	PATIENCE_MS = 5000, /* for another that has the file locked */
	FAILING_MS = 10000, /* between tries at a file that fails */
	REASON_MAX = 160, /* bytes of a failure-reason-code */
	PLAIN_KINDS = 32, /* that are counted without details */
};

struct day;
struct domain;

/* Sessions of one kind. */
struct kind {
	struct kind *next; /* of the domain */
	struct kind *next_waiting;
	const struct domain *domain;
	int type;
	char *policy, *result_type, *mx, *ip, *reason_code; /* owned */
	uint64_t waiting; /* not yet in the file */
};

struct domain {
	UT_hash_handle hh;
	const struct day *day;
	char name[STS_DOMAIN_SIZE];
	size_t n_kinds;
	struct kind *kinds;
};

/* The domains of one day. */
struct day {
	struct day *older;
	int64_t number;
	struct domain *domains; /* a hash */
	bool told_full; /* the log knows that something is not counted */
};

struct sts_tlstally {
	const struct sts_clock *clock;
	struct sts_log *log;
	char *path;
	pthread_t writer;

	pthread_mutex_t file_lock; /* guards these; taken before `lock` */
	struct sts_tlsdb *db; /* NULL: to be opened */
	bool failing; /* the log knows */

	/* Guards the rest.  Only the writer, holding both, frees a day: what it
	 * points to while it writes stays.  But for `waiting` and the links, a
	 * kind never changes. */
	pthread_mutex_t lock;
	pthread_cond_t ending;
	bool ends;
	struct day *latest;
	struct kind *waiting;
	size_t n_waiting; /* kinds */
};

static void
free_kind(struct kind *k)
{
	if (k == NULL)
		return;
	free(k->policy);
	free(k->result_type);
	free(k->mx);
	free(k->ip);
	free(k->reason_code);
	free(k);
}

static void
free_day(struct day *day)
{
	struct domain *d, *next;
	struct kind *k;

	HASH_ITER (hh, day->domains, d, next) {
		HASH_DEL(day->domains, d);
		while ((k = d->kinds) != NULL) {
			d->kinds = k->next;
			free_kind(k);
		}
		free(d);
	}
	free(day);
}

static bool
is_kind(const struct kind *k, const struct sts_tlssession *s,
    const char *policy, const char *reason)
{
	return k->type == (int)s->type && strcmp(k->mx, s->mx) == 0 &&
	       strcmp(k->result_type, s->result_type) == 0 &&
	       strcmp(k->ip, s->ip) == 0 &&
	       strcmp(k->reason_code, reason) == 0 &&
	       strcmp(k->policy, policy) == 0;
}

static struct kind *
new_kind(const struct sts_tlssession *s, const char *policy, const char *reason)
{
	struct kind *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	k->type = (int)s->type;
	k->policy = strdup(policy);
	k->result_type = strdup(s->result_type);
	k->mx = strdup(s->mx);
	k->ip = strdup(s->ip);
	k->reason_code = strdup(reason);
	if (k->policy != NULL && k->result_type != NULL && k->mx != NULL &&
	    k->ip != NULL && k->reason_code != NULL)
		return k;
	free_kind(k);
	return NULL;
}

/* What is not counted as it should be is told once a day. */
static void
tell_full(struct sts_tlstally *t, struct day *day, const char *domain,
    const char *what)
{
	if (day->told_full)
		return;
	day->told_full = true;
	sts_log(t->log, STS_LOG_WARNING, "tlsrpt-tally-full",
	    STS_KV_STR("domain", domain), STS_KV_STR("too_many", what));
}

/* A day before those that are known is none of ours: the clock was set back. */
static struct day *
day_of(struct sts_tlstally *t, int64_t number)
{
	struct day *day = t->latest;

	while (day != NULL && day->number > number)
		day = day->older;
	if (day != NULL && day->number == number)
		return day;
	if (t->latest != NULL && t->latest->number > number)
		return NULL;
	day = calloc(1, sizeof(*day));
	if (day == NULL)
		return NULL;
	day->number = number;
	day->older = t->latest;
	t->latest = day;
	return day;
}

static struct domain *
domain_of(struct sts_tlstally *t, struct day *day, const char *name)
{
	struct domain *d;

	HASH_FIND_STR(day->domains, name, d);
	if (d != NULL)
		return d;
	if (HASH_COUNT(day->domains) >= STS_TALLY_DOMAINS) {
		tell_full(t, day, name, "domains");
		return NULL;
	}
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return NULL;
	d->day = day;
	(void)snprintf(d->name, sizeof(d->name), "%s", name);
	HASH_ADD_STR(day->domains, name, d);
	if (d->hh.tbl != NULL)
		return d;
	free(d);
	return NULL;
}

static struct kind *
find_kind(const struct domain *d, const char *policy,
    const struct sts_tlssession *s, const char *reason)
{
	struct kind *k = d->kinds;

	while (k != NULL && !is_kind(k, s, policy, reason))
		k = k->next;
	return k;
}

/* Past the bound a failure counts without its details, so that whoever makes
 * each one look different changes no sum. */
static struct kind *
kind_of(struct sts_tlstally *t, struct day *day, struct domain *d,
    const char *policy, const struct sts_tlssession *session)
{
	struct sts_tlssession s = *session;
	char reason[REASON_MAX];
	struct kind *k;

	(void)snprintf(reason, sizeof(reason), "%s", s.reason_code);
	k = find_kind(d, policy, &s, reason);
	if (k == NULL && d->n_kinds >= STS_TALLY_KINDS) {
		tell_full(t, day, d->name, "kinds of sessions of this domain");
		reason[0] = '\0';
		s.mx = s.ip = reason;
		k = find_kind(d, policy, &s, reason);
	}
	if (k != NULL || d->n_kinds >= STS_TALLY_KINDS + PLAIN_KINDS)
		return k;
	k = new_kind(&s, policy, reason);
	if (k == NULL)
		return NULL;
	k->domain = d;
	k->next = d->kinds;
	d->kinds = k;
	d->n_kinds++;
	return k;
}

static void
add(struct sts_tlstally *t, struct kind *k, uint64_t n)
{
	if (k->waiting == 0) {
		k->next_waiting = t->waiting;
		t->waiting = k;
		t->n_waiting++;
	}
	k->waiting += n;
}

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
	struct domain *d;
	struct sts_buf b;
	struct day *day;

	if (n == 0)
		return;
	sts_buf_init(&b, STS_TALLY_POLICY);
	policy = policy_text(decision->answer, &b);
	(void)pthread_mutex_lock(&t->lock);
	day = day_of(t, sts_wall_s(t->clock) / STS_DAY_S);
	d = day == NULL ? NULL : domain_of(t, day, decision->domain);
	for (size_t i = 0; d != NULL && i < n; i++) {
		bool sts = sessions[i].type == STS_TLSREPORT_STS;
		struct kind *k =
		    kind_of(t, day, d, sts ? policy : "", &sessions[i]);

		if (k != NULL)
			add(t, k, 1);
	}
	(void)pthread_mutex_unlock(&t->lock);
	sts_buf_deinit(&b);
}

/* What is in the transaction under way. */
struct taken {
	struct kind *kind;
	uint64_t sessions;
};

/* Takes all that waits; NULL: nothing, or out of memory. */
static struct taken *
take(struct sts_tlstally *t, size_t *n)
{
	struct taken *all;
	struct kind *k;

	*n = 0;
	(void)pthread_mutex_lock(&t->lock);
	all = t->n_waiting == 0 ? NULL : calloc(t->n_waiting, sizeof(*all));
	while (all != NULL && (k = t->waiting) != NULL) {
		t->waiting = k->next_waiting;
		all[(*n)++] = (struct taken){ k, k->waiting };
		k->waiting = 0;
	}
	if (all != NULL)
		t->n_waiting = 0;
	(void)pthread_mutex_unlock(&t->lock);
	return all;
}

static void
put_back(struct sts_tlstally *t, const struct taken *all, size_t n)
{
	(void)pthread_mutex_lock(&t->lock);
	for (size_t i = 0; i < n; i++)
		add(t, all[i].kind, all[i].sessions);
	(void)pthread_mutex_unlock(&t->lock);
}

static enum sts_err
write_rows(struct sts_tlsdb *db, const struct taken *all, size_t n)
{
	enum sts_err err = sts_tlsdb_begin(db);

	if (err != STS_OK)
		return err;
	for (size_t i = 0; err == STS_OK && i < n; i++) {
		const struct kind *k = all[i].kind;
		const struct sts_tlsrow row = {
			.day = k->domain->day->number,
			.domain = k->domain->name,
			.type = k->type,
			.policy = k->policy,
			.result_type = k->result_type,
			.mx = k->mx,
			.ip = k->ip,
			.reason_code = k->reason_code,
			.sessions = all[i].sessions,
		};

		err = sts_tlsdb_add(db, &row);
	}
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

/* All but the latest two days, which are written. */
static void
drop_old_days(struct sts_tlstally *t)
{
	struct day *last, *day;

	(void)pthread_mutex_lock(&t->lock);
	last = t->latest == NULL ? NULL : t->latest->older;
	while (t->n_waiting == 0 && last != NULL && last->older != NULL) {
		day = last->older;
		last->older = day->older;
		free_day(day);
	}
	(void)pthread_mutex_unlock(&t->lock);
}

static bool
write_waiting(struct sts_tlstally *t)
{
	enum sts_err err = STS_OK;
	struct taken *all;
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
	struct day *day;

	while ((day = t->latest) != NULL) {
		t->latest = day->older;
		free_day(day);
	}
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
	if (t->path == NULL) {
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
