/* `mta-sts check`: the whole verdict on a domain, or on many, its evidence, and
 * what to do. */
#include "sts/core/domain.h"
#include "sts/engine/engine.h"
#include "sts/prog/ask.h"
#include "sts/prog/checkpage.h"
#include "sts/prog/checktable.h"
#include "sts/prog/domainlist.h"
#include "sts/prog/findings.h"
#include "sts/prog/js.h"
#include "sts/prog/show.h"
#include "sts/prog/survey.h"

#include <errno.h>

enum { PAGE_DOMAINS_MAX = 5000 }; /* more is no page for people any more */

/* A run: what was found is told as it comes, and gathered for the page. */
struct checking {
	struct sts_cli *cli;
	int64_t now;
	bool many; /* --domains */
	const char *html; /* of --html, or NULL */
	json_t *all; /* for the page */
	bool lost; /* memory ran out: some are not in it */
	struct sts_checktable table;
	enum sts_exit status; /* the worst */
	size_t told;
};

static enum sts_exit
exit_status(const char *result)
{
	static const enum sts_exit statuses[] = {
		[STS_RESULT_NONE] = STS_EXIT_NO_POLICY,
		[STS_RESULT_PASS] = STS_EXIT_OK,
		[STS_RESULT_FAIL] = STS_EXIT_NO,
		[STS_RESULT_TEMPERROR] = STS_EXIT_TEMPERROR,
		[STS_RESULT_EXEMPT] = STS_EXIT_NO_POLICY,
	};

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (strcmp(result, sts_result_text((enum sts_result)i)) == 0)
			return statuses[i];
	return STS_EXIT_TEMPERROR;
}

/* Of two, the worse: fail, could not tell, none, pass. */
static enum sts_exit
worse(enum sts_exit a, enum sts_exit b)
{
	static const enum sts_exit order[] = { STS_EXIT_NO, STS_EXIT_TEMPERROR,
		STS_EXIT_NO_POLICY };

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return a;
}

/* "example.com: fail (certificate-expired)" */
static void
print_summary(struct sts_ui *ui, const json_t *answer)
{
	const char *result = sts_js_text(answer, "result");
	const char *reason = sts_js_text(answer, "reason");

	sts_ui_put(ui, STS_STYLE_BOLD, sts_js_text(answer, "domain"));
	sts_ui_put(ui, STS_STYLE_PLAIN, ": ");
	sts_ui_put(ui, sts_show_style(result), result);
	if (reason[0] != '\0')
		sts_ui_printf(ui, " (%s)", reason);
	sts_ui_newline(ui);
}

static void
print(struct sts_cli *cli, const json_t *answer, int64_t now)
{
	const json_t *policy = json_object_get(answer, "policy");
	struct sts_ui *ui = &cli->ui;
	char line[64];

	print_summary(ui, answer);
	(void)snprintf(line, sizeof(line), "STSFetchResult.%s, from the %s",
	    sts_js_text(policy, "status"), sts_js_text(policy, "source"));
	sts_ui_field(ui, "policy", STS_STYLE_PLAIN, line);
	sts_show_policy(ui, policy);
	sts_show_tlsrpt(ui, json_object_get(answer, "tlsrpt"));
	sts_show_mx(ui, json_object_get(answer, "mx"), now);
	sts_show_findings(ui, answer);
}

/* Elements of an array, where there are many. */
static void
print_json(struct checking *c, const json_t *answer)
{
	FILE *out = c->cli->ui.out;

	if (c->many)
		(void)fputs(c->told == 0 ? "[\n" : ",\n", out);
	(void)json_dumpf(answer, out,
	    JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(6));
	if (!c->many)
		(void)fputc('\n', out);
	(void)fflush(out);
}

static void
tell(void *cookie, json_t *answer)
{
	struct checking *c = cookie;
	enum sts_exit status = exit_status(sts_js_text(answer, "result"));

	if (c->cli->json)
		print_json(c, answer);
	else if (c->many)
		sts_checktable_add(&c->table, answer);
	else
		print(c->cli, answer, c->now);
	if (c->html != NULL)
		c->lost |= json_array_append(c->all, answer) != 0;
	c->status = c->told == 0 ? status : worse(c->status, status);
	c->told++;
}

