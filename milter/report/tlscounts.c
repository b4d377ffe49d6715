#include "sts/report/tlscounts.h"

#include "sts/report/tlstally.h"

#include <stdio.h>
#include <stdlib.h>
#include <uthash.h>

enum {
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

struct sts_tlscounts {
	struct sts_log *log;
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
tell_full(struct sts_tlscounts *c, struct day *day, const char *domain,
    const char *what)
{
	if (day->told_full)
		return;
	day->told_full = true;
	sts_log(c->log, STS_LOG_WARNING, "tlsrpt-tally-full",
	    STS_KV_STR("domain", domain), STS_KV_STR("too_many", what));
}

/* A day before those that are known is none of ours: the clock was set back. */
static struct day *
day_of(struct sts_tlscounts *c, int64_t number)
{
	struct day *day = c->latest;

	while (day != NULL && day->number > number)
		day = day->older;
	if (day != NULL && day->number == number)
		return day;
	if (c->latest != NULL && c->latest->number > number)
		return NULL;
	day = calloc(1, sizeof(*day));
	if (day == NULL)
		return NULL;
	day->number = number;
	day->older = c->latest;
	c->latest = day;
	return day;
}

static struct domain *
domain_of(struct sts_tlscounts *c, struct day *day, const char *name)
{
	struct domain *d;

	HASH_FIND_STR(day->domains, name, d);
	if (d != NULL)
		return d;
	if (HASH_COUNT(day->domains) >= STS_TALLY_DOMAINS) {
		tell_full(c, day, name, "domains");
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
kind_of(struct sts_tlscounts *c, struct day *day, struct domain *d,
    const char *policy, const struct sts_tlssession *session)
{
	struct sts_tlssession s = *session;
	char reason[REASON_MAX];
	struct kind *k;

	(void)snprintf(reason, sizeof(reason), "%s", s.reason_code);
	k = find_kind(d, policy, &s, reason);
	if (k == NULL && d->n_kinds >= STS_TALLY_KINDS) {
		tell_full(c, day, d->name, "kinds of sessions of this domain");
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
add(struct sts_tlscounts *c, struct kind *k, uint64_t n)
{
	if (k->waiting == 0) {
		k->next_waiting = c->waiting;
		c->waiting = k;
		c->n_waiting++;
	}
	k->waiting += n;
}

enum sts_err
sts_tlscounts_new(struct sts_log *log, struct sts_tlscounts **out)
{
	struct sts_tlscounts *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return STS_E_NOMEM;
	c->log = log;
	*out = c;
	return STS_OK;
}

void
sts_tlscounts_free(struct sts_tlscounts *c)
{
	struct day *day;

	if (c == NULL)
		return;
	while ((day = c->latest) != NULL) {
		c->latest = day->older;
		free_day(day);
	}
	free(c);
}

void
sts_tlscounts_add(struct sts_tlscounts *c, int64_t number, const char *domain,
    const char *policy, const struct sts_tlssession *sessions, size_t n)
{
	struct day *day = day_of(c, number);
	struct domain *d = day == NULL ? NULL : domain_of(c, day, domain);

	for (size_t i = 0; d != NULL && i < n; i++) {
		bool sts = sessions[i].type == STS_TLSREPORT_STS;
		struct kind *k =
		    kind_of(c, day, d, sts ? policy : "", &sessions[i]);

		if (k != NULL)
			add(c, k, 1);
	}
}

static struct sts_tlsrow
row_of(const struct kind *k)
{
	return (struct sts_tlsrow){
		.day = k->domain->day->number,
		.domain = k->domain->name,
		.type = k->type,
		.policy = k->policy,
		.result_type = k->result_type,
		.mx = k->mx,
		.ip = k->ip,
		.reason_code = k->reason_code,
		.sessions = k->waiting,
	};
}

struct sts_tlstaken *
sts_tlscounts_take(struct sts_tlscounts *c, size_t *n)
{
	struct sts_tlstaken *all =
	    c->n_waiting == 0 ? NULL : calloc(c->n_waiting, sizeof(*all));
	struct kind *k;

	*n = 0;
	if (all == NULL)
		return NULL;
	while ((k = c->waiting) != NULL) {
		c->waiting = k->next_waiting;
		all[(*n)++] = (struct sts_tlstaken){ k, row_of(k) };
		k->waiting = 0;
	}
	c->n_waiting = 0;
	return all;
}

void
sts_tlscounts_put_back(
    struct sts_tlscounts *c, const struct sts_tlstaken *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add(c, all[i].kind, all[i].row.sessions);
}

void
sts_tlscounts_drop_old(struct sts_tlscounts *c)
{
	struct day *last = c->latest == NULL ? NULL : c->latest->older, *day;

	while (c->n_waiting == 0 && last != NULL && last->older != NULL) {
		day = last->older;
		last->older = day->older;
		free_day(day);
	}
}
