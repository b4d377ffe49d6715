#include "sts/store/memory.h"

#include "sts/base/table.h"

#include <stdlib.h>
#include <utlist.h>

/* Every entry is in exactly one list. */
enum list {
	RECORDS, /* in the file too; the least used first */
	ABSENT, /* known not to be in the file; the least used first */
	WAITING, /* not yet in the file; the longest waiting first */
	N_LISTS,
};

struct entry {
	struct entry *prev, *next; /* of its list */
	const struct sts_record *record; /* its domain names the entry … */
	uint64_t since; /* the stamp at which it began to wait */
	uint32_t units;
	enum list list : 8;
	bool absent; /* … and is all it says: nothing is remembered */
};

struct sts_memory {
	struct sts_table table; /* of struct entry */
	size_t looked; /* for what is due */
	struct entry *lists[N_LISTS];
	size_t n[N_LISTS]; /* entries */
	size_t units[N_LISTS];
	size_t max_units; /* of RECORDS and WAITING together */
	size_t max_absent;
	size_t records;
	uint64_t stamp;
	uint64_t lost;
	bool stuck;
};

static const char *
domain_of(const void *item)
{
	return ((const struct entry *)item)->record->domain;
}

enum sts_err
sts_memory_new(size_t max, struct sts_memory **out)
{
	struct sts_memory *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return STS_E_NOMEM;
	m->max_units = max == 0 ? 1 : max;
	m->max_absent = m->max_units / 4 + 1;
	sts_table_init(&m->table, domain_of);
	*out = m;
	return STS_OK;
}

void
sts_memory_free(struct sts_memory *m)
{
	if (m == NULL)
		return;
	(void)sts_memory_clear(m);
	sts_table_deinit(&m->table);
	free(m);
}

static struct entry *
look_up(const struct sts_memory *m, const char *domain)
{
	const struct sts_slot *slot = sts_table_find(&m->table, domain);

	return slot == NULL ? NULL : slot->item;
}

/* NULL: nothing is remembered. */
static const struct sts_record *
record_of(const struct entry *e)
{
	return e->absent ? NULL : e->record;
}

/* What a record weighs, so that the cap bounds bytes as well as records. */
static uint32_t
units_of(const struct sts_record *record)
{
	size_t bytes = 0;

	if (record->policy != NULL)
		for (size_t i = 0; i < record->policy->n_mx; i++)
			bytes += strlen(record->policy->mx[i]) + sizeof(char *);
	return (uint32_t)(1 + bytes / STS_MEMORY_UNIT);
}

static void
unlist(struct sts_memory *m, struct entry *e)
{
	DL_DELETE(m->lists[e->list], e);
	m->n[e->list]--;
	m->units[e->list] -= e->units;
}

static void
enlist(struct sts_memory *m, struct entry *e, enum list list)
{
	e->list = list;
	DL_APPEND(m->lists[list], e);
	m->n[list]++;
	m->units[list] += e->units;
}

/* To the young end of a list. */
static void
move(struct sts_memory *m, struct entry *e, enum list list)
{
	unlist(m, e);
	enlist(m, e, list);
}

static enum list
list_of_known(const struct entry *e)
{
	return e->absent ? ABSENT : RECORDS;
}

static void
discard(struct sts_memory *m, struct entry *e)
{
	unlist(m, e);
	if (!e->absent)
		m->records--;
	sts_table_remove(
	    &m->table, sts_table_find(&m->table, e->record->domain));
	sts_record_put(e->record);
	free(e);
}

static void
discard_first(struct sts_memory *m, enum list list)
{
	/* It does not see that the list's head has moved on either.
	 * NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
	discard(m, m->lists[list]);
}

/* Holds the caps. May free any entry. */
static void
trim(struct sts_memory *m)
{
	size_t hard = m->max_units + STS_MEMORY_WAITING_EXTRA, used;

	while (m->n[ABSENT] > m->max_absent)
		discard_first(m, ABSENT);
	for (;;) {
		used = m->units[RECORDS] + m->units[WAITING];
		if (used <= m->max_units)
			break;
		if (m->lists[RECORDS] != NULL) {
			discard_first(m, RECORDS);
		} else if (m->stuck || used > hard) {
			discard_first(m, WAITING);
			m->lost++;
		} else {
			break; /* they are about to be written */
		}
	}
}

/* What is written leaves the list of those that wait in the order in which they
 * came, so that sts_memory_waits can tell; use changes that order only where
 * nothing is written anyway. */
static void
use(struct sts_memory *m, struct entry *e)
{
	if (e->list == WAITING && !m->stuck)
		return;
	move(m, e, e->list);
	if (e->list == WAITING)
		e->since = ++m->stamp;
}

enum sts_err
sts_memory_find(
    struct sts_memory *m, const char *domain, const struct sts_record **out)
{
	struct entry *e = look_up(m, domain);

	if (e == NULL)
		return STS_E_NOTFOUND;
	use(m, e);
	*out = record_of(e);
	return STS_OK;
}

enum sts_err
sts_memory_peek(
    struct sts_memory *m, const char *domain, const struct sts_record **out)
{
	struct entry *e = look_up(m, domain);

	if (e == NULL)
		return STS_E_NOTFOUND;
	*out = record_of(e);
	return STS_OK;
}

/* A new entry of the record's domain, that says "nothing is remembered". NULL:
 * out of memory. */
static struct entry *
add(struct sts_memory *m, const struct sts_record *record)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->record = sts_record_get(record);
	e->absent = true;
	e->units = units_of(record);
	if (sts_table_add(&m->table, e) != STS_OK) {
		sts_record_put(record);
		free(e);
		return NULL;
	}
	enlist(m, e, ABSENT);
	return e;
}

