/* `mta-sts report send`: makes and delivers TLS reports (RFC 8460), or shows
 * what would be sent. */
#include "sts/conf/endtime.h"
#include "sts/prog/cli.h"
#include "sts/prog/js.h"
#include "sts/prog/ownengine.h"
#include "sts/prog/progress.h"
#include "sts/report/tlsmaker.h"
#include "sts/report/tlssender.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000, DAY_TEXT = 10 };

struct send {
	struct sts_cli *cli;
	struct sts_own own;
	struct sts_tlsdb *db;
	struct sts_tlssender *sender;
	struct sts_progress progress;
	int64_t day, today;
	char day_text[STS_TIME_TEXT]; /* "2026-01-01" */
	json_t *reports, *plans, *skipped; /* of a dry run */
};

/* Of --day; else yesterday. */
static enum sts_exit
take_day(struct send *s)
{
	const char *text = sts_cli_value(s->cli, "day");
	int64_t end = 0;

	s->today = sts_wall_s(&sts_clock_system) / STS_DAY_S;
	s->day = s->today - 1;
	if (text != NULL) {
		if (strlen(text) != DAY_TEXT ||
		    sts_end_time_parse(sts_slice_str(text), &end) != STS_OK)
			return sts_cli_usage(s->cli,
			    "--day %s: a day such as 2026-01-31 is accepted",
			    text);
		s->day = (end - 1) / STS_DAY_S;
	}
	(void)sts_time_rfc3339(s->day * STS_DAY_S, s->day_text);
	s->day_text[DAY_TEXT] = '\0';
	if (s->day >= s->today && sts_cli_count(s->cli, "dry-run") == 0)
		return sts_cli_usage(s->cli,
		    "%s is not over yet (UTC): only --dry-run can show it",
		    s->day_text);
	return STS_EXIT_OK;
}

static enum sts_exit
failed(const struct send *s, enum sts_err err)
{
	return sts_cli_fail(s->cli, STS_EXIT_SOFTWARE, "failed", "%s: %s",
	    s->own.conf->tlsrpt_store,
	    err == STS_E_NOMEM ? sts_err_text(err) : sts_tlsdb_why(s->db));
}

/* Never makes the file: what the daemon did not tally is not there. */
static enum sts_exit
open_file(struct send *s)
{
	const struct sts_conf *conf = s->own.conf;
	enum sts_err err;

	if (conf->tlsrpt_from[0] == '\0')
		return sts_cli_fail(s->cli, STS_EXIT_CONFIG, "configuration",
		    "tlsrpt_from is not set: reports need an address to come "
		    "from, such as tlsrpt_from = \"tlsrpt@example.com\"");
	if (access(conf->tlsrpt_store, R_OK | W_OK) != 0)
		return sts_cli_fail(s->cli, STS_EXIT_NOINPUT, "no-tally",
		    "%s: %s; the daemon tallies there with tlsrpt = true, and "
		    "this is to be run as its user",
		    conf->tlsrpt_store, strerror(errno));
	err = sts_tlsdb_open(conf->tlsrpt_store, PATIENCE_MS, &s->db);
	return err == STS_OK ? STS_EXIT_OK : failed(s, err);
}

static bool
go_on(void *cookie, const struct sts_tlssender_sums *sums)
{
	struct send *s = cookie;
	char what[128];

	(void)snprintf(what, sizeof(what),
	    "reports made %u, not wanted %u, delivered %u", sums->made,
	    sums->unwanted, sums->delivered);
	sts_progress_show(&s->progress, what);
	return true;
}

static enum sts_exit
set_up(struct send *s)
{
	enum sts_exit status = take_day(s);

	if (status == STS_EXIT_OK)
		status = sts_own_init(s->cli, &s->own);
	if (status == STS_EXIT_OK)
		status = open_file(s);
	if (status != STS_EXIT_OK)
		return status;
	const struct sts_tlssender_options options = {
		.engine = s->own.engine,
		.db = s->db,
		.log = s->own.log,
		.clock = &sts_clock_system,
		.go_on = go_on,
		.cookie = s,
	};
	sts_progress_init(&s->progress, !s->cli->verbose);
	return sts_tlssender_new(&options, &s->sender) == STS_OK
		   ? STS_EXIT_OK
		   : failed(s, STS_E_NOMEM);
}

