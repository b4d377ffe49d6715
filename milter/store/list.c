#include "sts/store/state.h"

#include <stdlib.h>

/*
 * Memory and file together, in order, without loading the file: what memory has
 * and the file has not (yet) is taken and sorted at the beginning, and merged
 * with the file's pages, in which memory's newer records replace the file's.
 */

struct page {
	const char *after; /* the domain behind which it begins */
	char last[STS_DOMAIN_SIZE]; /* of the file's page */
	const struct sts_record *records[STS_DB_PAGE];
	size_t n;
	bool end;
	enum sts_err err;
};

struct merge {
	const struct sts_record **records; /* of memory, sorted; references */
	size_t n, next;
	sts_store_each *each;
	void *cookie;
	bool stopped;
};

/* Puts memory's newer records in place of the file's, and leaves out what was
 * flushed. */
static void
overlay(struct sts_store *store, struct page *page)
{
	const struct sts_record *record;
	size_t n = 0;

	(void)pthread_mutex_lock(&store->lock);
	for (size_t i = 0; i < page->n; i++) {
		record = page->records[i];
		if (sts_memory_peek(store->memory, record->domain, &record) ==
		    STS_OK) {
			(void)sts_record_get(record);
			sts_record_put(page->records[i]);
		}
		if (record != NULL)
			page->records[n++] = record;
	}
	page->n = n;
	(void)pthread_mutex_unlock(&store->lock);
}

/* On the worker. */
static void
read_page(struct sts_store *store, void *arg)
{
	struct page *page = arg;
	const struct sts_record *last;
	bool wiped;

	(void)pthread_mutex_lock(&store->lock);
	wiped = store->wipe;
	(void)pthread_mutex_unlock(&store->lock);
	page->n = 0;
	page->err = wiped ? STS_OK : STS_E_IO;
	if (!wiped && store->disk.db != NULL) {
		page->err = sts_db_page(
		    store->disk.db, page->after, page->records, &page->n);
		if (page->err != STS_OK)
			sts_store_note(store, page->err);
	}
	page->end = page->n == 0;
	if (page->end)
		return;
	last = page->records[page->n - 1];
	memcpy(page->last, last->domain, strlen(last->domain) + 1);
	overlay(store, page);
}

static void
give(struct merge *m, const struct sts_record *record)
{
	if (!m->stopped)
		m->stopped = !m->each(m->cookie, record);
	sts_record_put(record);
}

/* Gives memory's records up to the file's next, all where that is NULL. */
static void
give_before(struct merge *m, const struct sts_record *next)
{
	const struct sts_record *mine;
	int order;

	for (; m->next < m->n; m->next++) {
		mine = m->records[m->next];
		order = next == NULL ? -1 : strcmp(mine->domain, next->domain);
		if (order > 0)
			return;
		if (order == 0)
			sts_record_put(mine); /* the page has a newer one */
		else
			give(m, mine);
	}
}

static enum sts_err
merge_file(struct sts_store *store, struct merge *m)
{
	struct page page = { .after = "" };

	while (!m->stopped) {
		sts_store_call(store, read_page, &page);
		if (page.err != STS_OK || page.end)
			return page.err == STS_OK ? STS_OK : STS_E_IO;
		for (size_t i = 0; i < page.n; i++) {
			give_before(m, page.records[i]);
			give(m, page.records[i]);
		}
		page.after = page.last;
	}
	return STS_OK;
}

static int
by_domain(const void *a, const void *b)
{
	const struct sts_record *const *x = a, *const *y = b;

	return strcmp((*x)->domain, (*y)->domain);
}

enum sts_err
sts_store_list(struct sts_store *store, sts_store_each *each, void *cookie)
{
	struct merge m = { .each = each, .cookie = cookie };
	enum sts_err err;
	bool with_file;

	(void)pthread_mutex_lock(&store->lock);
	with_file = sts_store_asks_file(store);
	err = sts_memory_snapshot(store->memory, with_file, &m.records, &m.n);
	(void)pthread_mutex_unlock(&store->lock);
	if (err != STS_OK)
		return err;
	qsort(m.records, m.n, sizeof(struct sts_record *), by_domain);
	if (with_file)
		err = merge_file(store, &m);
	give_before(&m, NULL); /* gives or, where it was stopped, drops */
	free(m.records);
	return err;
}
