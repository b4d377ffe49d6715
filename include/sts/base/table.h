/*
 * A set of things by name: what finds one of a million as fast as one of a
 * thousand, and takes 16 bytes for each, a third of them spare.
 *
 * Open addressing with linear probing.  The things are their owner's; each has
 * a name (NUL-terminated) that does not change while it is in the set.  Names
 * are chosen by outsiders, so where they fall is secret.  The owner's lock
 * guards it: it has none of its own.
 */
#ifndef STS_BASE_TABLE_H
#define STS_BASE_TABLE_H

#include "sts/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STS_TABLE_NAME = 255 }; /* bytes of a name, at most */

struct sts_slot {
	void *item; /* NULL: empty */
	uint32_t hash;
	bool used; /* the owner's, for eviction; false at first */
};

typedef const char *sts_table_name(const void *item);

struct sts_table {
	sts_table_name *name;
	struct sts_slot *slots; /* NULL until something is added */
	size_t mask; /* slots - 1, a power of two less one */
	size_t n;
	char seed[8];
};

void sts_table_init(struct sts_table *t, sts_table_name *name);
/* Frees no item. */
void sts_table_deinit(struct sts_table *t);

/* NULL: not in it; so is whatever is longer than STS_TABLE_NAME.  A slot is
 * good until the next add or remove. */
struct sts_slot *sts_table_find(const struct sts_table *t, const char *name);
/* What is not in it yet.  STS_E_NOMEM; STS_E_RANGE: too long a name. */
STS_MUST_USE enum sts_err sts_table_add(struct sts_table *t, void *item);
void sts_table_remove(struct sts_table *t, struct sts_slot *slot);

/* The next one at *at or behind it, round and round; *at moves behind it. What
 * is added or removed on the way may be passed over once.  NULL: empty. */
struct sts_slot *sts_table_walk(const struct sts_table *t, size_t *at);

/* Bytes that it takes. */
size_t sts_table_size(const struct sts_table *t);

#endif
