#include "sts/report/tlsqueue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOKED                                                                 \
	" NOT EXISTS (SELECT 1 FROM report"                                    \
	" WHERE report.day = tally.day AND report.domain = tally.domain)"

enum sts_err
sts_tlsqueue_open_day(struct sts_tlsdb *db, int64_t end, int64_t *day)
{
	sqlite3_stmt *stmt = sts_tlsdb_statement(db,
	    "SELECT day FROM tally WHERE day < ?1 AND" LOOKED
	    " ORDER BY day LIMIT 1");
	int64_t found = 0;
	enum sts_err err;
	int rc;

	if (stmt == NULL)
		return STS_E_IO;
	(void)sqlite3_bind_int64(stmt, 1, end);
	rc = sts_tlsdb_step(db, stmt);
	if (rc == SQLITE_ROW)
		found = sqlite3_column_int64(stmt, 0);
	err = sts_tlsdb_finish(db, stmt, rc);
	if (err == STS_OK && rc != SQLITE_ROW)
		return STS_E_NOTFOUND;
	if (err == STS_OK)
		*day = found;
	return err;
}

enum sts_err
sts_tlsqueue_domains(struct sts_tlsdb *db, int64_t day, const char *after,
    bool open, struct sts_tlsqueue_domains *out)
{
	sqlite3_stmt *stmt = sts_tlsdb_statement(
	    db, open ? "SELECT DISTINCT domain FROM tally"
		       " WHERE domain > ?1 AND day = ?2 AND" LOOKED
		       " ORDER BY domain LIMIT ?3"
		     : "SELECT DISTINCT domain FROM tally"
		       " WHERE domain > ?1 AND day = ?2"
		       " ORDER BY domain LIMIT ?3");
	int rc;

	if (stmt == NULL)
		return STS_E_IO;
	out->n = 0;
	sts_tlsdb_bind(stmt, 1, &after);
	(void)sqlite3_bind_int64(stmt, 2, day);
	(void)sqlite3_bind_int(stmt, 3, STS_TLSQUEUE_BATCH);
	while ((rc = sts_tlsdb_step(db, stmt)) == SQLITE_ROW)
		(void)snprintf(out->name[out->n++], STS_DOMAIN_SIZE, "%s",
		    sts_tlsdb_text(stmt, 0));
	return sts_tlsdb_finish(db, stmt, rc);
}

/* *put: it was not there. */
static enum sts_err
put_report(struct sts_tlsdb *db, const struct sts_tlsqueue_report *report,
    int64_t now, bool *put)
{
	const char *const texts[] = { report->domain, report->report_id };
	sqlite3_stmt *stmt =
	    sts_tlsdb_statement(db, "INSERT OR IGNORE INTO report"
				    " (domain, report_id, day, body, made_at)"
				    " VALUES (?1, ?2, ?3, ?4, ?5)");
	enum sts_err err;

	if (stmt == NULL)
		return STS_E_IO;
	sts_tlsdb_bind(stmt, 2, texts);
	(void)sqlite3_bind_int64(stmt, 3, report->day);
	(void)sqlite3_bind_blob(
	    stmt, 4, report->body.p, (int)report->body.n, SQLITE_STATIC);
	(void)sqlite3_bind_int64(stmt, 5, now);
	err = sts_tlsdb_run(db, stmt);
	*put = sts_tlsdb_changes(db) > 0;
	return err;
}

static enum sts_err
put_delivery(struct sts_tlsdb *db, const struct sts_tlsqueue_report *report,
    const char *target, int64_t now)
{
	const char *const texts[] = { report->domain, target };
	sqlite3_stmt *stmt = sts_tlsdb_statement(db,
	    "INSERT INTO delivery"
	    " (domain, target, day, state, tries, at, detail)"
	    " VALUES (?1, ?2, ?3, 'due', 0, ?4, '')");

	if (stmt == NULL)
		return STS_E_IO;
	sts_tlsdb_bind(stmt, 2, texts);
	(void)sqlite3_bind_int64(stmt, 3, report->day);
	(void)sqlite3_bind_int64(stmt, 4, now);
	return sts_tlsdb_run(db, stmt);
}

