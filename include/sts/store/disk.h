/*
 * The store's file and how it fares: opened, tried again after a failure,
 * set aside when damaged, and every change of that told to the log, once.
 *
 *	WORKING   it is read and written
 *	READABLE  it is read, and written again when a later try succeeds
 *	CLOSED    it is opened again when a later try succeeds
 *
 * Tries come after 1 s, then after twice as long each time, to once a minute.
 * Worker's thread only.
 */
#ifndef STS_STORE_DISK_H
#define STS_STORE_DISK_H

#include "sts/base/clock.h"
#include "sts/base/log.h"
#include "sts/store/db.h"

enum sts_disk_state {
	STS_DISK_CLOSED,
	STS_DISK_READABLE,
	STS_DISK_WORKING,
};

struct sts_disk {
	const struct sts_clock *clock; /* borrowed */
	struct sts_log *log; /* borrowed */
	char *path;
	struct sts_db *db; /* NULL where CLOSED */
	enum sts_disk_state state;
	unsigned opened; /* how often, so that a new file is noticed */
	char why[STS_DB_WHY]; /* of the last failure */
	char problem[STS_DB_WHY]; /* the one that was logged; "" when over */
	int64_t retry_at_ms; /* monotonic; unless WORKING */
	int64_t retry_after_ms;
};

/* CLOSED, and due to be opened.  STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_disk_init(struct sts_disk *d, const char *path,
    const struct sts_clock *clock, struct sts_log *log);
void sts_disk_deinit(struct sts_disk *d);

/* Looks whether the file is still there; opens it or tries to write to it again
 * where that is due.  Before any use of `db`. */
void sts_disk_refresh(struct sts_disk *d);

/* Takes the outcome of a write, or the error of a read: after one, closes the
 * file, sets it aside and begins a new one, or waits, as the error asks. */
void sts_disk_note(struct sts_disk *d, enum sts_err err);

/* A problem is over once something was written: not when a small trial was, and
 * much is waiting for room.  For when nothing waits. */
void sts_disk_recovered(struct sts_disk *d);

#endif
