#include "sts/report/recent.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct thing {
	uint64_t key;
	unsigned marks;
	UT_hash_handle hh;
};

struct sts_recent {
	struct thing *table;
	struct thing things[STS_RECENT_MAX]; /* a ring, in their order */
	size_t used, next;
};

enum sts_err
sts_recent_new(struct sts_recent **out)
{
	struct sts_recent *recent = calloc(1, sizeof(*recent));

	if (recent == NULL)
		return STS_E_NOMEM;
	*out = recent;
	return STS_OK;
}

void
sts_recent_free(struct sts_recent *recent)
{
	if (recent == NULL)
		return;
	HASH_CLEAR(hh, recent->table);
	free(recent);
}

/* The next place of the ring, which nobody has any more. */
static struct thing *
take_place(struct sts_recent *recent)
{
	struct thing *thing = &recent->things[recent->next];

	if (recent->used == STS_RECENT_MAX)
		HASH_DEL(recent->table, thing);
	else
		recent->used++;
	recent->next = (recent->next + 1) % STS_RECENT_MAX;
	memset(thing, 0, sizeof(*thing));
	return thing;
}

unsigned *
sts_recent_marks(struct sts_recent *recent, uint64_t key, bool *is_new)
{
	struct thing *thing;

	HASH_FIND(hh, recent->table, &key, sizeof(key), thing);
	*is_new = thing == NULL;
	if (thing != NULL)
		return &thing->marks;
	thing = take_place(recent);
	thing->key = key;
	HASH_ADD(hh, recent->table, key, sizeof(thing->key), thing);
	if (thing->hh.tbl != NULL)
		return &thing->marks;
	/* No memory for the table: the place is free again. */
	recent->used--;
	recent->next = (recent->next + STS_RECENT_MAX - 1) % STS_RECENT_MAX;
	return NULL;
}

uint64_t
sts_recent_key(uint64_t seed, const char *text)
{
	uint64_t key = seed ^ UINT64_C(0xcbf29ce484222325);

	for (; *text != '\0'; text++)
		key = (key ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return key;
}
