/* `mta-sts report show`: the TLS reports that others sent, for people. */
#include "sts/base/clock.h"
#include "sts/core/domain.h"
#include "sts/prog/cli.h"
#include "sts/prog/js.h"
#include "sts/prog/progress.h"
#include "sts/prog/reportadvice.h"
#include "sts/prog/reportfile.h"
#include "sts/prog/reportfind.h"
#include "sts/prog/reporthtml.h"
#include "sts/prog/reportmail.h"
#include "sts/prog/reportset.h"
#include "sts/prog/reportsummary.h"
#include "sts/prog/reporttext.h"
#include "sts/prog/reporttime.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { DAY = 86400, DAYS_MAX = 36500 };

/* What the options ask for. */
struct wish {
	struct sts_reportset_filter filter;
	char domain[STS_DOMAIN_SIZE];
	enum sts_reportsort sort;
	const char *html; /* a path, or NULL */
};

/* A day of --until is there to its end. */
static enum sts_err
take_day(struct sts_cli *cli, const char *option, bool is_end, int64_t *out)
{
	const char *value = sts_cli_value(cli, option);
	int64_t wall;
	bool date_only;

	if (value == NULL)
		return STS_OK;
	if (sts_reporttime_parse(sts_slice_str(value), &wall, &date_only) !=
	    STS_OK) {
		(void)sts_cli_usage(cli,
		    "--%s %s: a day is wanted, like 2026-01-31", option, value);
		return STS_E_SYNTAX;
	}
	*out = wall + (is_end && date_only ? DAY : is_end ? 1 : 0);
	return STS_OK;
}

/* The last N days, today among them. */
static enum sts_err
take_days(struct sts_cli *cli, struct wish *wish, int64_t now)
{
	const char *value = sts_cli_value(cli, "days");
	int64_t days = 0;

	if (value == NULL)
		return STS_OK;
	for (const char *c = value; *c != '\0' && days <= DAYS_MAX; c++)
		days = sts_is_digit(*c) ? days * 10 + (*c - '0') : DAYS_MAX + 1;
	if (days < 1 || days > DAYS_MAX) {
		(void)sts_cli_usage(cli,
		    "--days %s: a number from 1 to 36500 is wanted", value);
		return STS_E_SYNTAX;
	}
	if (sts_cli_value(cli, "since") != NULL) {
		(void)sts_cli_usage(
		    cli, "--days and --since do not go together");
		return STS_E_SYNTAX;
	}
	wish->filter.since = now - now % DAY - (days - 1) * DAY;
	return STS_OK;
}

static enum sts_err
take_sort(struct sts_cli *cli, struct wish *wish)
{
	const char *value = sts_cli_value(cli, "sort");

	if (value == NULL || sts_reportsort_parse(value, &wish->sort) == STS_OK)
		return STS_OK;
	(void)sts_cli_usage(
	    cli, "--sort %s: failures, sessions and name are accepted", value);
	return STS_E_SYNTAX;
}

static enum sts_err
take_domain(struct sts_cli *cli, struct wish *wish)
{
	const char *value = sts_cli_value(cli, "domain");
	enum sts_err err;

	if (value == NULL)
		return STS_OK;
	err = sts_cli_domain(cli, value, wish->domain);
	if (err == STS_OK)
		wish->filter.domain = wish->domain;
	return err;
}

static enum sts_err
take_wish(struct sts_cli *cli, struct wish *wish, int64_t now)
{
	enum sts_err err;

	*wish = (struct wish){
		.filter = { .since = 0, .until = INT64_MAX },
		.sort = STS_REPORTSORT_FAILURES,
		.html = sts_cli_value(cli, "html"),
	};
	err = take_domain(cli, wish);
	if (err == STS_OK)
		err = take_day(cli, "since", false, &wish->filter.since);
	if (err == STS_OK)
		err = take_day(cli, "until", true, &wish->filter.until);
	if (err == STS_OK)
		err = take_days(cli, wish, now);
	if (err == STS_OK)
		err = take_sort(cli, wish);
	return err;
}

static void
on_report(void *cookie, json_t *report)
{
	sts_reportset_report(cookie, report);
}

static void
on_broken(void *cookie, const char *why)
{
	sts_reportset_broken(cookie, why);
}

static void
on_unlisted(void *cookie, const char *path, const char *why)
{
	sts_reportset_file(cookie, path);
	sts_reportset_broken(cookie, why);
}

