#include "sts/report/dryrun.h"

#include "sts/report/recent.h"

#include <stdio.h>
#include <stdlib.h>
#include <uthash.h>

enum { KEY_SIZE = STS_DOMAIN_SIZE + 64 };

/* What is marked of a message. */
enum {
	MARK_ACTION = 7, /* mask: the most severe enum sts_action */
	MARK_WHOLE = 8, /* all of it would be held */
	MARK_ELSEWHERE = 16, /* some of its domains would pass */
};

struct named_row {
	struct sts_dryrun_row row;
	uint64_t id; /* the key's, by which messages are told apart */
	UT_hash_handle hh;
	char key[KEY_SIZE];
};

struct sts_dryrun {
	struct sts_dryrun_settings settings;
	struct sts_dryrun_totals totals;
	struct named_row *rows;
	struct sts_recent *messages;
	struct sts_recent *sightings; /* of a message in a row */
	uint64_t nameless; /* messages without a name */
};

enum sts_err
sts_dryrun_new(
    const struct sts_dryrun_settings *settings, struct sts_dryrun **out)
{
	struct sts_dryrun *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return STS_E_NOMEM;
	d->settings = *settings;
	if (sts_recent_new(&d->messages) != STS_OK ||
	    sts_recent_new(&d->sightings) != STS_OK) {
		sts_dryrun_free(d);
		return STS_E_NOMEM;
	}
	*out = d;
	return STS_OK;
}

void
sts_dryrun_free(struct sts_dryrun *d)
{
	struct named_row *row, *tmp;

	if (d == NULL)
		return;
	HASH_ITER (hh, d->rows, row, tmp) {
		HASH_DEL(d->rows, row);
		free(row);
	}
	sts_recent_free(d->messages);
	sts_recent_free(d->sightings);
	free(d);
}

/* What would have been done because of the domain. */
static enum sts_action
judge(const struct sts_dryrun *d, const struct sts_audit_entry *e,
    const struct sts_exception **exception)
{
	const struct sts_dryrun_settings *s = &d->settings;
	struct sts_actions words = sts_conf_actions_if(
	    s->conf, &s->actions, sts_slice_str(e->domain), s->now, exception);
	enum sts_relief relief;

	return sts_relief_of(s->conf, &e->about, &e->verdict,
	    sts_verdict_action(&e->verdict, &words), &relief);
}

/* Whether the message is held as a whole, and not only the recipients of the
 * domain, which can be refused at RCPT (front/session.h). */
static bool
takes_all(const struct sts_dryrun *d, const struct sts_audit_entry *e,
    enum sts_action action)
{
	const struct sts_conf *conf = d->settings.conf;

	if (!sts_verdict_holds(action))
		return false;
	return action == STS_ACTION_QUARANTINE || e->about.by_command ||
	       d->settings.decide_at == STS_DECIDE_EOM ||
	       (conf->honor_tls_required_no && !e->verdict.required);
}

static void
count_marks(struct sts_dryrun_totals *t, unsigned marks, uint64_t sign)
{
	enum sts_action worst = (enum sts_action)(marks & MARK_ACTION);

	t->messages += sign;
	if (!sts_verdict_holds(worst))
		return;
	t->held += sign;
	t->held_as[worst] += sign;
	if ((marks & MARK_WHOLE) != 0 && (marks & MARK_ELSEWHERE) != 0)
		t->along += sign;
}

/* A name of its own for each that has none. */
static uint64_t
key_of(struct sts_dryrun *d, const struct sts_audit_entry *e)
{
	if (e->message[0] != '\0')
		return sts_recent_key(STS_RECENT_SEED, e->message);
	return sts_recent_key(++d->nameless, "");
}

/* Counts the message anew, with what this decision makes of it. */
static enum sts_err
add_to_message(struct sts_dryrun *d, const struct sts_audit_entry *e,
    uint64_t key, enum sts_action action)
{
	bool is_new;
	unsigned *marks = sts_recent_marks(d->messages, key, &is_new);
	enum sts_action worst;

	if (marks == NULL)
		return STS_E_NOMEM;
	if (!is_new)
		count_marks(&d->totals, *marks, (uint64_t)-1);
	worst = (enum sts_action)(*marks & MARK_ACTION);
	if (sts_verdict_severity(action) > sts_verdict_severity(worst))
		*marks = (*marks & ~(unsigned)MARK_ACTION) | (unsigned)action;
	if (takes_all(d, e, action))
		*marks |= MARK_WHOLE;
	if (!sts_verdict_holds(action))
		*marks |= MARK_ELSEWHERE;
	count_marks(&d->totals, *marks, 1);
	return STS_OK;
}

/* NULL in *out: there are too many. */
static enum sts_err
find_row(struct sts_dryrun *d, const struct sts_audit_entry *e,
    struct named_row **out)
{
	char key[KEY_SIZE];
	struct named_row *row;