enum sts_err
sts_tlsqueue_put(
    struct sts_tlsdb *db, const struct sts_tlsqueue_report *report, int64_t now)
{
	enum sts_err err = sts_tlsdb_begin(db);
	bool put = false;

	if (err != STS_OK)
		return err;
	err = put_report(db, report, now, &put);
	for (size_t i = 0; err == STS_OK && put && i < report->targets->n; i++)
		err = put_delivery(
		    db, report, report->targets->rua[i].target, now);
	return sts_tlsdb_end(db, err);
}

enum sts_err
sts_tlsqueue_put_none(
    struct sts_tlsdb *db, int64_t day, const char *domain, int64_t now)
{
	const struct sts_tlsqueue_report none = {
		.day = day,
		.domain = domain,
		.report_id = "",
	};
	bool put;

	return put_report(db, &none, now, &put);
}

static enum sts_err
give_up_crashed(struct sts_tlsdb *db, int64_t now, int *uncertain)
{
	sqlite3_stmt *stmt = sts_tlsdb_statement(db,
	    "UPDATE delivery SET state = 'uncertain', at = ?1,"
	    " detail = 'ended while it was being delivered'"
	    " WHERE state = 'claimed' AND at <= ?2");
	enum sts_err err;

	if (stmt == NULL)
		return STS_E_IO;
	(void)sqlite3_bind_int64(stmt, 1, now);
	(void)sqlite3_bind_int64(stmt, 2, now - STS_TLSQUEUE_CLAIM_S);
	err = sts_tlsdb_run(db, stmt);
	*uncertain = sts_tlsdb_changes(db);
	return err;
}

static enum sts_err
take_delivery(sqlite3_stmt *stmt, struct sts_delivery *d)
{
	int n = sqlite3_column_bytes(stmt, 7);

	d->body = malloc((size_t)n + 1);
	if (d->body == NULL)
		return STS_E_NOMEM;
	d->n = (size_t)n;
	if (n > 0)
		memcpy(d->body, sqlite3_column_blob(stmt, 7), d->n);
	d->id = sqlite3_column_int64(stmt, 0);
	d->day = sqlite3_column_int64(stmt, 1);
	(void)snprintf(
	    d->domain, sizeof(d->domain), "%s", sts_tlsdb_text(stmt, 2));
	(void)snprintf(
	    d->target, sizeof(d->target), "%s", sts_tlsdb_text(stmt, 3));
	d->tries = sqlite3_column_int(stmt, 4) + 1;
	(void)snprintf(
	    d->report_id, sizeof(d->report_id), "%s", sts_tlsdb_text(stmt, 5));
	d->made_at = sqlite3_column_int64(stmt, 6);
	return STS_OK;
}

static enum sts_err
read_due(struct sts_tlsdb *db, int64_t now, struct sts_deliveries *out)
{
	sqlite3_stmt *stmt = sts_tlsdb_statement(db,
	    "SELECT d.id, d.day, d.domain, d.target, d.tries, r.report_id,"
	    " r.made_at, r.body"
	    " FROM delivery AS d JOIN report AS r USING (day, domain)"
	    " WHERE d.state = 'due' AND d.at <= ?1 ORDER BY d.at LIMIT ?2");
	enum sts_err err = STS_OK;
	int rc = SQLITE_DONE;

	if (stmt == NULL)
		return STS_E_IO;
	(void)sqlite3_bind_int64(stmt, 1, now);
	(void)sqlite3_bind_int(stmt, 2, STS_TLSQUEUE_BATCH);
	while (err == STS_OK && (rc = sts_tlsdb_step(db, stmt)) == SQLITE_ROW) {
		err = take_delivery(stmt, &out->one[out->n]);
		if (err == STS_OK)
			out->n++;
	}
	if (err == STS_OK)
		return sts_tlsdb_finish(db, stmt, rc);
	(void)!sts_tlsdb_finish(db, stmt, SQLITE_DONE);
	return err;
}

