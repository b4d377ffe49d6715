#include "sts/store/state.h"

struct flush {
	const char *domain; /* NULL: all */
	size_t n; /* how many were there */
	enum sts_err err;
};

static void
flush_one(struct sts_store *store, struct flush *flush)
{
	const struct sts_record *record = NULL;

	/* Where the file fails, it may have the domain: it is deleted there
	 * when it works again. */
	if (sts_store_look_up(store, flush->domain, &record) == STS_OK &&
	    record != NULL)
		flush->n = 1;
	sts_record_put(record);
	(void)pthread_mutex_lock(&store->lock);
	flush->err =
	    sts_memory_put(store->memory, flush->domain, NULL, store->has_file);
	(void)pthread_mutex_unlock(&store->lock);
}

static void
flush_all(struct sts_store *store, struct flush *flush)
{
	enum sts_err err = STS_E_IO;
	size_t in_memory;

	/* What waits is written first, only to be counted. */
	sts_store_write_all(store);
	if (store->disk.state == STS_DISK_WORKING) {
		err = sts_db_wipe(store->disk.db, &flush->n);
		sts_store_note(store, err);
	}
	(void)pthread_mutex_lock(&store->lock);
	in_memory = sts_memory_clear(store->memory);
	store->wipe = store->has_file && err != STS_OK;
	(void)pthread_mutex_unlock(&store->lock);
	if (err != STS_OK)
		flush->n = in_memory;
}

static void
run(struct sts_store *store, void *arg)
{
	struct flush *flush = arg;

	if (flush->domain != NULL)
		flush_one(store, flush);
	else
		flush_all(store, flush);
}

enum sts_err
sts_store_flush(struct sts_store *store, const char *domain, size_t *n)
{
	struct flush flush = { .domain = domain };

	sts_store_call(store, run, &flush);
	if (flush.err == STS_OK)
		*n = flush.n;
	return flush.err;
}
