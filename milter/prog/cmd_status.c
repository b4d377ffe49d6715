/* `mta-sts status` and `mta-sts reload`. */
#include "sts/prog/daemon.h"
#include "sts/prog/js.h"
#include "sts/prog/show.h"

#include <inttypes.h>

enum { LINE_SIZE = 1024 };

static void
show_head(struct sts_ui *ui, const json_t *status)
{
	char text[STS_DURATION_TEXT];

	sts_ui_put(ui, STS_STYLE_BOLD, "mta-sts-milter");
	sts_ui_printf(ui, " %s ", sts_js_text(status, "version"));
	sts_ui_put(ui, STS_STYLE_GOOD, "running");
	sts_ui_printf(ui, " for %s, process %" PRId64,
	    sts_duration_text(sts_js_int(status, "uptime"), text),
	    sts_js_int(status, "pid"));
	sts_ui_newline(ui);
}

/* The fault is ours: what an admin must see first. */
static void
show_outage(struct sts_ui *ui, const json_t *outage)
{
	char line[LINE_SIZE], text[STS_DURATION_TEXT];

	if (!json_is_object(outage))
		return;
	(void)snprintf(line, sizeof(line),
	    "for %s: %" PRId64 " of %" PRId64 " places fail, mostly %s; look "
	    "at this machine's uplink, port 25, resolver and CA bundle",
	    sts_duration_text(sts_js_int(outage, "seconds"), text),
	    sts_js_int(outage, "failing"), sts_js_int(outage, "of"),
	    sts_js_text(outage, "reason"));
	sts_ui_field(ui, "OUTAGE", STS_STYLE_BAD, line);
}

static void
show_conf(struct sts_ui *ui, const json_t *status)
{
	const json_t *conf = json_object_get(status, "configuration");
	const json_t *sockets = json_object_get(status, "sockets");
	const char *path = sts_js_text(conf, "path");
	const char *loaded = sts_js_text(conf, "loaded");
	const char *socketmap = sts_js_text(sockets, "socketmap");
	char line[LINE_SIZE];

	(void)snprintf(line, sizeof(line), "%s%s%s",
	    path[0] == '\0' ? "built-in defaults" : path,
	    loaded[0] == '\0' ? "" : ", loaded ", loaded);
	sts_ui_field(ui, "configuration", STS_STYLE_PLAIN, line);
	sts_ui_field(
	    ui, "milter", STS_STYLE_PLAIN, sts_js_text(sockets, "milter"));
	sts_ui_field(ui, "socketmap", STS_STYLE_PLAIN,
	    socketmap[0] == '\0' ? "off" : socketmap);
	sts_ui_field(
	    ui, "control", STS_STYLE_PLAIN, sts_js_text(sockets, "control"));
}

static void
show_store(struct sts_ui *ui, const json_t *store)
{
	const char *path = sts_js_text(store, "path");
	const char *problem = sts_js_text(store, "problem");
	char line[LINE_SIZE];

	(void)snprintf(line, sizeof(line),
	    "%" PRId64 " record%s in memory, %" PRId64 " waiting to be written",
	    sts_js_int(store, "records"),
	    sts_js_int(store, "records") == 1 ? "" : "s",
	    sts_js_int(store, "waiting"));
	if (path[0] == '\0')
		sts_ui_field(ui, "store", STS_STYLE_PLAIN,
		    "in memory only, as configured");
	else if (sts_js_true(store, "on_disk"))
		sts_ui_field(ui, "store", STS_STYLE_GOOD, path);
	else
		sts_ui_field(ui, "store", STS_STYLE_BAD,
		    "IN MEMORY ONLY: what is learned is lost at a restart");
	sts_ui_field(ui, "", STS_STYLE_BAD, problem);
	sts_ui_field(ui, "", STS_STYLE_PLAIN, line);
}

