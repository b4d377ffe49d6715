/*
 * The store: what is remembered of policy domains (struct sts_record), in
 * memory over one SQLite file (its table: sts/store/db.h).
 *
 * Reads are answered from memory at once, on the caller's thread; what is not
 * in memory is read on the store's own thread and given to a callback there.
 * Writes change memory at once and the file soon after, in batches, on that
 * thread; they survive kill -9 once sts_store_sync returned, and in practice
 * after a few milliseconds.
 *
 * Whatever happens to the file, memory serves on, every change of the file's
 * state is one line in the log, and it is tried again, at first after a second,
 * then less and less often, at last once a minute (rules.md row 45):
 *
 *	damaged		set aside as NAME.damaged-TIME, and begun anew with what
 *			memory knows
 *	removed		begun anew with what memory knows
 *	full, failing	read as long as that works; what was put waits to be
 *			written, as much of it as memory may hold
 *	not ours, of a	left alone; the log says what to do about it
 *	newer version,
 *	or in use
 *
 * Any thread may call any function but _open and _free.  _read, _flush, _list
 * and _sync wait for the store's thread: they are not for a callback of the
 * store nor for an event loop.  A domain is always in its canonical form
 * (sts/core/domain.h).
 */
#ifndef STS_STORE_STORE_H
#define STS_STORE_STORE_H

#include "sts/base/clock.h"
#include "sts/base/err.h"
#include "sts/base/log.h"
#include "sts/core/freshness.h"

struct sts_store;

struct sts_store_options {
	const char *path; /* "": memory only */
	size_t memory_records; /* kept in memory, the least used go first; a
				  policy over 4 KiB counts as several */
	const struct sts_clock *clock;
	struct sts_log *log;
};

/* Opens or makes the file, as the user and in the process that go on with it,
 * and begins a thread; does not read it all.  Only STS_E_NOMEM and
 * STS_E_INTERNAL fail: a bad file is a log line and a store in memory. */
STS_MUST_USE enum sts_err sts_store_open(
    const struct sts_store_options *options, struct sts_store **out);
/* Answers the reads that wait, writes what waits (for 5 s at most), ends the
 * thread.  No callback comes after it; no other call may be under way. */
void sts_store_free(struct sts_store *store);

/* `record` is a reference given to the callee; NULL: not remembered, or the
 * file failed (which was logged). On the store's thread. */
typedef void sts_store_got(void *cookie, const struct sts_record *record);

/*
 * STS_OK: *out is a reference, or NULL where nothing is remembered; `got` is
 * not called.  STS_E_AGAIN: `got` will be called, exactly once.  STS_E_LIMIT:
 * too many wait.  STS_E_RANGE: longer than any domain.  STS_E_NOMEM.
 */
STS_MUST_USE enum sts_err sts_store_get(struct sts_store *store,
    const char *domain, sts_store_got *got, void *cookie,
    const struct sts_record **out);

/* The same, waited for.  A reference; NULL: not remembered, or the file failed
 * (which was logged). */
const struct sts_record *sts_store_read(
    struct sts_store *store, const char *domain);

/* Remembers the record (takes a reference of its own), replacing the domain's
 * older one; a later use that was noted there stays noted.  STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_store_put(
    struct sts_store *store, const struct sts_record *record);

/* Notes that a message used the domain; writes at most once a day and domain
 * (row 44). */
void sts_store_touch(struct sts_store *store, const char *domain);

/*
 * Gives domains whose policy is to be refreshed now (sts_record_refresh_at),
 * at most STS_DUE_MAX, and notes that this was begun: what becomes of it, none
 * is given again within STS_REFRESH_RETRY.  Never blocks; a put not yet in the
 * file counts.  STS_OK: *due is filled in.  STS_E_AGAIN: it will be, and then
 * `found` called, exactly once and on the store's thread; until then the caller
 * leaves *due alone.  STS_E_LIMIT, STS_E_NOMEM.
 */
enum { STS_DUE_MAX = 64 };
struct sts_due {
	size_t n;
	char domains[STS_DUE_MAX][STS_DOMAIN_SIZE];
};
typedef void sts_store_found(void *cookie);
STS_MUST_USE enum sts_err sts_store_due(struct sts_store *store,
    struct sts_due *due, sts_store_found *found, void *cookie);

/* Forgets one domain, or all where domain is NULL.  *n: how many were there, as
 * far as memory knows where the file fails.  STS_E_NOMEM, STS_E_RANGE. */
STS_MUST_USE enum sts_err sts_store_flush(
    struct sts_store *store, const char *domain, size_t *n);

/* Calls `each` for every record, ordered by domain, on the caller's thread,
 * without holding a lock over the call; `each` borrows. false ends it.  What is
 * put meanwhile may be among them or not.  STS_E_NOMEM; STS_E_IO where the file
 * fails on the way. */
typedef bool sts_store_each(void *cookie, const struct sts_record *record);
STS_MUST_USE enum sts_err sts_store_list(
    struct sts_store *store, sts_store_each *each, void *cookie);

/* Waits until all that was put is in the file, at most `ms`, having looked
 * whether the file is still there.  STS_E_TIMEOUT; STS_E_IO where the file
 * fails.  Without a file, there is nothing to wait for. */
STS_MUST_USE enum sts_err sts_store_sync(struct sts_store *store, int ms);

struct sts_store_health {
	bool on_disk; /* there is a file, and it works */
	char problem[256]; /* why it does not, or "" */
	size_t records; /* in memory */
	size_t waiting; /* writes not yet in the file */
};
void sts_store_health(struct sts_store *store, struct sts_store_health *out);

#endif
