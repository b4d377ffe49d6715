/* The outcome of a dry run as JSON (mta-sts(1)). */
#include "sts/base/clock.h"
#include "sts/base/escape.h"
#include "sts/prog/dryrunparts.h"

#include <stdlib.h>
#include <string.h>

enum { EXCEPTIONS_MAX = 1 << 20 /* bytes */ };

/* The first failure is remembered. */
static void
put(json_t *object, const char *key, json_t *value, bool *failed)
{
	*failed = json_object_set_new(object, key, value) != 0 || *failed;
}

static json_t *
time_json(int64_t wall_s)
{
	char text[STS_TIME_TEXT];

	return wall_s == 0 ? json_null()
			   : json_string(sts_time_rfc3339(wall_s, text));
}

/* Of the configuration, which may have any bytes. */
static json_t *
text(const char *s)
{
	char escaped[STS_LOG_VALUE];
	json_t *value = json_string(s);

	if (value == NULL)
		value = json_string(
		    sts_escape_to(escaped, sizeof(escaped), sts_slice_str(s)));
	return value;
}

static json_t *
number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

/* {"defer":3}: those that are not 0. */
static json_t *
by_action(const uint64_t counts[STS_REPORT_ACTIONS])
{
	json_t *object = json_object();
	bool failed = object == NULL;

	for (int i = 0; i < STS_REPORT_ACTIONS; i++)
		if (counts[i] > 0)
			put(object, sts_action_text((enum sts_action)i),
			    number(counts[i]), &failed);
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *
exception_json(const struct sts_exception *e)
{
	if (e == NULL)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:i}", "name", text(e->name), "until",
	    time_json(e->until), "reason", text(e->reason), "line",
	    (int)e->line);
}

static json_t *
row_json(const struct sts_dryrun_row *row, int64_t now)
{
	const struct sts_verdict *v = &row->verdict;
	uint64_t held = sts_dryrun_held(row);
	json_t *object = json_object();
	bool failed = object == NULL;

	put(object, "domain", json_string(row->domain), &failed);
	put(object, "reason", json_string(sts_reason_text(row->reason)),
	    &failed);
	put(object, "result", json_string(sts_result_text(v->result)), &failed);
	put(object, "policy", json_string(sts_mode_text(v->mode)), &failed);
	put(object, "requiretls", json_boolean(v->required), &failed);
	put(object, "mx",
	    row->mx[0] == '\0' ? json_null() : json_string(row->mx), &failed);
	put(object, "messages", number(row->messages), &failed);
	put(object, "decisions", number(row->decisions), &failed);
	put(object, "held", number(held), &failed);
	put(object, "first", time_json(row->first), &failed);
	put(object, "last", time_json(row->last), &failed);
	put(object, "would", by_action(row->would), &failed);
	put(object, "was", by_action(row->was), &failed);
	put(object, "exception", exception_json(row->exception), &failed);
	put(object, "advice",
	    held == 0 ? json_array() : sts_dryrun_advice(row, now), &failed);
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *
rows_json(const struct sts_dryrun_row *const *rows, size_t n, int64_t now)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		if (json_array_append_new(array, row_json(rows[i], now)) != 0) {
			json_decref(array);
			return NULL;
		}
	return array;
}

static json_t *
changes_json(const struct sts_dryrun_totals *t)
{
	json_t *array = json_array();
	int failed = array == NULL;

	for (int was = 0; was < STS_REPORT_ACTIONS; was++)
		for (int would = 0; would < STS_REPORT_ACTIONS; would++)
			if (t->changes[was][would] > 0)
				failed |= json_array_append_new(array,
				    json_pack("{s:s, s:s, s:o}", "was",
					sts_action_text((enum sts_action)was),
					"would",
					sts_action_text((enum sts_action)would),
					"decisions",
					number(t->changes[was][would])));
	if (!failed)
		return array;
	json_decref(array);
	return NULL;
}

