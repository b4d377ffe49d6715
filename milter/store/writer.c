#include "sts/store/state.h"

static void
wipe(struct sts_store *store)
{
	size_t n;
	enum sts_err err = sts_db_wipe(store->disk.db, &n);

	if (err == STS_OK) {
		(void)pthread_mutex_lock(&store->lock);
		store->wipe = false;
		(void)pthread_mutex_unlock(&store->lock);
	}
	sts_store_note(store, err);
}

void
sts_store_write_batch(struct sts_store *store)
{
	enum sts_err err;
	bool wiping;
	size_t n;

	if (store->disk.state != STS_DISK_WORKING)
		return;
	(void)pthread_mutex_lock(&store->lock);
	wiping = store->wipe;
	n = wiping
		? 0
		: sts_memory_take(store->memory, store->items, STS_STORE_BATCH);
	(void)pthread_mutex_unlock(&store->lock);
	if (wiping)
		wipe(store);
	if (n == 0)
		return;
	err = sts_db_write(
	    store->disk.db, store->items, n, sts_wall_s(store->clock));
	sts_disk_note(&store->disk, err);
	(void)pthread_mutex_lock(&store->lock);
	for (size_t i = 0; i < n; i++) {
		if (err == STS_OK)
			sts_memory_written(store->memory, &store->items[i]);
		sts_memory_item_deinit(&store->items[i]);
	}
	sts_store_publish(store);
	(void)pthread_mutex_unlock(&store->lock);
}

bool
sts_store_has_writes(const struct sts_store *store, uint64_t stamp)
{
	return store->wipe || sts_memory_waits(store->memory, stamp);
}

bool
sts_store_may_write(struct sts_store *store, uint64_t stamp)
{
	bool yes;

	(void)pthread_mutex_lock(&store->lock);
	yes = store->state == STS_DISK_WORKING &&
	      sts_store_has_writes(store, stamp);
	(void)pthread_mutex_unlock(&store->lock);
	return yes;
}

void
sts_store_write_all(struct sts_store *store)
{
	uint64_t stamp;

	(void)pthread_mutex_lock(&store->lock);
	stamp = sts_memory_stamp(store->memory);
	(void)pthread_mutex_unlock(&store->lock);
	while (sts_store_may_write(store, stamp))
		sts_store_write_batch(store);
}

void
sts_store_tell_lost(struct sts_store *store)
{
	struct sts_memory_counts counts;
	bool over;

	(void)pthread_mutex_lock(&store->lock);
	counts = sts_memory_counts(store->memory);
	(void)pthread_mutex_unlock(&store->lock);
	over = counts.waiting == 0;
	if (counts.lost == store->lost_told || (store->told_losing && !over))
		return;
	sts_log(store->log, STS_LOG_WARNING, "store-writes-dropped",
	    STS_KV_INT("domains", counts.lost - store->lost_told));
	store->lost_told = counts.lost;
	store->told_losing = !over;
}
