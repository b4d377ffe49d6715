#include "sts/store/state.h"

#include <stdlib.h>
#include <utlist.h>

/*
 * What is to be refreshed (rules.md row 43).  The file's index finds it; where
 * there is no file that works, memory is searched a piece at a time.  What
 * waits to be written is not searched for: it is in the file before it is due.
 */

/* Puts the record back: as tried, where it is due.  So each row that the index
 * gave moves in it, and none stands in the way of others.  Whether it was due.
 * The lock is held. */
static bool
take(struct sts_store *store, const struct sts_record *record, int64_t now)
{
	int64_t at = sts_record_refresh_at(record, now);
	bool is_due = at != 0 && at <= now;
	struct sts_record draft = sts_record_draft(record);
	const struct sts_record *tried;
	enum sts_err err;

	if (is_due)
		draft.tried_at = now;
	tried = sts_record_new(&draft);
	if (tried == NULL)
		return false;
	err = sts_memory_put(
	    store->memory, tried->domain, tried, store->has_file);
	sts_record_put(tried);
	return err == STS_OK && is_due;
}

/* Of a row of the file: memory may know better. */
static bool
read_and_take(struct sts_store *store, const char *domain, int64_t now)
{
	const struct sts_record *record = NULL, *newer;
	bool taken;

	if (sts_store_look_up(store, domain, &record) != STS_OK)
		return false;
	(void)pthread_mutex_lock(&store->lock);
	newer = record; /* should memory have no room to keep it */
	(void)!sts_memory_peek(store->memory, domain, &newer);
	taken = newer != NULL && take(store, newer, now);
	(void)pthread_mutex_unlock(&store->lock);
	sts_record_put(record);
	return taken;
}

void
sts_store_find_due(struct sts_store *store, struct sts_due *due)
{
	int64_t now = sts_wall_s(store->clock);
	enum sts_err err;
	size_t n = 0;

	due->n = 0;
	if (store->disk.state != STS_DISK_WORKING)
		return; /* the next time, memory is asked */
	err = sts_db_due(store->disk.db, now, due->domains, &n);
	if (err != STS_OK) {
		sts_store_note(store, err);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (read_and_take(store, due->domains[i], now))
			memmove(due->domains[due->n++], due->domains[i],
			    STS_DOMAIN_SIZE);
}

/* The lock is held. */
static void
find_in_memory(struct sts_store *store, struct sts_due *due)
{
	int64_t now = sts_wall_s(store->clock);
	const struct sts_record *records[STS_DUE_MAX];
	size_t n = sts_memory_due(store->memory, now, records, STS_DUE_MAX);

	due->n = 0;
	for (size_t i = 0; i < n; i++) {
		if (take(store, records[i], now))
			memcpy(due->domains[due->n++], records[i]->domain,
			    strlen(records[i]->domain) + 1);
		sts_record_put(records[i]);
	}
}

/* Has the worker look.  The lock is held. */
static enum sts_err
ask_file(struct sts_store *store, struct sts_due *due, sts_store_found *found,
    void *cookie)
{
	struct sts_store_read *read;

	if (store->n_reads >= STS_STORE_READS_MAX)
		return STS_E_LIMIT;
	read = calloc(1, sizeof(*read));
	if (read == NULL)
		return STS_E_NOMEM;
	read->due = due;
	read->found = found;
	read->cookie = cookie;
	DL_APPEND(store->reads, read);
	store->n_reads++;
	(void)pthread_cond_signal(&store->work);
	return STS_E_AGAIN;
}

enum sts_err
sts_store_due(struct sts_store *store, struct sts_due *due,
    sts_store_found *found, void *cookie)
{
	enum sts_err err = STS_OK;

	(void)pthread_mutex_lock(&store->lock);
	if (sts_store_asks_file(store) && store->state == STS_DISK_WORKING)
		err = ask_file(store, due, found, cookie);
	else
		find_in_memory(store, due);
	(void)pthread_mutex_unlock(&store->lock);
	return err;
}
