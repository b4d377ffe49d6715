#include "sts/front/controlclient.h"
#include "sts/report/report.h"

#include <sys/resource.h>
#include <unistd.h>

static json_t *
time_json(int64_t wall_s)
{
	char text[STS_TIME_TEXT];

	return json_string(sts_time_rfc3339(wall_s, text));
}

static json_t *
conf_json(struct sts_control_client *client, const struct sts_conf *conf)
{
	const struct sts_control_options *o = sts_control_options_of(client);

	return json_pack("{s:o, s:o}", "path", sts_control_text(conf->path),
	    "loaded",
	    o->loaded_at == NULL ? json_null()
				 : time_json(o->loaded_at(o->cookie)));
}

static json_t *
sockets_json(const struct sts_conf *conf)
{
	return json_pack("{s:o, s:o, s:o}", "milter",
	    sts_control_text(conf->milter_socket), "socketmap",
	    sts_control_text(conf->socketmap_socket), "control",
	    sts_control_text(conf->control_socket));
}

static json_t *
store_json(struct sts_control_client *client, const struct sts_conf *conf)
{
	const struct sts_control_options *o = sts_control_options_of(client);
	struct sts_store_health health;

	sts_store_health(sts_engine_store(o->engine), &health);
	return json_pack("{s:o, s:b, s:o, s:I, s:I}", "path",
	    sts_control_text(conf->store), "on_disk", health.on_disk, "problem",
	    health.problem[0] == '\0' ? json_null()
				      : sts_control_text(health.problem),
	    "records", (json_int_t)health.records, "waiting",
	    (json_int_t)health.waiting);
}

static json_t *
engine_json(struct sts_control_client *client)
{
	struct sts_engine_stats s;

	sts_engine_stats(sts_control_options_of(client)->engine, &s);
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
	    "asked", (json_int_t)s.asked, "known", (json_int_t)s.known,
	    "lookups", (json_int_t)s.lookups, "fetches", (json_int_t)s.fetches,
	    "fetch_failures", (json_int_t)s.fetch_failures, "probes",
	    (json_int_t)s.probes, "probe_failures",
	    (json_int_t)s.probe_failures, "running", (json_int_t)s.running,
	    "answers", (json_int_t)s.answers, "hosts", (json_int_t)s.hosts);
}

/* null while there is none. */
static json_t *
outage_json(struct sts_control_client *client)
{
	struct sts_engine_outage o;

	if (!sts_engine_outage(sts_control_options_of(client)->engine, &o))
		return json_null();
	return json_pack("{s:s, s:I, s:i, s:i}", "reason",
	    sts_reason_text(o.reason), "seconds", (json_int_t)o.seconds,
	    "failing", (int)o.failing, "of", (int)o.places);
}

/* Takes the object over; NULL, which it may be, is out of memory. */
static json_t *
with_count(json_t *object, const char *key, uint64_t count)
{
	if (json_object_set_new(object, key, json_integer((json_int_t)count)) ==
	    0)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *
results_json(const struct sts_counters *counters)
{
	json_t *object = json_object();

	for (size_t i = 0; i < STS_REPORT_RESULTS; i++)
		object = with_count(object, sts_result_text((enum sts_result)i),
		    counters->by_result[i]);
	return object;
}

static json_t *
actions_json(const struct sts_counters *counters)
{
	json_t *object = json_object();

	for (size_t i = 0; i < STS_REPORT_ACTIONS; i++)
		object = with_count(object, sts_action_text((enum sts_action)i),
		    counters->by_action[i]);
	return object;
}

static json_t *
decisions_json(struct sts_report *report)
{
	struct sts_counters counters;

	if (report == NULL)
		return json_null();
	sts_report_counters(report, &counters);
	return json_pack("{s:o, s:o, s:I}", "results", results_json(&counters),
	    "actions", actions_json(&counters), "audit_lost",
	    (json_int_t)counters.audit_lost);
}

static double
seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static json_t *
process_json(void)
{
	struct rusage usage = { .ru_maxrss = 0 };

	(void)getrusage(RUSAGE_SELF, &usage);
	return json_pack("{s:f, s:I}", "cpu_s",
	    seconds(&usage.ru_utime) + seconds(&usage.ru_stime), "max_rss_kib",
	    (json_int_t)usage.ru_maxrss);
}

enum sts_err
sts_control_status(struct sts_control_client *client)
{
	const struct sts_control_options *o = sts_control_options_of(client);
	const struct sts_conf *conf = sts_engine_conf(o->engine);
	int64_t started = sts_control_started_at(client);
	int64_t now = sts_wall_s(sts_engine_clock(o->engine));
	json_t *status;

	status = json_pack("{s:b, s:s, s:I, s:o, s:I, s:o, s:o, s:o, s:o, s:o, "
			   "s:o, s:o}",
	    "ok", 1, "version", STS_VERSION, "pid", (json_int_t)getpid(),
	    "started", time_json(started), "uptime",
	    (json_int_t)(now - started), "configuration",
	    conf_json(client, conf), "sockets", sockets_json(conf), "store",
	    store_json(client, conf), "engine", engine_json(client), "outage",
	    outage_json(client), "decisions", decisions_json(o->report),
	    "process", process_json());
	sts_conf_put(conf);
	return sts_control_reply(client, status);
}