static void
show_engine(struct sts_ui *ui, const json_t *engine)
{
	char line[LINE_SIZE];

	(void)snprintf(line, sizeof(line),
	    "%" PRId64 ", of which %" PRId64 " known, %" PRId64 " under way",
	    sts_js_int(engine, "asked"), sts_js_int(engine, "known"),
	    sts_js_int(engine, "running"));
	sts_ui_field(ui, "questions", STS_STYLE_PLAIN, line);
	(void)snprintf(line, sizeof(line),
	    "%" PRId64 " lookups, %" PRId64 " fetches (%" PRId64
	    " failed), %" PRId64 " probes (%" PRId64 " failed)",
	    sts_js_int(engine, "lookups"), sts_js_int(engine, "fetches"),
	    sts_js_int(engine, "fetch_failures"), sts_js_int(engine, "probes"),
	    sts_js_int(engine, "probe_failures"));
	sts_ui_field(ui, "network", STS_STYLE_PLAIN, line);
	(void)snprintf(line, sizeof(line),
	    "%" PRId64 " answers, %" PRId64 " MX hosts",
	    sts_js_int(engine, "answers"), sts_js_int(engine, "hosts"));
	sts_ui_field(ui, "in memory", STS_STYLE_PLAIN, line);
}

/* "pass 12, fail 1": those that are not 0. */
static void
show_counts(struct sts_ui *ui, const char *name, json_t *counts)
{
	char line[LINE_SIZE] = "none yet";
	const char *word;
	json_t *count;
	size_t used = 0;

	json_object_foreach(counts, word, count)
	{
		if (json_integer_value(count) != 0 && used < sizeof(line))
			used += (size_t)snprintf(line + used,
			    sizeof(line) - used, "%s%s %" JSON_INTEGER_FORMAT,
			    used == 0 ? "" : ", ", word,
			    json_integer_value(count));
	}
	sts_ui_field(ui, name, STS_STYLE_PLAIN, line);
}

static void
show_decisions(struct sts_ui *ui, const json_t *decisions)
{
	int64_t lost = sts_js_int(decisions, "audit_lost");
	char line[LINE_SIZE];

	if (!json_is_object(decisions))
		return;
	show_counts(ui, "results", json_object_get(decisions, "results"));
	show_counts(ui, "actions", json_object_get(decisions, "actions"));
	if (lost == 0)
		return;
	(void)snprintf(line, sizeof(line),
	    "%" PRId64 " lines of the audit file could not be written", lost);
	sts_ui_field(ui, "audit", STS_STYLE_BAD, line);
}

static void
show_process(struct sts_ui *ui, const json_t *process)
{
	char line[LINE_SIZE];

	(void)snprintf(line, sizeof(line), "%.1f s of CPU, %.1f MiB at most",
	    json_real_value(json_object_get(process, "cpu_s")),
	    (double)sts_js_int(process, "max_rss_kib") / 1024);
	sts_ui_field(ui, "process", STS_STYLE_PLAIN, line);
}

enum sts_exit
sts_cmd_status(struct sts_cli *cli)
{
	struct sts_ui *ui = &cli->ui;
	json_t *status;
	enum sts_exit exit =
	    sts_daemon_call(cli, "status", NULL, "asking the daemon", &status);

	if (exit != STS_EXIT_OK)
		return exit;
	if (cli->json) {
		sts_cli_print_json(cli, status);
	} else {
		show_head(ui, status);
		show_outage(ui, json_object_get(status, "outage"));
		show_conf(ui, status);
		show_store(ui, json_object_get(status, "store"));
		show_engine(ui, json_object_get(status, "engine"));
		show_decisions(ui, json_object_get(status, "decisions"));
		show_process(ui, json_object_get(status, "process"));
	}
	json_decref(status);
	return STS_EXIT_OK;
}

enum sts_exit
sts_cmd_reload(struct sts_cli *cli)
{
	const char *message;
	json_t *reply;
	enum sts_exit exit =
	    sts_daemon_call(cli, "reload", NULL, "reloading", &reply);

	if (exit != STS_EXIT_OK)
		return exit;
	message = sts_js_text(reply, "message");
	if (cli->json)
		sts_cli_print_json(cli, reply);
	else
		sts_ui_wrap(
		    &cli->ui, "", message[0] == '\0' ? "reloaded" : message);
	json_decref(reply);
	return STS_EXIT_OK;
}