static const char *
why_skipped(const struct sts_tlsrpt_found *found)
{
	if (found->status == STS_DNS_FAILED)
		return found->detail;
	return found->tlsrpt.why[0] == '\0' ? "no _smtp._tls record"
					    : found->tlsrpt.why;
}

static json_t *
targets_json(const struct sts_tlsrpt *tlsrpt)
{
	json_t *list = json_array();

	for (size_t i = 0; i < tlsrpt->n; i++)
		(void)json_array_append_new(
		    list, json_string(tlsrpt->rua[i].target));
	return list;
}

/* Targets of the record that get none. */
static json_t *
ignored_json(const struct sts_tlsrpt *tlsrpt)
{
	json_t *list = json_array();

	for (size_t i = 0; i < tlsrpt->n_ignored && i < STS_TLSRPT_IGNORED_MAX;
	     i++)
		(void)json_array_append_new(list,
		    json_pack("{s:s, s:s}", "target", tlsrpt->ignored[i].target,
			"why", tlsrpt->ignored[i].why));
	return list;
}

static void
gather(void *cookie, const char *domain, const struct sts_tlsrpt_found *found,
    json_t *report)
{
	struct send *s = cookie;
	struct sts_buf filename;

	if (report == NULL) {
		(void)json_array_append_new(s->skipped,
		    json_pack("{s:s, s:s, s:b, s:o, s:I}", "domain", domain,
			"why", why_skipped(found), "unknown",
			found->status == STS_DNS_FAILED, "skipped",
			ignored_json(&found->tlsrpt), "n_skipped",
			(json_int_t)found->tlsrpt.n_ignored));
		return;
	}
	sts_buf_init(&filename, STS_REPORT_ID_SIZE * 2);
	sts_tlsmaker_filename(s->own.conf, s->day, domain, &filename);
	(void)json_array_append(s->reports, report);
	(void)json_array_append_new(s->plans,
	    json_pack("{s:s, s:O, s:o, s:o, s:I, s:s}", "domain", domain,
		"report_id", json_object_get(report, "report-id"), "to",
		targets_json(&found->tlsrpt), "skipped",
		ignored_json(&found->tlsrpt), "n_skipped",
		(json_int_t)found->tlsrpt.n_ignored, "filename",
		sts_buf_cstr(&filename)));
	sts_buf_deinit(&filename);
}

static void
put_line(struct sts_ui *ui, enum sts_style style, const char *text)
{
	sts_ui_put(ui, style, text);
	sts_ui_newline(ui);
}

/* Which targets would get it, which not and why. */
static void
show_targets(struct sts_ui *ui, const json_t *plan)
{
	const json_t *skipped = json_object_get(plan, "skipped");
	json_int_t more = sts_js_int(plan, "n_skipped") -
			  (json_int_t)json_array_size(skipped);
	json_t *value;
	char line[1400];
	size_t i;

	json_array_foreach(json_object_get(plan, "to"), i, value)
	{
		(void)snprintf(
		    line, sizeof(line), "  to %s", json_string_value(value));
		put_line(ui, STS_STYLE_PLAIN, line);
	}
	json_array_foreach(skipped, i, value)
	{
		(void)snprintf(line, sizeof(line), "  not to %s: %s",
		    sts_js_text(value, "target"), sts_js_text(value, "why"));
		put_line(ui, STS_STYLE_PLAIN, line);
	}
	if (more > 0) {
		(void)snprintf(line, sizeof(line),
		    "  nor to %" JSON_INTEGER_FORMAT " more", more);
		put_line(ui, STS_STYLE_PLAIN, line);
	}
}

