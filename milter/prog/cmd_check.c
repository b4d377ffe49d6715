/* `mta-sts check`: the whole verdict on a domain, and its evidence. */
#include "sts/core/domain.h"
#include "sts/engine/engine.h"
#include "sts/prog/ask.h"
#include "sts/prog/findings.h"
#include "sts/prog/js.h"
#include "sts/prog/show.h"

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
	sts_show_mx(ui, json_object_get(answer, "mx"), now);
	sts_show_advice(ui, json_object_get(answer, "advice"));
}

static enum sts_exit
tell(struct sts_cli *cli, json_t *answer)
{
	int64_t now = sts_wall_s(&sts_clock_system);

	if (sts_findings_add(answer, NULL, now) != STS_OK)
		return sts_cli_fail(
		    cli, STS_EXIT_SOFTWARE, "failed", "out of memory");
	if (cli->json)
		sts_cli_print_json(cli, answer);
	else
		print(cli, answer, now);
	return exit_status(sts_js_text(answer, "result"));
}

enum sts_exit
sts_cmd_check(struct sts_cli *cli)
{
	char domain[STS_DOMAIN_SIZE];
	enum sts_exit status;
	json_t *answer;

	if (sts_cli_domain(cli, cli->operands[0], domain) != STS_OK)
		return STS_EXIT_USAGE;
	status = sts_cli_count(cli, "cached") > 0
		     ? sts_ask_daemon(cli, domain, &answer)
		     : sts_ask_network(cli, domain, STS_ASK_UNCACHED, &answer);
	/* Here 1 says "fail", and not to know is another thing. */
	if (status == STS_EXIT_NO)
		return STS_EXIT_TEMPERROR;
	if (status != STS_EXIT_OK)
		return status;
	status = tell(cli, answer);
	json_decref(answer);
	return status;
}
