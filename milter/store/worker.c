#include "sts/store/state.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>
#include <utlist.h>

enum {
	TICK_MS = 60 * 1000, /* looks at the file although nothing is asked */
	CLEAN_MS = 3600 * 1000,
};

void
sts_store_publish(struct sts_store *store)
{
	struct sts_disk *disk = &store->disk;

	if (disk->opened != store->opened && store->opened > 0)
		sts_memory_rewrite(store->memory);
	store->opened = disk->opened;
	store->state = disk->state;
	store->retry_at_ms = disk->retry_at_ms;
	memcpy(store->problem, disk->problem, sizeof(store->problem));
	sts_memory_set_stuck(store->memory, disk->state != STS_DISK_WORKING);
	(void)pthread_cond_broadcast(&store->news);
}

void
sts_store_note(struct sts_store *store, enum sts_err err)
{
	sts_disk_note(&store->disk, err);
	(void)pthread_mutex_lock(&store->lock);
	sts_store_publish(store);
	(void)pthread_mutex_unlock(&store->lock);
}

static void
refresh(struct sts_store *store)
{
	uint64_t asked;
	bool idle;

	(void)pthread_mutex_lock(&store->lock);
	asked = store->looks_asked;
	idle = !sts_store_has_writes(store, UINT64_MAX);
	(void)pthread_mutex_unlock(&store->lock);
	sts_disk_refresh(&store->disk);
	if (idle)
		sts_disk_recovered(&store->disk);
	(void)pthread_mutex_lock(&store->lock);
	sts_store_publish(store);
	store->looks_done = asked;
	(void)pthread_mutex_unlock(&store->lock);
}

static struct sts_store_read *
next_read(struct sts_store *store)
{
	struct sts_store_read *read;

	(void)pthread_mutex_lock(&store->lock);
	read = store->reads;
	if (read != NULL) {
		DL_DELETE(store->reads, read);
		store->n_reads--;
	}
	(void)pthread_mutex_unlock(&store->lock);
	return read;
}

static void
answer(struct sts_store *store, struct sts_store_read *read)
{
	const struct sts_record *record = NULL;

	if (read->due != NULL) {
		sts_store_find_due(store, read->due);
		read->found(read->cookie);
		free(read);
		return;
	}
	if (sts_store_look_up(store, read->domain, &record) != STS_OK)
		record = NULL; /* the log has it */
	if (read->got != NULL) {
		read->got(read->cookie, record);
	} else {
		(void)pthread_mutex_lock(&store->lock);
		(void)!sts_store_touch_known(store, read->domain);
		(void)pthread_mutex_unlock(&store->lock);
		sts_record_put(record);
	}
	free(read);
}

static void
serve_reads(struct sts_store *store)
{
	struct sts_store_read *read;

	for (int i = 0; i < STS_STORE_READS; i++) {
		read = next_read(store);
		if (read == NULL)
			return;
		answer(store, read);
	}
}

static void
clean_if_due(struct sts_store *store)
{
	int64_t now = sts_mono_ms(store->clock);

	if (now >= store->tick_at_ms)
		store->tick_at_ms = now + TICK_MS;
	if (now < store->clean_at_ms || store->disk.state != STS_DISK_WORKING)
		return;
	store->clean_at_ms = now + CLEAN_MS;
	sts_store_clean(store);
}

static void
serve_call(struct sts_store *store)
{
	struct sts_store_call *call;

	(void)pthread_mutex_lock(&store->lock);
	call = store->calls;
	if (call != NULL)
		DL_DELETE(store->calls, call);
	(void)pthread_mutex_unlock(&store->lock);
	if (call == NULL)
		return;
	call->run(store, call->arg);
	(void)pthread_mutex_lock(&store->lock);
	call->done = true; /* from here on it may be gone */
	(void)pthread_cond_broadcast(&store->news);
	(void)pthread_mutex_unlock(&store->lock);
}

void
sts_store_call(struct sts_store *store,
    void (*run)(struct sts_store *store, void *arg), void *arg)
{
	struct sts_store_call call = { .run = run, .arg = arg };

	if (!store->has_file) {
		run(store, arg);
		return;
	}
	assert(!pthread_equal(pthread_self(), store->worker));
	(void)pthread_mutex_lock(&store->lock);
	DL_APPEND(store->calls, &call);
	(void)pthread_cond_signal(&store->work);
	while (!call.done)
		(void)pthread_cond_wait(&store->news, &store->lock);
	(void)pthread_mutex_unlock(&store->lock);
}

static bool
has_work(const struct sts_store *store)
{
	return store->reads != NULL || store->calls != NULL ||
	       store->looks_asked != store->looks_done ||
	       (store->state == STS_DISK_WORKING &&
		   sts_store_has_writes(store, UINT64_MAX));
}

/* In ms, until there is something to do unasked. */
static int64_t
until_due(const struct sts_store *store)
{
	int64_t at = store->tick_at_ms;

	if (store->state != STS_DISK_WORKING && store->retry_at_ms < at)
		at = store->retry_at_ms;
	return at - sts_mono_ms(store->clock);
}

/* false: the store ends. */
static bool
wait_for_work(struct sts_store *store)
{
	struct timespec at;
	int64_t ms;
	bool go_on;

	(void)pthread_mutex_lock(&store->lock);
	while (!store->stopping && !has_work(store)) {
		ms = until_due(store);
		if (ms <= 0)
			break;
		at = sts_clock_deadline(ms);
		(void)pthread_cond_timedwait(&store->work, &store->lock, &at);
	}
	go_on = !store->stopping;
	(void)pthread_mutex_unlock(&store->lock);
	return go_on;
}

/* Answers all reads, and writes what waits as long as that does not take too
 * long. */
static void
drain(struct sts_store *store)
{
	int64_t until = sts_mono_ms(store->clock) + STS_STORE_DRAIN_MS;
	struct sts_store_read *read;
	size_t waiting;

	store->disk.retry_at_ms = sts_mono_ms(store->clock); /* a last try */
	refresh(store);
	while ((read = next_read(store)) != NULL)
		answer(store, read);
	while (sts_store_may_write(store, UINT64_MAX) &&
	       sts_mono_ms(store->clock) < until)
		sts_store_write_batch(store);
	(void)pthread_mutex_lock(&store->lock);
	waiting = sts_memory_counts(store->memory).waiting;
	(void)pthread_mutex_unlock(&store->lock);
	if (waiting > 0)
		sts_log(store->log, STS_LOG_WARNING, "store-unsaved",
		    STS_KV_INT("domains", waiting));
}

void *
sts_store_work(void *arg)
{
	struct sts_store *store = arg;
	int64_t now = sts_mono_ms(store->clock);

	store->tick_at_ms = now + TICK_MS;
	store->clean_at_ms = now + CLEAN_MS;
	store->wall_ahead_s = sts_wall_s(store->clock) - now / 1000;
	do {
		refresh(store);
		serve_reads(store);
		sts_store_write_batch(store);
		clean_if_due(store);
		serve_call(store);
		sts_store_tell_lost(store);
	} while (wait_for_work(store));
	drain(store);
	return NULL;
}