static enum sts_exit
check_cached(struct checking *c, const char *domain)
{
	json_t *answer;
	enum sts_exit status = sts_ask_daemon(c->cli, domain, &answer);

	/* Here 1 says "fail", and not to know is another thing. */
	if (status == STS_EXIT_NO)
		return STS_EXIT_TEMPERROR;
	if (status != STS_EXIT_OK)
		return status;
	if (sts_findings_add(answer, NULL, c->now) == STS_OK)
		tell(c, answer);
	else
		status = sts_cli_fail(
		    c->cli, STS_EXIT_SOFTWARE, "failed", "out of memory");
	json_decref(answer);
	return status;
}

static enum sts_exit
check_one(struct checking *c)
{
	char domain[1][STS_DOMAIN_SIZE];

	if (sts_cli_domain(c->cli, c->cli->operands[0], domain[0]) != STS_OK)
		return STS_EXIT_USAGE;
	if (sts_cli_count(c->cli, "cached") > 0)
		return check_cached(c, domain[0]);
	return sts_survey(c->cli, domain, 1, tell, c);
}

static enum sts_exit
check_list(struct checking *c, const struct sts_domainlist *list)
{
	enum sts_exit status;

	if (c->html != NULL && list->n > PAGE_DOMAINS_MAX)
		return sts_cli_usage(c->cli,
		    "--html takes at most %d domains; split the file",
		    PAGE_DOMAINS_MAX);
	status = sts_survey(c->cli, list->names, list->n, tell, c);
	if (c->cli->json && c->told > 0)
		(void)fputs("\n]\n", c->cli->ui.out);
	else if (!c->cli->json && status == STS_EXIT_OK)
		sts_checktable_print(&c->table, &c->cli->ui);
	return status;
}

static enum sts_exit
check_many(struct checking *c, const char *path)
{
	struct sts_domainlist list;
	enum sts_exit status = sts_domainlist_read(c->cli, path, &list);

	if (status != STS_EXIT_OK)
		return status;
	c->many = true;
	status = check_list(c, &list);
	sts_domainlist_free(&list);
	return status;
}

static enum sts_exit
write_page(struct checking *c)
{
	enum sts_err err = STS_E_NOMEM;

	if (!c->lost)
		err = sts_checkpage_write(c->all, c->many, c->now, c->html);
	if (err == STS_OK)
		return STS_EXIT_OK;
	return sts_cli_fail(c->cli, STS_EXIT_IO, "unwritable", "%s: %s",
	    c->html, err == STS_E_IO ? strerror(errno) : sts_err_text(err));
}

static enum sts_exit
check(struct checking *c, const char *path)
{
	enum sts_exit status;

	status = path == NULL ? check_one(c) : check_many(c, path);
	if (status != STS_EXIT_OK)
		return status;
	if (c->html != NULL)
		status = write_page(c);
	return status == STS_EXIT_OK ? c->status : status;
}

enum sts_exit
sts_cmd_check(struct sts_cli *cli)
{
	const char *path = sts_cli_value(cli, "domains");
	struct checking c = {
		.cli = cli,
		.now = sts_wall_s(&sts_clock_system),
		.html = sts_cli_value(cli, "html"),
	};
	enum sts_exit status;

	if (path == NULL && cli->n_operands == 0)
		return sts_cli_usage(cli, "a domain is missing");
	if (path != NULL && cli->n_operands > 0)
		return sts_cli_usage(
		    cli, "a domain and --domains do not go together");
	if (path != NULL && sts_cli_count(cli, "cached") > 0)
		return sts_cli_usage(
		    cli, "--cached and --domains do not go together");
	c.all = json_array();
	sts_checktable_init(&c.table);
	status = check(&c, path);
	sts_checktable_deinit(&c.table);
	json_decref(c.all);
	return status;
}
