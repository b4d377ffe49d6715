#include "sts/base/table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <uthash.h>

enum { SLOTS_MIN = 64 };

void
sts_table_init(struct sts_table *t, sts_table_name *name)
{
	*t = (struct sts_table){ .name = name };
	/* Early in a boot there may be none: then the seed stays zero. */
	(void)!getrandom(t->seed, sizeof(t->seed), GRND_NONBLOCK);
}

void
sts_table_deinit(struct sts_table *t)
{
	free(t->slots);
	*t = (struct sts_table){ .name = t->name };
}

/* uthash's, over the seed and the name. */
static uint32_t
hash_of(const struct sts_table *t, const char *name, size_t n)
{
	char key[sizeof(t->seed) + STS_TABLE_NAME];
	unsigned hash;

	memcpy(key, t->seed, sizeof(t->seed));
	memcpy(key + sizeof(t->seed), name, n);
	HASH_VALUE(key, sizeof(t->seed) + n, hash);
	return hash;
}

struct sts_slot *
sts_table_find(const struct sts_table *t, const char *name)
{
	size_t n = strlen(name), i;
	uint32_t hash;

	if (n > STS_TABLE_NAME || t->n == 0)
		return NULL;
	hash = hash_of(t, name, n);
	for (i = hash & t->mask; t->slots[i].item != NULL;
	     i = (i + 1) & t->mask)
		if (t->slots[i].hash == hash &&
		    strcmp(t->name(t->slots[i].item), name) == 0)
			return &t->slots[i];
	return NULL;
}

/* Where there is room for it. */
static void
place(struct sts_table *t, struct sts_slot slot)
{
	size_t i = slot.hash & t->mask;

	while (t->slots[i].item != NULL)
		i = (i + 1) & t->mask;
	t->slots[i] = slot;
}

/* Keeps a third of the slots empty, or more. */
static enum sts_err
make_room(struct sts_table *t)
{
	size_t size = t->slots == NULL ? 0 : t->mask + 1;
	size_t grown = size == 0 ? SLOTS_MIN : 2 * size;
	struct sts_table old = *t;

	if (3 * (t->n + 1) <= 2 * size)
		return STS_OK;
	t->slots = calloc(grown, sizeof(*t->slots));
	if (t->slots == NULL) {
		t->slots = old.slots;
		return STS_E_NOMEM;
	}
	t->mask = grown - 1;
	for (size_t i = 0; i < size; i++)
		if (old.slots[i].item != NULL)
			place(t, old.slots[i]);
	free(old.slots);
	return STS_OK;
}

enum sts_err
sts_table_add(struct sts_table *t, void *item)
{
	const char *name = t->name(item);
	size_t n = strlen(name);
	enum sts_err err;

	if (n > STS_TABLE_NAME)
		return STS_E_RANGE;
	err = make_room(t);
	if (err != STS_OK)
		return err;
	place(
	    t, (struct sts_slot){ .item = item, .hash = hash_of(t, name, n) });
	t->n++;
	return STS_OK;
}

/* How far a slot lies behind where its hash points. */
static size_t
distance(const struct sts_table *t, size_t i)
{
	return (i - t->slots[i].hash) & t->mask;
}

void
sts_table_remove(struct sts_table *t, struct sts_slot *slot)
{
	size_t hole = (size_t)(slot - t->slots), i = hole;

	/* What follows moves up, so that no search ends at the hole. */
	for (;;) {
		i = (i + 1) & t->mask;
		if (t->slots[i].item == NULL)
			break;
		if (distance(t, i) < ((i - hole) & t->mask))
			continue; /* it would come before its place */
		t->slots[hole] = t->slots[i];
		hole = i;
	}
	t->slots[hole] = (struct sts_slot){ .item = NULL };
	t->n--;
}

struct sts_slot *
sts_table_walk(const struct sts_table *t, size_t *at)
{
	size_t i;

	if (t->n == 0)
		return NULL;
	i = *at & t->mask;
	while (t->slots[i].item == NULL)
		i = (i + 1) & t->mask;
	*at = i + 1;
	return &t->slots[i];
}

size_t
sts_table_size(const struct sts_table *t)
{
	return t->slots == NULL ? 0 : (t->mask + 1) * sizeof(*t->slots);
}