/* Who would get what, and the report as it would be sent. */
static void
show(struct send *s)
{
	struct sts_ui *ui = &s->cli->ui;
	char line[1400];
	json_t *value;
	size_t i;

	json_array_foreach(s->plans, i, value)
	{
		put_line(ui, STS_STYLE_BOLD,
		    json_string_value(json_object_get(value, "domain")));
		show_targets(ui, value);
		sts_cli_print_json(s->cli, json_array_get(s->reports, i));
	}
	json_array_foreach(s->skipped, i, value)
	{
		(void)snprintf(line, sizeof(line), "%s: none: %s",
		    json_string_value(json_object_get(value, "domain")),
		    json_string_value(json_object_get(value, "why")));
		put_line(ui, STS_STYLE_PLAIN, line);
		show_targets(ui, value);
	}
	(void)snprintf(line, sizeof(line),
	    "%s: %zu reports would be sent; %zu domains get none", s->day_text,
	    json_array_size(s->reports), json_array_size(s->skipped));
	put_line(ui, STS_STYLE_PLAIN, line);
}

static enum sts_exit
preview(struct send *s)
{
	json_t *all;
	enum sts_err err;

	s->reports = json_array();
	s->plans = json_array();
	s->skipped = json_array();
	err = sts_tlssender_preview(s->sender, s->day, gather, s);
	sts_progress_clear(&s->progress);
	if (err == STS_OK && s->cli->json) {
		all = json_pack("{s:s, s:O, s:O, s:O}", "day", s->day_text,
		    "reports", s->reports, "deliveries", s->plans, "skipped",
		    s->skipped);
		sts_cli_print_json(s->cli, all);
		json_decref(all);
	} else if (err == STS_OK) {
		show(s);
	}
	json_decref(s->reports);
	json_decref(s->plans);
	json_decref(s->skipped);
	return err == STS_OK ? STS_EXIT_OK : failed(s, err);
}

static void
tell(struct send *s, const struct sts_tlssender_sums *sums)
{
	char line[256];
	json_t *all;

	if (s->cli->json) {
		all = json_pack("{s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i}",
		    "day", s->day_text, "made", sums->made, "unwanted",
		    sums->unwanted, "unknown", sums->unknown, "delivered",
		    sums->delivered, "later", sums->later, "failed",
		    sums->failed, "uncertain", sums->uncertain);
		sts_cli_print_json(s->cli, all);
		json_decref(all);
		return;
	}
	(void)snprintf(line, sizeof(line),
	    "%s: %u reports made; %u domains want none, %u could not be "
	    "looked up",
	    s->day_text, sums->made, sums->unwanted, sums->unknown);
	put_line(&s->cli->ui, STS_STYLE_PLAIN, line);
	(void)snprintf(line, sizeof(line),
	    "deliveries: %u done, %u to be tried again, %u given up, "
	    "%u uncertain",
	    sums->delivered, sums->later, sums->failed, sums->uncertain);
	put_line(&s->cli->ui, STS_STYLE_PLAIN, line);
}

static enum sts_exit
send_all(struct send *s)
{
	struct sts_tlssender_sums sums = { 0 };
	enum sts_err err = sts_tlssender_make(s->sender, s->day, &sums);

	if (err == STS_OK)
		err = sts_tlssender_deliver(s->sender, &sums);
	sts_progress_clear(&s->progress);
	if (err != STS_OK)
		return failed(s, err);
	tell(s, &sums);
	return sums.unknown + sums.later + sums.failed + sums.uncertain == 0
		   ? STS_EXIT_OK
		   : STS_EXIT_NO;
}

enum sts_exit
sts_cmd_report_send(struct sts_cli *cli)
{
	struct send s = { .cli = cli };
	enum sts_exit status = set_up(&s);

	if (status == STS_EXIT_OK)
		status = sts_cli_count(cli, "dry-run") > 0 ? preview(&s)
							   : send_all(&s);
	sts_tlssender_free(s.sender);
	sts_tlsdb_close(s.db);
	sts_own_deinit(&s.own);
	return status;
}
