/* `mta-sts query`: the policy of a domain, as a sender finds it. */
#include "sts/core/domain.h"
#include "sts/engine/engine.h"
#include "sts/prog/ask.h"
#include "sts/prog/findings.h"
#include "sts/prog/js.h"
#include "sts/prog/show.h"

static enum sts_exit
exit_status(const char *status)
{
	if (strcmp(status, sts_fetch_status_text(STS_FETCH_NONE)) == 0)
		return STS_EXIT_NO;
	if (strcmp(status, sts_fetch_status_text(STS_FETCH_FETCH_ERROR)) == 0)
		return STS_EXIT_FETCH_ERROR;
	return STS_EXIT_OK;
}

/* The part of the answer that is the policy's, in the contract's shape. */
static json_t *
query_json(const json_t *answer)
{
	static const char *const keys[] = { "status", "id", "mode", "mx",
		"max_age", "expires", "source", "reason", "detail" };
	const json_t *policy = json_object_get(answer, "policy");
	json_t *query = json_object();

	(void)json_object_set(
	    query, "domain", json_object_get(answer, "domain"));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		(void)json_object_set(
		    query, keys[i], json_object_get(policy, keys[i]));
	(void)json_object_set(
	    query, "advice", json_object_get(answer, "advice"));
	return query;
}

static void
print(struct sts_cli *cli, const json_t *query)
{
	sts_show_status(&cli->ui, sts_js_text(query, "status"));
	sts_ui_field(
	    &cli->ui, "domain", STS_STYLE_PLAIN, sts_js_text(query, "domain"));
	sts_show_policy(&cli->ui, query);
	sts_show_advice(&cli->ui, json_object_get(query, "advice"));
}

static enum sts_exit
tell(struct sts_cli *cli, json_t *answer)
{
	enum sts_exit status;
	json_t *query;

	if (sts_findings_add(answer, NULL, sts_wall_s(&sts_clock_system)) !=
	    STS_OK)
		return sts_cli_fail(
		    cli, STS_EXIT_SOFTWARE, "failed", "out of memory");
	query = query_json(answer);
	if (cli->json)
		sts_cli_print_json(cli, query);
	else
		print(cli, query);
	status = exit_status(sts_js_text(query, "status"));
	json_decref(query);
	return status;
}

enum sts_exit
sts_cmd_query(struct sts_cli *cli)
{
	char domain[STS_DOMAIN_SIZE];
	enum sts_exit status;
	json_t *answer;

	if (sts_cli_domain(cli, cli->operands[0], domain) != STS_OK)
		return STS_EXIT_USAGE;
	status = sts_cli_count(cli, "cached") > 0
		     ? sts_ask_daemon(cli, domain, &answer)
		     : sts_ask_network(cli, domain,
			   STS_ASK_UNCACHED | STS_ASK_POLICY_ONLY, &answer);
	if (status != STS_EXIT_OK)
		return status;
	status = tell(cli, answer);
	json_decref(answer);
	return status;
}