static void
tell_unread(struct sts_reportset *set, enum sts_err err)
{
	char text[256];

	if (err == STS_E_LIMIT)
		(void)snprintf(text, sizeof(text), "it is longer than 64 MiB");
	else
		(void)snprintf(text, sizeof(text), "it cannot be read: %s",
		    strerror(errno));
	sts_reportset_broken(set, text);
}

static enum sts_err
read_file(struct sts_reportset *set, const char *path)
{
	const struct sts_reportfile_sink sink = { set, on_report, on_broken };
	struct sts_buf bytes;
	enum sts_err err;

	sts_reportset_file(
	    set, strcmp(path, "-") == 0 ? "standard input" : path);
	sts_buf_init(&bytes, STS_REPORTFILE_MAX);
	err = sts_reportfind_read(path, &bytes);
	if (err == STS_OK)
		err = sts_reportfile_unpack(sts_buf_view(&bytes), &sink);
	else if (err != STS_E_NOMEM) {
		tell_unread(set, err);
		err = STS_OK;
	}
	sts_buf_deinit(&bytes);
	return err;
}

static enum sts_err
read_files(struct sts_cli *cli, struct sts_reportset *set,
    const struct sts_reportfind *find)
{
	struct sts_progress progress;
	enum sts_err err = STS_OK;
	char what[64];

	sts_progress_init(&progress, !cli->json);
	sts_reportmail_begin();
	for (size_t i = 0; i < find->n && err == STS_OK; i++) {
		(void)snprintf(what, sizeof(what), "reading file %zu of %zu",
		    i + 1, find->n);
		sts_progress_show(&progress, what);
		err = read_file(set, find->paths[i]);
	}
	sts_progress_clear(&progress);
	return err;
}

static enum sts_err
gather(struct sts_cli *cli, struct sts_reportset *set)
{
	struct sts_reportfind find;
	enum sts_err err = STS_OK;

	sts_reportfind_init(&find, set, on_unlisted);
	for (size_t i = 0; i < cli->n_operands && err == STS_OK; i++)
		err = sts_reportfind_add(&find, cli->operands[i]);
	if (err == STS_OK)
		err = read_files(cli, set, &find);
	sts_reportfind_deinit(&find);
	return err;
}

static enum sts_exit
save_html(struct sts_cli *cli, const struct wish *wish, const json_t *all,
    int64_t now)
{
	enum sts_err err = sts_reporthtml_save(all, wish->html, now);

	if (err == STS_E_IO)
		return sts_cli_fail(cli, STS_EXIT_IO, "output",
		    "%s cannot be written: %s", wish->html, strerror(errno));
	return err == STS_OK ? STS_EXIT_OK : STS_EXIT_SOFTWARE;
}

static enum sts_exit
show(struct sts_cli *cli, const struct wish *wish, const json_t *all,
    int64_t now)
{
	enum sts_exit status = STS_EXIT_OK;

	if (wish->html != NULL)
		status = save_html(cli, wish, all, now);
	if (status != STS_EXIT_OK)
		return status;
	if (cli->json)
		sts_cli_print_json(cli, all);
	else
		sts_reporttext_show(cli, all, wish->html);
	return json_array_size(json_object_get(all, "errors")) == 0
		   ? STS_EXIT_OK
		   : STS_EXIT_NO;
}

enum sts_exit
sts_cmd_report_show(struct sts_cli *cli)
{
	int64_t now = sts_wall_s(&sts_clock_system);
	enum sts_exit status = STS_EXIT_SOFTWARE;
	struct sts_reportset *set = NULL;
	struct wish wish;
	json_t *all;

	if (take_wish(cli, &wish, now) != STS_OK)
		return STS_EXIT_USAGE;
	if (sts_reportset_new(&wish.filter, &set) != STS_OK ||
	    gather(cli, set) != STS_OK)
		goto out;
	all = sts_reportset_json(set);
	if (sts_reportset_finish(set) == STS_OK &&
	    sts_reportsummary_add(all, wish.sort) == STS_OK &&
	    sts_reportadvice_add(all, now) == STS_OK)
		status = show(cli, &wish, all, now);
out:
	if (status == STS_EXIT_SOFTWARE)
		(void)sts_cli_fail(cli, status, "memory", "out of memory");
	sts_reportset_free(set);
	return status;
}