static bool
can_hold(const struct sts_dryrun_settings *s)
{
	const struct sts_conf *conf = s->conf;
	bool holds = sts_verdict_holds(s->actions.on_fail) ||
		     sts_verdict_holds(s->actions.on_unreachable) ||
		     sts_verdict_holds(s->actions.on_temperror);

	for (size_t i = 0; i < conf->n_exceptions; i++)
		holds = holds ||
			sts_verdict_holds(conf->exceptions[i].on_fail) ||
			sts_verdict_holds(conf->exceptions[i].on_unreachable);
	return holds;
}

static const char *
answer_of(
    const struct sts_dryrun_settings *s, const struct sts_dryrun_totals *t)
{
	if (t->held > 0)
		return "no";
	if (!can_hold(s))
		return "off";
	return t->decisions == 0 ? "unknown" : "yes";
}

static json_t *
settings_json(const struct sts_dryrun_settings *s)
{
	static const char *const points[] = {
		[STS_DECIDE_AUTO] = "auto",
		[STS_DECIDE_RCPT] = "rcpt",
		[STS_DECIDE_EOM] = "eom",
	};

	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:i}", "on_fail",
	    sts_action_text(s->actions.on_fail), "on_unreachable",
	    sts_action_text(s->actions.on_unreachable), "on_temperror",
	    sts_action_text(s->actions.on_temperror), "decide_at",
	    points[s->decide_at], "configuration", text(s->conf->path),
	    "exceptions", (int)s->conf->n_exceptions);
}

static void
put_input(json_t *o, const struct sts_dryrun_input *input, bool *failed)
{
	put(o, "files", number(input->files), failed);
	put(o, "skipped_files", number(input->skipped), failed);
	put(o, "packed_files", number(input->packed), failed);
	put(o, "lines", number(input->lines), failed);
	put(o, "broken_lines", number(input->broken), failed);
	put(o, "broken", json_incref(input->faults), failed);
	put(o, "unread", json_incref(input->unread), failed);
}

static void
put_totals(json_t *o, const struct sts_dryrun_totals *t, bool *failed)
{
	put(o, "first", time_json(t->first), failed);
	put(o, "last", time_json(t->last), failed);
	put(o, "older", number(t->older), failed);
	put(o, "decisions", number(t->decisions), failed);
	put(o, "messages", number(t->messages), failed);
	put(o, "held", number(t->held), failed);
	put(o, "held_as", by_action(t->held_as), failed);
	put(o, "held_along", number(t->along), failed);
	put(o, "unnamed", number(t->unnamed), failed);
	put(o, "changes", changes_json(t), failed);
}

static void
put_rows(json_t *o, const struct sts_dryrun_settings *settings,
    const struct sts_dryrun *dryrun, bool *failed)
{
	const struct sts_dryrun_row **rows;
	struct sts_buf blocks;
	size_t n;

	if (sts_dryrun_rows(dryrun, &rows, &n) != STS_OK) {
		*failed = true;
		return;
	}
	sts_buf_init(&blocks, EXCEPTIONS_MAX);
	put(o, "domains", rows_json(rows, n, settings->now), failed);
	sts_dryrun_exceptions(settings, rows, n, &blocks);
	*failed = *failed || sts_buf_err(&blocks) != STS_OK;
	put(o, "exceptions", json_string(sts_buf_cstr(&blocks)), failed);
	sts_buf_deinit(&blocks);
	free(rows);
}

json_t *
sts_dryrun_json(const struct sts_dryrun_settings *settings,
    const struct sts_dryrun *dryrun, const struct sts_dryrun_input *input)
{
	const struct sts_dryrun_totals *t = sts_dryrun_totals(dryrun);
	json_t *o = json_object();
	bool failed = o == NULL;

	put(o, "answer", json_string(answer_of(settings, t)), &failed);
	put(o, "since", time_json(settings->since), &failed);
	put(o, "until", time_json(settings->now), &failed);
	put(o, "settings", settings_json(settings), &failed);
	put_totals(o, t, &failed);
	put_rows(o, settings, dryrun, &failed);
	put_input(o, input, &failed);
	if (!failed)
		return o;
	json_decref(o);
	return NULL;
}
