/*
 * What the store keeps in memory: at most one entry a policy domain, the least
 * used go first.  Every operation on one domain takes the same time however
 * many there are.
 *
 * An entry says what is remembered (a record), or that nothing is (so that the
 * file need not be asked each time).  It waits as long as the file does not
 * have it: then it is not dropped for others, unless the file fails.
 *
 * No lock of its own: the caller holds the store's.  Entries hold references
 * of their own to their records.
 */
#ifndef STS_STORE_MEMORY_H
#define STS_STORE_MEMORY_H

#include "sts/base/err.h"
#include "sts/core/domain.h"
#include "sts/core/freshness.h"

#include <stdint.h>

enum {
	STS_MEMORY_UNIT = 4096, /* bytes of a policy that count as a record */
	STS_MEMORY_WAITING_EXTRA = 8192, /* that may wait past the cap */
	STS_MEMORY_STRIDE = 4096, /* looked at in one search */
};

struct sts_memory;

/* One write to be made. */
struct sts_memory_item {
	char domain[STS_DOMAIN_SIZE];
	const struct sts_record *record; /* a reference; NULL: to be deleted */
};

struct sts_memory_counts {
	size_t records; /* entries with a record */
	size_t waiting; /* entries that the file does not have yet */
	uint64_t lost; /* waiting entries dropped since the beginning */
};

/* Keeps `max` records (at least one; a big policy counts as several), and a
 * quarter as many "nothing is remembered" beside them.  STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_memory_new(size_t max, struct sts_memory **out);
void sts_memory_free(struct sts_memory *m);

/* STS_OK: *out is borrowed, NULL where nothing is remembered; the domain counts
 * as used now.  STS_E_NOTFOUND: memory cannot tell. */
STS_MUST_USE enum sts_err sts_memory_find(
    struct sts_memory *m, const char *domain, const struct sts_record **out);
/* The same; the domain does not count as used. */
STS_MUST_USE enum sts_err sts_memory_peek(
    struct sts_memory *m, const char *domain, const struct sts_record **out);

/* Replaces what is known of the domain: `record`, or NULL for nothing.  With
 * `wait` the file has yet to learn it.  STS_E_NOMEM; STS_E_RANGE: no domain. */
STS_MUST_USE enum sts_err sts_memory_put(struct sts_memory *m,
    const char *domain, const struct sts_record *record, bool wait);

/* Copies the entries that wait longest, at most `max`; they go on waiting until
 * sts_memory_written.  Returns how many. */
size_t sts_memory_take(
    struct sts_memory *m, struct sts_memory_item *items, size_t max);
/* The item is in the file: its entry waits no more, unless it has changed. */
void sts_memory_written(
    struct sts_memory *m, const struct sts_memory_item *item);
void sts_memory_item_deinit(struct sts_memory_item *item);

/* A number that grows with every put, and whether any entry waits since it or
 * longer. */
uint64_t sts_memory_stamp(const struct sts_memory *m);
bool sts_memory_waits(const struct sts_memory *m, uint64_t stamp);

/* Another file took the place of the one that was known: every record waits
 * again, and what was known not to be in it is forgotten. */
void sts_memory_rewrite(struct sts_memory *m);

/* While the file takes no writes, the cap holds for waiting entries too. */
void sts_memory_set_stuck(struct sts_memory *m, bool stuck);

/* Forgets everything, also what waits. Returns how many records there were. */
size_t sts_memory_clear(struct sts_memory *m);

/* References to the records, all or those that wait, in no order; the array is
 * to be given to free().  STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_memory_snapshot(struct sts_memory *m,
    bool waiting_only, const struct sts_record ***out, size_t *n);

/* References to at most `max` records that are to be refreshed now (wall s).
 * Looks at STS_MEMORY_STRIDE entries, and goes on from there the next time.
 * Returns how many. */
size_t sts_memory_due(struct sts_memory *m, int64_t now,
    const struct sts_record **out, size_t max);

struct sts_memory_counts sts_memory_counts(const struct sts_memory *m);

#endif
