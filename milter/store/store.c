#include "sts/store/state.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <utlist.h>

enum { DAY_S = 86400 };

static enum sts_err
init_locks(struct sts_store *store)
{
	pthread_condattr_t attr;

	if (pthread_condattr_init(&attr) != 0)
		return STS_E_NOMEM;
	/* Of these none fails with glibc. */
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_mutex_init(&store->lock, NULL);
	(void)pthread_cond_init(&store->work, &attr);
	(void)pthread_cond_init(&store->news, &attr);
	(void)pthread_condattr_destroy(&attr);
	return STS_OK;
}

static void
destroy(struct sts_store *store)
{
	sts_disk_deinit(&store->disk);
	sts_memory_free(store->memory);
	(void)pthread_cond_destroy(&store->news);
	(void)pthread_cond_destroy(&store->work);
	(void)pthread_mutex_destroy(&store->lock);
	free(store);
}

/* Signals are for the program's other threads. */
static enum sts_err
start_worker(struct sts_store *store)
{
	sigset_t all, before;
	int rc;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&store->worker, NULL, sts_store_work, store);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc == 0 ? STS_OK : STS_E_INTERNAL;
}

/* Until the worker has looked at the file once more. The lock is held.  NULL:
 * however long it takes.  STS_E_TIMEOUT. */
static enum sts_err
wait_for_look(struct sts_store *store, const struct timespec *until)
{
	uint64_t look = ++store->looks_asked;
	int rc = 0;

	(void)pthread_cond_signal(&store->work);
	while (rc == 0 && store->looks_done < look)
		rc = until == NULL
			 ? pthread_cond_wait(&store->news, &store->lock)
			 : pthread_cond_timedwait(
			       &store->news, &store->lock, until);
	return store->looks_done < look ? STS_E_TIMEOUT : STS_OK;
}

enum sts_err
sts_store_open(const struct sts_store_options *options, struct sts_store **out)
{
	struct sts_store *store = calloc(1, sizeof(*store));
	enum sts_err err;

	if (store == NULL)
		return STS_E_NOMEM;
	store->clock = options->clock;
	store->log = options->log;
	store->has_file = options->path[0] != '\0';
	if ((err = init_locks(store)) != STS_OK) {
		free(store);
		return err;
	}
	if ((err = sts_memory_new(options->memory_records, &store->memory)) !=
		STS_OK ||
	    (err = sts_disk_init(&store->disk, options->path, store->clock,
		 store->log)) != STS_OK ||
	    (store->has_file && (err = start_worker(store)) != STS_OK)) {
		destroy(store);
		return err;
	}
	if (store->has_file) {
		(void)pthread_mutex_lock(&store->lock);
		(void)!wait_for_look(store, NULL);
		(void)pthread_mutex_unlock(&store->lock);
	}
	*out = store;
	return STS_OK;
}

void
sts_store_free(struct sts_store *store)
{
	if (store == NULL)
		return;
	if (store->has_file) {
		(void)pthread_mutex_lock(&store->lock);
		store->stopping = true;
		(void)pthread_cond_signal(&store->work);
		(void)pthread_mutex_unlock(&store->lock);
		(void)pthread_join(store->worker, NULL);
	}
	destroy(store);
}

/* Has the worker look for the domain. The lock is held.  STS_E_LIMIT,
 * STS_E_NOMEM, STS_E_RANGE. */
static enum sts_err
ask_file(struct sts_store *store, const char *domain, sts_store_got *got,
    void *cookie)
{
	struct sts_store_read *read;

	if (store->n_reads >= STS_STORE_READS_MAX)
		return STS_E_LIMIT;
	read = calloc(1, sizeof(*read));
	if (read == NULL)
		return STS_E_NOMEM;
	if (sts_slice_copy(sts_slice_str(domain), read->domain,
		sizeof(read->domain)) != STS_OK) {
		free(read);
		return STS_E_RANGE;
	}
	read->got = got;
	read->cookie = cookie;
	DL_APPEND(store->reads, read);
	store->n_reads++;
	(void)pthread_cond_signal(&store->work);
	return STS_OK;
}

