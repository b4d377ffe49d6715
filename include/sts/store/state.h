/*
 * The inside of a store: what its files (milter/store/) share.
 *
 * The worker is the store's own thread, and the only one that touches the file.
 * A put changes memory, where the domain then waits; the worker writes what
 * waits in batches.  So a get after a put finds it in memory, or in the file.
 * What needs the file comes to the worker as a read (sts_store_get), answered
 * before any batch, or as a call, which its caller waits for.
 */
#ifndef STS_STORE_STATE_H
#define STS_STORE_STATE_H

#include "sts/store/disk.h"
#include "sts/store/memory.h"
#include "sts/store/store.h"

#include <pthread.h>

enum {
	STS_STORE_BATCH = 256, /* writes in one transaction */
	STS_STORE_READS = 64, /* answered between two batches */
	STS_STORE_READS_MAX = 4096, /* that may wait */
	STS_STORE_DRAIN_MS = 5000, /* for what waits when the store ends */
};

/* Something to be looked up in the file: a domain, or what is due. */
struct sts_store_read {
	struct sts_store_read *prev, *next;
	struct sts_due *due; /* NULL: a domain is asked for */
	sts_store_found *found; /* with `due` */
	sts_store_got *got; /* NULL: the domain was only used (row 44) */
	void *cookie;
	char domain[STS_DOMAIN_SIZE];
};

/* Something that another thread has the worker do. On that thread's stack. */
struct sts_store_call {
	struct sts_store_call *prev, *next;
	void (*run)(struct sts_store *store, void *arg);
	void *arg;
	bool done;
};

struct sts_store {
	/* Set before the worker starts, then only read. */
	const struct sts_clock *clock;
	struct sts_log *log;
	bool has_file; /* else there is no worker */
	pthread_t worker;

	/* The worker's own. */
	struct sts_disk disk;
	unsigned opened; /* of disk.opened: what memory knows of */
	int64_t tick_at_ms, clean_at_ms; /* monotonic */
	int64_t wall_ahead_s; /* of the monotonic clock, when last cleaned */
	uint64_t lost_told;
	bool told_losing;
	struct sts_memory_item items[STS_STORE_BATCH];
	char unused[STS_DB_UNUSED][STS_DOMAIN_SIZE];

	/* `lock` guards the rest.  It is never held over a call into SQLite,
	 * the log or a caller's function. */
	pthread_mutex_t lock;
	pthread_cond_t work; /* the worker has something to do */
	pthread_cond_t news; /* it has done something */
	struct sts_memory *memory;
	struct sts_store_read *reads;
	size_t n_reads;
	struct sts_store_call *calls;
	bool stopping;
	bool wipe; /* all rows of the file are to be deleted first */
	uint64_t looks_asked, looks_done; /* at the file: sts_store_sync */
	/* What the worker last told of its disk. */
	enum sts_disk_state state;
	int64_t retry_at_ms;
	char problem[STS_DB_WHY];
};

/* ---- worker.c */

/* The worker's thread: `arg` is the store. */
void *sts_store_work(void *arg);

/* Makes what the disk has become known to the other threads. Worker; the lock
 * is held. */
void sts_store_publish(struct sts_store *store);

/* Takes the outcome of something done to the file (db.h). Worker. */
void sts_store_note(struct sts_store *store, enum sts_err err);

/* Has the worker run it, and waits for that; without a file, runs it itself.
 * Not on the worker. */
void sts_store_call(struct sts_store *store,
    void (*run)(struct sts_store *store, void *arg), void *arg);

/* ---- lookup.c */

/* Whether a domain that is not in memory has to be looked for in the file. The
 * lock is held. */
bool sts_store_asks_file(const struct sts_store *store);

/*
 * What is remembered of a domain, by memory or else by the file: *out is a
 * reference or NULL.  STS_E_IO: the file failed, or there is none to be asked.
 * Worker, or any thread where there is no file.
 */
STS_MUST_USE enum sts_err sts_store_look_up(
    struct sts_store *store, const char *domain, const struct sts_record **out);

/* Notes that a domain in memory was used.  STS_E_NOTFOUND: memory cannot tell.
 * The lock is held. */
STS_MUST_USE enum sts_err sts_store_touch_known(
    struct sts_store *store, const char *domain);

/* ---- due.c */

/* Fills in what the file says is due.  Worker. */
void sts_store_find_due(struct sts_store *store, struct sts_due *due);

/* ---- writer.c: worker only */

/* Whether anything waits to be written since the stamp or longer. The lock is
 * held; any thread. */
bool sts_store_has_writes(const struct sts_store *store, uint64_t stamp);
/* The same, and the file takes it. The lock is not held. */
bool sts_store_may_write(struct sts_store *store, uint64_t stamp);
/* Writes what waits longest, in one transaction. */
void sts_store_write_batch(struct sts_store *store);
/* Writes what waits now, as far as the file takes it. */
void sts_store_write_all(struct sts_store *store);
/* Says that writes are dropped when that begins, and how many more when nothing
 * waits any longer. */
void sts_store_tell_lost(struct sts_store *store);

/* ---- cleaner.c */

/* Forgets a few domains that no message used for 180 days (row 44). Worker. */
void sts_store_clean(struct sts_store *store);

#endif
