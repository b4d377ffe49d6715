#include "sts/store/state.h"

bool
sts_store_asks_file(const struct sts_store *store)
{
	return store->has_file && store->state != STS_DISK_CLOSED &&
	       !store->stopping;
}

/* What was read becomes known, unless something newer was put meanwhile: then
 * *record becomes that. */
static void
learn(struct sts_store *store, const char *domain,
    const struct sts_record **record)
{
	const struct sts_record *newer;

	(void)pthread_mutex_lock(&store->lock);
	if (sts_memory_peek(store->memory, domain, &newer) == STS_OK) {
		sts_record_put(*record);
		*record = sts_record_get(newer);
	} else {
		/* Out of memory: it will be read again. */
		(void)!sts_memory_put(store->memory, domain, *record, false);
	}
	(void)pthread_mutex_unlock(&store->lock);
}

enum sts_err
sts_store_look_up(
    struct sts_store *store, const char *domain, const struct sts_record **out)
{
	const struct sts_record *record = NULL;
	enum sts_err err;
	bool wiped;

	(void)pthread_mutex_lock(&store->lock);
	err = sts_memory_find(store->memory, domain, &record);
	(void)sts_record_get(record);
	wiped = store->wipe || !store->has_file;
	(void)pthread_mutex_unlock(&store->lock);
	if (err == STS_OK || wiped) {
		*out = record;
		return STS_OK;
	}
	if (store->disk.db == NULL)
		return STS_E_IO;
	err = sts_db_get(store->disk.db, domain, &record);
	if (err != STS_OK && err != STS_E_NOTFOUND) {
		sts_store_note(store, err);
		return STS_E_IO;
	}
	learn(store, domain, &record);
	*out = record;
	return STS_OK;
}

struct reading {
	const char *domain;
	const struct sts_record *record;
};

static void
read_one(struct sts_store *store, void *arg)
{
	struct reading *r = arg;

	if (sts_store_look_up(store, r->domain, &r->record) != STS_OK)
		r->record = NULL; /* the log has it */
}

const struct sts_record *
sts_store_read(struct sts_store *store, const char *domain)
{
	struct reading r = { .domain = domain };
	bool known;

	(void)pthread_mutex_lock(&store->lock);
	known = sts_memory_find(store->memory, domain, &r.record) == STS_OK;
	(void)sts_record_get(r.record);
	(void)pthread_mutex_unlock(&store->lock);
	if (!known)
		sts_store_call(store, read_one, &r);
	return r.record;
}