static void
set_record(struct sts_memory *m, struct entry *e,
    const struct sts_record *record, bool absent)
{
	const struct sts_record *old = e->record;

	m->units[e->list] -= e->units;
	e->units = units_of(record);
	m->units[e->list] += e->units;
	m->records += (size_t)!absent;
	m->records -= (size_t)!e->absent;
	e->record = sts_record_get(record);
	e->absent = absent;
	m->stamp++;
	sts_record_put(old);
}

/* The same, where `record` is never NULL. */
static enum sts_err
put(struct sts_memory *m, const struct sts_record *record, bool absent,
    bool wait)
{
	struct entry *e = look_up(m, record->domain);

	if (e == NULL)
		e = add(m, record);
	if (e == NULL)
		return STS_E_NOMEM;
	set_record(m, e, record, absent);
	if (!wait) {
		move(m, e, list_of_known(e));
	} else if (e->list != WAITING) { /* else it keeps its place */
		e->since = m->stamp;
		move(m, e, WAITING);
	}
	trim(m);
	return STS_OK;
}

enum sts_err
sts_memory_put(struct sts_memory *m, const char *domain,
    const struct sts_record *record, bool wait)
{
	const struct sts_record draft = { .domain = domain }, *bare;
	enum sts_err err;

	if (strlen(domain) >= STS_DOMAIN_SIZE)
		return STS_E_RANGE;
	if (record != NULL)
		return put(m, record, false, wait);
	bare = sts_record_new(&draft);
	if (bare == NULL)
		return STS_E_NOMEM;
	err = put(m, bare, true, wait);
	sts_record_put(bare);
	return err;
}

size_t
sts_memory_take(struct sts_memory *m, struct sts_memory_item *items, size_t max)
{
	struct entry *e = m->lists[WAITING];
	size_t n;

	for (n = 0; n < max && e != NULL; n++, e = e->next) {
		memcpy(items[n].domain, e->record->domain,
		    strlen(e->record->domain) + 1);
		items[n].record = sts_record_get(record_of(e));
	}
	return n;
}

void
sts_memory_written(struct sts_memory *m, const struct sts_memory_item *item)
{
	struct entry *e = look_up(m, item->domain);

	if (e == NULL || e->list != WAITING || record_of(e) != item->record)
		return;
	move(m, e, list_of_known(e));
	trim(m);
}

void
sts_memory_item_deinit(struct sts_memory_item *item)
{
	sts_record_put(item->record);
	item->record = NULL;
}

uint64_t
sts_memory_stamp(const struct sts_memory *m)
{
	return m->stamp;
}

bool
sts_memory_waits(const struct sts_memory *m, uint64_t stamp)
{
	const struct entry *oldest = m->lists[WAITING];

	return oldest != NULL && oldest->since <= stamp;
}

void
sts_memory_rewrite(struct sts_memory *m)
{
	struct entry *e;

	while (m->lists[ABSENT] != NULL)
		discard_first(m, ABSENT);
	/* They wait since ever, before those that wait already. */
	DL_FOREACH (m->lists[RECORDS], e) {
		e->list = WAITING;
		e->since = 0;
	}
	DL_CONCAT(m->lists[RECORDS], m->lists[WAITING]);
	m->lists[WAITING] = m->lists[RECORDS];
	m->n[WAITING] += m->n[RECORDS];
	m->units[WAITING] += m->units[RECORDS];
	m->lists[RECORDS] = NULL;
	m->n[RECORDS] = m->units[RECORDS] = 0;
}

void
sts_memory_set_stuck(struct sts_memory *m, bool stuck)
{
	m->stuck = stuck;
	trim(m);
}

size_t
sts_memory_clear(struct sts_memory *m)
{
	size_t n = m->records;

	for (enum list list = RECORDS; list < N_LISTS; list++)
		while (m->lists[list] != NULL)
			discard_first(m, list);
	return n;
}

enum sts_err
sts_memory_snapshot(struct sts_memory *m, bool waiting_only,
    const struct sts_record ***out, size_t *n)
{
	const struct entry *e;
	const struct sts_record **all;
	size_t got = 0;

	/* One more, since nothing may be allocated as nothing. */
	all = calloc(
	    m->n[WAITING] + m->n[RECORDS] + 1, sizeof(struct sts_record *));
	if (all == NULL)
		return STS_E_NOMEM;
	DL_FOREACH (m->lists[WAITING], e)
		if (!e->absent)
			all[got++] = sts_record_get(e->record);
	if (!waiting_only)
		DL_FOREACH (m->lists[RECORDS], e)
			all[got++] = sts_record_get(e->record);
	*out = all;
	*n = got;
	return STS_OK;
}

size_t
sts_memory_due(struct sts_memory *m, int64_t now, const struct sts_record **out,
    size_t max)
{
	size_t steps = m->table.n, n = 0;
	const struct sts_slot *slot;
	const struct entry *e;
	int64_t at;

	if (steps > STS_MEMORY_STRIDE)
		steps = STS_MEMORY_STRIDE;
	for (; steps > 0 && n < max; steps--) {
		slot = sts_table_walk(&m->table, &m->looked);
		e = slot->item;
		at = e->absent ? 0 : sts_record_refresh_at(e->record, now);
		if (at != 0 && at <= now)
			out[n++] = sts_record_get(e->record);
	}
	return n;
}

struct sts_memory_counts
sts_memory_counts(const struct sts_memory *m)
{
	return (struct sts_memory_counts){
		.records = m->records,
		.waiting = m->n[WAITING],
		.lost = m->lost,
	};
}
