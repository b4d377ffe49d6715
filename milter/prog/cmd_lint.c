/* `mta-sts lint`: offline checks of what a domain publishes. */
#include "sts/core/domain.h"
#include "sts/prog/lint.h"

#include <string.h>

static enum sts_err
lint_init(struct sts_lint *lint, struct sts_cli *cli, const char *name)
{
	*lint = (struct sts_lint){ cli, name, json_array(), json_array() };
	return lint->errors != NULL && lint->warnings != NULL ? STS_OK
							      : STS_E_NOMEM;
}

static void
lint_deinit(struct sts_lint *lint)
{
	json_decref(lint->errors);
	json_decref(lint->warnings);
}

void
sts_lint_remark(
    struct sts_lint *lint, bool is_error, unsigned line, const char *message)
{
	struct sts_ui *ui = &lint->cli->ui;
	bool is_file = lint->name != NULL;

	(void)json_array_append_new(is_error ? lint->errors : lint->warnings,
	    json_pack("{s:i, s:s}", "line", (int)line, "message", message));
	if (lint->cli->json)
		return;
	if (line == 0)
		sts_ui_printf(ui, "%s: ", is_file ? lint->name : "records");
	else if (is_file)
		sts_ui_printf(ui, "%s:%u: ", lint->name, line);
	else
		sts_ui_printf(ui, "record %u: ", line);
	if (is_error)
		sts_ui_put(ui, STS_STYLE_BAD, "error: ");
	else
		sts_ui_put(ui, STS_STYLE_WARN, "warning: ");
	sts_ui_put(ui, STS_STYLE_PLAIN, message);
	sts_ui_newline(ui);
}

void
sts_lint_finish(struct sts_lint *lint, json_t *found)
{
	(void)json_object_set(found, "errors", lint->errors);
	(void)json_object_set(found, "warnings", lint->warnings);
	if (lint->cli->json)
		sts_cli_print_json(lint->cli, found);
	json_decref(found);
}

static enum sts_exit
lint_operands(struct sts_cli *cli, struct sts_lint *lint)
{
	const char *mx = sts_cli_value(cli, "mx");
	char host[STS_DOMAIN_SIZE];

	if (sts_cli_count(cli, "txt") > 0)
		return sts_lint_txt(lint);
	if (mx != NULL && sts_cli_domain(cli, mx, host) != STS_OK)
		return STS_EXIT_USAGE;
	return sts_lint_policy(
	    lint, cli->operands[0], mx == NULL ? NULL : host);
}

enum sts_exit
sts_cmd_lint(struct sts_cli *cli)
{
	bool txt = sts_cli_count(cli, "txt") > 0;
	enum sts_exit status = STS_EXIT_SOFTWARE;
	const char *name = NULL;
	struct sts_lint lint;

	if (txt && sts_cli_count(cli, "mx") > 0)
		return sts_cli_usage(cli, "--txt and --mx do not go together");
	if (!txt && cli->n_operands != 1)
		return sts_cli_usage(
		    cli, "one FILE is wanted, or --txt RECORD");
	if (!txt)
		name = strcmp(cli->operands[0], "-") == 0 ? "standard input"
							  : cli->operands[0];
	if (lint_init(&lint, cli, name) == STS_OK)
		status = lint_operands(cli, &lint);
	lint_deinit(&lint);
	return status;
}