enum sts_err
sts_store_get(struct sts_store *store, const char *domain, sts_store_got *got,
    void *cookie, const struct sts_record **out)
{
	const struct sts_record *record = NULL;
	enum sts_err err;

	(void)pthread_mutex_lock(&store->lock);
	err = sts_memory_find(store->memory, domain, &record);
	if (err == STS_OK) {
		(void)sts_record_get(record);
	} else if (sts_store_asks_file(store)) {
		err = ask_file(store, domain, got, cookie);
		err = err == STS_OK ? STS_E_AGAIN : err;
	} else {
		err = STS_OK; /* nobody else could know */
	}
	(void)pthread_mutex_unlock(&store->lock);
	if (err == STS_OK)
		*out = record;
	return err;
}

/* The record with the last use that is noted: whoever made it may have read the
 * one before the use.  A reference; NULL: out of memory. The lock is held. */
static const struct sts_record *
with_last_use(struct sts_store *store, const struct sts_record *record)
{
	const struct sts_record *known = NULL;
	struct sts_record draft;

	if (sts_memory_peek(store->memory, record->domain, &known) != STS_OK ||
	    known == NULL || known->used_at <= record->used_at)
		return sts_record_get(record);
	draft = sts_record_draft(record);
	draft.used_at = known->used_at;
	return sts_record_new(&draft);
}

enum sts_err
sts_store_put(struct sts_store *store, const struct sts_record *record)
{
	const struct sts_record *used;
	enum sts_err err = STS_E_NOMEM;

	(void)pthread_mutex_lock(&store->lock);
	used = with_last_use(store, record);
	if (used != NULL)
		err = sts_memory_put(
		    store->memory, used->domain, used, store->has_file);
	(void)pthread_cond_signal(&store->work);
	(void)pthread_mutex_unlock(&store->lock);
	sts_record_put(used);
	return err;
}

enum sts_err
sts_store_touch_known(struct sts_store *store, const char *domain)
{
	const struct sts_record *record = NULL;
	const struct sts_record *used;
	struct sts_record draft;
	int64_t now = sts_wall_s(store->clock);

	if (sts_memory_find(store->memory, domain, &record) != STS_OK)
		return STS_E_NOTFOUND;
	if (record == NULL ||
	    (record->used_at <= now && now - record->used_at < DAY_S))
		return STS_OK;
	draft = sts_record_draft(record);
	draft.used_at = now;
	used = sts_record_new(&draft);
	if (used == NULL)
		return STS_OK; /* the next message will note it */
	(void)!sts_memory_put(store->memory, domain, used, store->has_file);
	sts_record_put(used);
	(void)pthread_cond_signal(&store->work);
	return STS_OK;
}

void
sts_store_touch(struct sts_store *store, const char *domain)
{
	(void)pthread_mutex_lock(&store->lock);
	if (sts_store_touch_known(store, domain) != STS_OK &&
	    sts_store_asks_file(store))
		/* Where too much waits already, the next message notes it. */
		(void)!ask_file(store, domain, NULL, NULL);
	(void)pthread_mutex_unlock(&store->lock);
}

enum sts_err
sts_store_sync(struct sts_store *store, int ms)
{
	struct timespec until = sts_clock_deadline(ms);
	uint64_t stamp;
	enum sts_err err;

	if (!store->has_file)
		return STS_OK;
	(void)pthread_mutex_lock(&store->lock);
	/* The file may have gone: then it is written anew. */
	err = wait_for_look(store, &until);
	stamp = sts_memory_stamp(store->memory);
	while (err == STS_OK && store->state == STS_DISK_WORKING &&
	       sts_store_has_writes(store, stamp))
		if (pthread_cond_timedwait(
			&store->news, &store->lock, &until) != 0)
			err = STS_E_TIMEOUT;
	if (err == STS_OK && store->state != STS_DISK_WORKING)
		err = STS_E_IO;
	(void)pthread_mutex_unlock(&store->lock);
	return err;
}

void
sts_store_health(struct sts_store *store, struct sts_store_health *out)
{
	struct sts_memory_counts counts;

	*out = (struct sts_store_health){ 0 };
	(void)pthread_mutex_lock(&store->lock);
	counts = sts_memory_counts(store->memory);
	out->on_disk = store->has_file && store->problem[0] == '\0';
	(void)snprintf(
	    out->problem, sizeof(out->problem), "%s", store->problem);
	(void)pthread_mutex_unlock(&store->lock);
	out->records = counts.records;
	out->waiting = counts.waiting;
}