	(void)snprintf(key, sizeof(key), "%s %s",
	    sts_reason_text(e->verdict.reason), e->domain);
	HASH_FIND_STR(d->rows, key, row);
	*out = row;
	if (row != NULL || HASH_COUNT(d->rows) >= STS_DRYRUN_ROWS)
		return STS_OK;
	row = calloc(1, sizeof(*row));
	if (row == NULL)
		return STS_E_NOMEM;
	memcpy(row->key, key, sizeof(key));
	row->id = sts_recent_key(STS_RECENT_SEED, key);
	memcpy(row->row.domain, e->domain, sizeof(row->row.domain));
	row->row.reason = e->verdict.reason;
	row->row.first = e->time;
	HASH_ADD_STR(d->rows, key, row);
	if (row->hh.tbl == NULL) { /* no memory for the table */
		free(row);
		return STS_E_NOMEM;
	}
	*out = row;
	return STS_OK;
}

static void
put_newest(struct sts_dryrun_row *row, const struct sts_audit_entry *e,
    const struct sts_exception *exception)
{
	row->last = e->time;
	row->verdict = e->verdict;
	row->exception = exception;
	memcpy(row->mx, e->mx, sizeof(row->mx));
}

static enum sts_err
add_to_row(struct sts_dryrun *d, const struct sts_audit_entry *e, uint64_t key,
    enum sts_action action, const struct sts_exception *exception)
{
	struct named_row *named;
	struct sts_dryrun_row *row;
	bool is_new;
	enum sts_err err = find_row(d, e, &named);

	if (err != STS_OK)
		return err;
	if (named == NULL) {
		d->totals.unnamed++;
		return STS_OK;
	}
	if (sts_recent_marks(d->sightings, key ^ named->id, &is_new) == NULL)
		return STS_E_NOMEM;
	row = &named->row;
	row->messages += is_new;
	row->decisions++;
	row->would[action]++;
	row->was[e->action]++;
	if (e->time < row->first)
		row->first = e->time;
	if (e->time >= row->last)
		put_newest(row, e, exception);
	return STS_OK;
}

enum sts_err
sts_dryrun_add(struct sts_dryrun *d, const struct sts_audit_entry *e)
{
	struct sts_dryrun_totals *t = &d->totals;
	const struct sts_exception *exception;
	enum sts_action action;
	enum sts_err err;
	uint64_t key;

	if (e->time < d->settings.since) {
		t->older++;
		return STS_OK;
	}
	action = judge(d, e, &exception);
	key = key_of(d, e);
	err = add_to_message(d, e, key, action);
	if (err == STS_OK && (e->verdict.result == STS_RESULT_FAIL ||
				 e->verdict.result == STS_RESULT_TEMPERROR))
		err = add_to_row(d, e, key, action, exception);
	if (err != STS_OK)
		return err;
	if (t->decisions == 0 || e->time < t->first)
		t->first = e->time;
	if (e->time > t->last)
		t->last = e->time;
	t->decisions++;
	t->changes[e->action][action]++;
	return STS_OK;
}

uint64_t
sts_dryrun_held(const struct sts_dryrun_row *row)
{
	uint64_t n = 0;

	for (int i = 0; i < STS_REPORT_ACTIONS; i++)
		if (sts_verdict_holds((enum sts_action)i))
			n += row->would[i];
	return n;
}

const struct sts_dryrun_totals *
sts_dryrun_totals(const struct sts_dryrun *d)
{
	return &d->totals;
}

static int
more_held_first(const void *a, const void *b)
{
	const struct sts_dryrun_row *x =
	    *(const struct sts_dryrun_row *const *)a;
	const struct sts_dryrun_row *y =
	    *(const struct sts_dryrun_row *const *)b;
	uint64_t x_held = sts_dryrun_held(x), y_held = sts_dryrun_held(y);
	int by_name = strcmp(x->domain, y->domain);

	if (x_held != y_held)
		return x_held > y_held ? -1 : 1;
	if (x->messages != y->messages)
		return x->messages > y->messages ? -1 : 1;
	return by_name != 0 ? by_name : (int)x->reason - (int)y->reason;
}

enum sts_err
sts_dryrun_rows(
    const struct sts_dryrun *d, const struct sts_dryrun_row ***out, size_t *n)
{
	size_t count = HASH_COUNT(d->rows), i = 0;
	const struct sts_dryrun_row **rows =
	    calloc(count == 0 ? 1 : count, sizeof(*rows));
	struct named_row *row, *tmp;

	if (rows == NULL)
		return STS_E_NOMEM;
	HASH_ITER (hh, d->rows, row, tmp)
		rows[i++] = &row->row;
	qsort(rows, count, sizeof(*rows), more_held_first);
	*out = rows;
	*n = count;
	return STS_OK;
}
