#include "sts/store/row.h"
#include "sts/store/state.h"

enum { JUMP_S = 86400 }; /* the wall clock moved so far on its own: a jump */

/* What memory knows may not have been written yet. */
static bool
is_in_use(const struct sts_record *known, int64_t now)
{
	if (known->policy == NULL)
		return known->failed_at > now - STS_ROW_FAILURE_KEPT;
	return known->used_at >= now - STS_UNUSED_MAX;
}

/* Forgets the domains that no message used for so long (row 44), and fetches
 * that failed, in memory and by that in the file. */
static void
forget_unused(struct sts_store *store, size_t n, int64_t now)
{
	const struct sts_record *known;

	(void)pthread_mutex_lock(&store->lock);
	for (size_t i = 0; i < n; i++) {
		known = NULL;
		if (sts_memory_peek(store->memory, store->unused[i], &known) ==
			STS_OK &&
		    known != NULL && is_in_use(known, now))
			continue;
		(void)!sts_memory_put(
		    store->memory, store->unused[i], NULL, true);
	}
	(void)pthread_mutex_unlock(&store->lock);
}

void
sts_store_clean(struct sts_store *store)
{
	int64_t now = sts_wall_s(store->clock);
	int64_t ahead = now - sts_mono_ms(store->clock) / 1000;
	int64_t jump = ahead - store->wall_ahead_s;
	enum sts_err err;
	size_t n = 0;

	store->wall_ahead_s = ahead;
	/* Should it be wrong, it is put right before anything is lost; should
	 * it be right now, an hour does not matter. */
	if (jump > JUMP_S || jump < -JUMP_S)
		return;
	err = sts_db_unused(
	    store->disk.db, now - STS_UNUSED_MAX, store->unused, &n);
	if (err != STS_OK) {
		sts_store_note(store, err);
		return;
	}
	forget_unused(store, n, now);
	if (n > 0)
		sts_log(store->log, STS_LOG_INFO, "store-cleaned",
		    STS_KV_INT("domains", n));
}