static enum sts_err
set_state(struct sts_tlsdb *db, const struct sts_delivery *d, const char *state,
    int64_t at, const char *detail)
{
	const char *const texts[] = { state, detail };
	sqlite3_stmt *stmt = sts_tlsdb_statement(db,
	    "UPDATE delivery SET state = ?1, detail = ?2, at = ?3, tries = ?4"
	    " WHERE id = ?5");

	if (stmt == NULL)
		return STS_E_IO;
	sts_tlsdb_bind(stmt, 2, texts);
	(void)sqlite3_bind_int64(stmt, 3, at);
	(void)sqlite3_bind_int(stmt, 4, d->tries);
	(void)sqlite3_bind_int64(stmt, 5, d->id);
	return sts_tlsdb_run(db, stmt);
}

void
sts_deliveries_deinit(struct sts_deliveries *deliveries)
{
	for (size_t i = 0; i < deliveries->n; i++)
		free(deliveries->one[i].body);
	deliveries->n = 0;
}

enum sts_err
sts_tlsqueue_claim(struct sts_tlsdb *db, int64_t now,
    struct sts_deliveries *out, int *uncertain)
{
	enum sts_err err = sts_tlsdb_begin(db);

	out->n = 0;
	*uncertain = 0;
	if (err != STS_OK)
		return err;
	err = give_up_crashed(db, now, uncertain);
	if (err == STS_OK)
		err = read_due(db, now, out);
	for (size_t i = 0; err == STS_OK && i < out->n; i++)
		err = set_state(db, &out->one[i], "claimed", now, "");
	err = sts_tlsdb_end(db, err);
	if (err != STS_OK)
		sts_deliveries_deinit(out);
	return err;
}

enum sts_err
sts_tlsqueue_settle(struct sts_tlsdb *db, const struct sts_delivery *d,
    bool delivered, const char *detail, int64_t now, enum sts_settled *out)
{
	int doublings = d->tries < 10 ? d->tries - 1 : 9;
	int64_t next = now + ((int64_t)STS_TLSQUEUE_RETRY_S << doublings);
	enum sts_settled settled = STS_SETTLED_FAILED;
	enum sts_err err;

	if (delivered) {
		settled = STS_SETTLED_DONE;
		err = set_state(db, d, "done", now, detail);
	} else if (next <= d->made_at + STS_TLSQUEUE_LIFE_S) {
		settled = STS_SETTLED_LATER;
		err = set_state(db, d, "due", next, detail);
	} else {
		err = set_state(db, d, "failed", now, detail);
	}
	if (err == STS_OK)
		*out = settled;
	return err;
}

enum sts_err
sts_tlsqueue_is_under_way(
    struct sts_tlsdb *db, const char *target, int64_t now, bool *out)
{
	sqlite3_stmt *stmt = sts_tlsdb_statement(db,
	    "SELECT 1 FROM delivery WHERE target = ?1 AND state = 'claimed'"
	    " AND at > ?2 LIMIT 1");
	enum sts_err err;
	int rc;

	if (stmt == NULL)
		return STS_E_IO;
	sts_tlsdb_bind(stmt, 1, &target);
	(void)sqlite3_bind_int64(stmt, 2, now - STS_TLSQUEUE_CLAIM_S);
	rc = sts_tlsdb_step(db, stmt);
	err = sts_tlsdb_finish(db, stmt, rc);
	if (err == STS_OK)
		*out = rc == SQLITE_ROW;
	return err;
}

enum sts_err
sts_tlsqueue_count(
    struct sts_tlsdb *db, int64_t day, struct sts_tlsqueue_counts *out)
{
	sqlite3_stmt *stmt = sts_tlsdb_statement(db,
	    "SELECT total(state = 'due'), total(state = 'claimed'),"
	    " total(state = 'done'), total(state = 'failed'),"
	    " total(state = 'uncertain') FROM delivery WHERE day = ?1");
	int rc;

	if (stmt == NULL)
		return STS_E_IO;
	(void)sqlite3_bind_int64(stmt, 1, day);
	rc = sts_tlsdb_step(db, stmt);
	if (rc == SQLITE_ROW)
		*out = (struct sts_tlsqueue_counts){
			.due = sqlite3_column_int64(stmt, 0),
			.claimed = sqlite3_column_int64(stmt, 1),
			.done = sqlite3_column_int64(stmt, 2),
			.failed = sqlite3_column_int64(stmt, 3),
			.uncertain = sqlite3_column_int64(stmt, 4),
		};
	return sts_tlsdb_finish(db, stmt, rc);
}
