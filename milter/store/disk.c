#include "sts/store/disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RETRY_FIRST_MS = 1000, RETRY_MAX_MS = 60000 };

enum sts_err
sts_disk_init(struct sts_disk *d, const char *path,
    const struct sts_clock *clock, struct sts_log *log)
{
	char *copy = strdup(path);

	if (copy == NULL)
		return STS_E_NOMEM;
	*d = (struct sts_disk){
		.clock = clock,
		.log = log,
		.path = copy,
		.state = STS_DISK_CLOSED,
		.retry_at_ms = sts_mono_ms(clock),
		.retry_after_ms = RETRY_FIRST_MS,
	};
	return STS_OK;
}

void
sts_disk_deinit(struct sts_disk *d)
{
	sts_db_close(d->db, false);
	free(d->path);
}

static void
close_db(struct sts_disk *d, bool damaged)
{
	sts_db_close(d->db, damaged);
	d->db = NULL;
}

/* The one place where the state changes.  What failed before stays the problem
 * until something was written: sts_disk_recovered. */
static void
enter(struct sts_disk *d, enum sts_disk_state state)
{
	d->state = state;
	if (state == STS_DISK_WORKING)
		return;
	if (strcmp(d->problem, d->why) != 0) {
		(void)snprintf(d->problem, sizeof(d->problem), "%s", d->why);
		sts_log(d->log, STS_LOG_ERR, "store-failing",
		    STS_KV_STR("path", d->path), STS_KV_STR("problem", d->why),
		    STS_KV_STR("meanwhile", state == STS_DISK_READABLE
						? "read, not written"
						: "memory only"));
	}
	d->retry_at_ms = sts_mono_ms(d->clock) + d->retry_after_ms;
	d->retry_after_ms *= 2;
	if (d->retry_after_ms > RETRY_MAX_MS)
		d->retry_after_ms = RETRY_MAX_MS;
}

void
sts_disk_recovered(struct sts_disk *d)
{
	if (d->state != STS_DISK_WORKING || d->problem[0] == '\0')
		return;
	sts_log(d->log, STS_LOG_NOTICE, "store-recovered",
	    STS_KV_STR("path", d->path));
	d->problem[0] = '\0';
	d->retry_after_ms = RETRY_FIRST_MS;
}

/* Where an outcome of db.h leaves the file; damage has been dealt with. */
static void
settle(struct sts_disk *d, enum sts_err err)
{
	if (err == STS_OK) {
		enter(d, STS_DISK_WORKING);
	} else if (err == STS_E_LIMIT && d->db != NULL) {
		enter(d, STS_DISK_READABLE);
	} else {
		if (err == STS_E_NOMEM)
			(void)snprintf(
			    d->why, sizeof(d->why), "%s", sts_err_text(err));
		close_db(d, err == STS_E_SYNTAX);
		enter(d, STS_DISK_CLOSED);
	}
}

static enum sts_err
open_db(struct sts_disk *d)
{
	enum sts_err err = sts_db_open(d->path, d->log, d->why, &d->db);

	if (err != STS_OK)
		return err;
	d->opened++;
	return sts_db_probe(d->db);
}

static enum sts_err
set_aside(struct sts_disk *d)
{
	char damage[STS_DB_WHY], why[STS_DB_WHY] = "";
	char *kept_as = NULL;
	enum sts_err err;

	memcpy(damage, d->why, sizeof(damage));
	close_db(d, true);
	err =
	    sts_dbfile_set_aside(d->path, sts_wall_s(d->clock), &kept_as, why);
	if (err == STS_OK)
		sts_log(d->log, STS_LOG_ERR, "store-damaged",
		    STS_KV_STR("path", d->path), STS_KV_STR("problem", damage),
		    STS_KV_STR("kept_as", kept_as));
	else
		(void)snprintf(d->why, sizeof(d->why),
		    "%.90s; it cannot be set aside: %.70s", damage, why);
	free(kept_as);
	return err;
}

/* Should the new file be damaged at once, it waits for a later try. */
static void
take(struct sts_disk *d, enum sts_err err)
{
	if (err == STS_E_SYNTAX && (err = set_aside(d)) == STS_OK)
		err = open_db(d);
	settle(d, err);
}

void
sts_disk_note(struct sts_disk *d, enum sts_err err)
{
	take(d, err);
	if (err == STS_OK)
		sts_disk_recovered(d);
}

void
sts_disk_refresh(struct sts_disk *d)
{
	if (d->db != NULL && sts_db_moved(d->db)) {
		sts_log(d->log, STS_LOG_WARNING, "store-file-gone",
		    STS_KV_STR("path", d->path),
		    STS_KV_STR("then", "written anew from memory"));
		close_db(d, false);
	} else if (d->state == STS_DISK_WORKING ||
		   sts_mono_ms(d->clock) < d->retry_at_ms) {
		return;
	}
	take(d, d->db == NULL ? open_db(d) : sts_db_probe(d->db));
}
