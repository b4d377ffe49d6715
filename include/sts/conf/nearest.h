/*
 * "Did you mean": the known word nearest to one that is not known.
 *
 * Internal to conf.  Pure; any thread.
 */
#ifndef STS_CONF_NEAREST_H
#define STS_CONF_NEAREST_H

#include "sts/base/slice.h"

struct sts_nearest {
	struct sts_slice word; /* borrowed */
	size_t distance; /* what a better one must be below */
	const char *best; /* NULL: none is near */
};

void sts_nearest_init(struct sts_nearest *nearest, struct sts_slice word);

/* Offers a known word (borrowed); the first of the nearest stays in `best`. */
void sts_nearest_offer(struct sts_nearest *nearest, const char *known);

#endif
