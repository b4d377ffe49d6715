/*
 * The command `mta-sts`, for people: asks about domains as a sender would,
 * checks policies before they are published, and talks to the daemon.
 */
#include "sts/prog/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_TEXT = 64 };

static const char general_options[] =
    "Options:\n"
    "  -c, --config FILE   the configuration; default\n"
    "                      " STS_SYSCONFDIR "/mta-sts-milter.conf\n"
    "      --json          answer in JSON\n"
    "      --color WHEN    auto, always or never\n"
    "  -v, --verbose       tell on standard error what is being done\n"
    "  -h, --help          help, also for each command\n"
    "  -V, --version       the version\n";

/* The length of the command's group with its space: "report " of "report
 * show"; 0 without one. */
static size_t
group_length(const struct sts_command *command)
{
	const char *space = strchr(command->name, ' ');

	return space == NULL ? 0 : (size_t)(space - command->name) + 1;
}

static bool
is_of_group(const struct sts_command *command, const char *group)
{
	size_t n = group_length(command);

	return n > 0 && strlen(group) == n - 1 &&
	       strncmp(command->name, group, n - 1) == 0;
}

static bool
is_group(const char *word)
{
	for (size_t i = 0; i < sts_commands_n; i++)
		if (is_of_group(&sts_commands[i], word))
			return true;
	return false;
}

static void
print_commands(FILE *out, const char *group)
{
	for (size_t i = 0; i < sts_commands_n; i++)
		if (group[0] == '\0' || is_of_group(&sts_commands[i], group))
			(void)fprintf(out, "  %-14s  %s\n",
			    sts_commands[i].name, sts_commands[i].summary);
}

static void
print_help(struct sts_cli *cli)
{
	FILE *out = cli->ui.out;

	(void)fputs("usage: mta-sts [-c FILE] COMMAND ...\n\n"
		    "Publishes, looks at and checks the MTA-STS policies (RFC "
		    "8461) of mail\ndomains and their TLS reports (RFC 8460), "
		    "and talks to mta-sts-milter.\n\nCommands:\n",
	    out);
	print_commands(out, "");
	(void)fprintf(
	    out, "\n%s\nmta-sts COMMAND --help tells more.\n", general_options);
}

static void
print_group_help(FILE *out, const char *group)
{
	(void)fprintf(out,
	    "usage: mta-sts [-c FILE] %s COMMAND ...\n\nCommands:\n", group);
	print_commands(out, group);
	(void)fprintf(out, "\n%s\nmta-sts %s COMMAND --help tells more.\n",
	    general_options, group);
}

static void
print_own_options(FILE *out, const struct sts_cli_option *options)
{
	char text[OPTION_TEXT];

	if (options == NULL)
		return;
	(void)fputs("\nOptions of this command:\n", out);
	for (; options->name != NULL; options++) {
		(void)snprintf(text, sizeof(text), "--%s%s%s", options->name,
		    options->value == NULL ? "" : " ",
		    options->value == NULL ? "" : options->value);
		(void)fprintf(out, "      %-23s %s\n", text, options->summary);
	}
}

static void
print_command_help(struct sts_cli *cli)
{
	const struct sts_command *command = cli->command;
	FILE *out = cli->ui.out;

	(void)fprintf(out, "usage: mta-sts [-c FILE] %s %s\n\n", command->name,
	    command->synopsis);
	sts_ui_wrap(&cli->ui, "", command->help);
	print_own_options(out, command->options);
	(void)fprintf(out, "\n%s", general_options);
}

/* `group` is NULL for a command of one word. */
static const struct sts_command *
find_command(const char *group, const char *name)
{
	for (size_t i = 0; i < sts_commands_n; i++) {
		if (group == NULL ? group_length(&sts_commands[i]) > 0
				  : !is_of_group(&sts_commands[i], group))
			continue;
		if (strcmp(
			sts_commands[i].name + group_length(&sts_commands[i]),
			name) == 0)
			return &sts_commands[i];
	}
	return NULL;
}

static enum sts_exit
run_command(struct sts_cli *cli)
{
	const struct sts_command *command = cli->command;
	enum sts_err err =
	    sts_cli_parse(cli, (int)cli->n_operands, cli->operands);

	if (err == STS_E_NOMEM)
		return STS_EXIT_SOFTWARE;
	if (err != STS_OK)
		return STS_EXIT_USAGE;
	if (cli->help) {
		print_command_help(cli);
		return STS_EXIT_OK;
	}
	if (cli->n_operands < command->min_operands)
		return sts_cli_usage(cli, "an operand is missing");
	if (cli->n_operands > command->max_operands)
		return sts_cli_usage(cli, "there is an operand too many: %s",
		    cli->operands[command->max_operands]);
	return command->run(cli);
}

/* The operands are a group and perhaps one of its commands. */
static enum sts_exit
run_of_group(struct sts_cli *cli)
{
	const char *group = cli->operands[0];
	const char *name = cli->n_operands < 2 ? "--help" : cli->operands[1];

	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
		print_group_help(cli->ui.out, group);
		return cli->n_operands < 2 ? STS_EXIT_USAGE : STS_EXIT_OK;
	}
	cli->command = find_command(group, name);
	if (cli->command == NULL)
		return sts_cli_usage(cli,
		    "there is no command %s %s; see mta-sts %s --help", group,
		    name, group);
	cli->operands++; /* the parser skips the command's last word */
	cli->n_operands--;
	return run_command(cli);
}

static enum sts_exit
run(struct sts_cli *cli, int argc, char **argv)
{
	enum sts_err err = sts_cli_parse(cli, argc, argv);

	if (err == STS_E_NOMEM)
		return STS_EXIT_SOFTWARE;
	if (err != STS_OK)
		return STS_EXIT_USAGE;
	if (cli->version) {
		(void)puts("mta-sts " STS_VERSION);
		return STS_EXIT_OK;
	}
	if (cli->n_operands == 0 && cli->help) {
		print_help(cli);
		return STS_EXIT_OK;
	}
	if (cli->n_operands == 0)
		return sts_cli_usage(cli, "a command is missing");
	if (is_group(cli->operands[0]))
		return run_of_group(cli);
	cli->command = find_command(NULL, cli->operands[0]);
	if (cli->command == NULL)
		return sts_cli_usage(
		    cli, "there is no command %s", cli->operands[0]);
	return run_command(cli);
}

int
main(int argc, char **argv)
{
	struct sts_cli cli = { .color = STS_COLOR_AUTO };
	enum sts_exit status = run(&cli, argc, argv);

	free(cli.given);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		(void)fprintf(stderr, "mta-sts: writing the output: %s\n",
		    strerror(errno));
		return STS_EXIT_IO;
	}
	return (int)status;
}
