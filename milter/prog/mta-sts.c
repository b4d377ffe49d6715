/*
 * The command `mta-sts`, for people: asks about domains as a sender would,
 * checks policies before they are published, and talks to the daemon.
 */
#include "sts/prog/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct sts_command commands[] = {
	{
	    .name = "query",
	    .synopsis = "[--cached] [--json] DOMAIN",
	    .summary = "fetch a domain's policy as a sender does",
	    .help = "Looks up the TXT record _mta-sts.DOMAIN and fetches the "
		    "policy over HTTPS. Prints what was found, or why there "
		    "is no policy and what to do about it.\n\n"
		    "Exit status: 0 VALID or NOT_CHANGED, 1 NONE, "
		    "2 FETCH_ERROR.",
	    .options = STS_OPTION_CACHED,
	    .min_operands = 1,
	    .max_operands = 1,
	    .run = sts_cmd_query,
	},
	{
	    .name = "check",
	    .synopsis = "[--cached] [--json] DOMAIN",
	    .summary = "prove whether mail to a domain can be sent securely",
	    .help = "Fetches the policy, looks up the MX hosts, connects to "
		    "each on port 25 and checks STARTTLS and the certificate. "
		    "Prints the verdict, every MX host, and what to do about "
		    "each fault.\n\n"
		    "Exit status: 0 pass, 1 fail, 2 none, 3 could not tell.",
	    .options = STS_OPTION_CACHED,
	    .min_operands = 1,
	    .max_operands = 1,
	    .run = sts_cmd_check,
	},
	{
	    .name = "lint",
	    .synopsis = "[--json] {FILE | --mx HOST FILE | --txt RECORD ...}",
	    .summary = "check a policy's text or TXT records, offline",
	    .help = "Checks the text of a policy (- is standard input), "
		    "whether the policy allows an MX host (--mx), or the TXT "
		    "records of one name (--txt, once for each record).\n\n"
		    "Exit status: 0 valid (and matched), 1 not, 66 the file "
		    "cannot be read.",
	    .options = STS_OPTION_LINT,
	    .max_operands = SIZE_MAX,
	    .run = sts_cmd_lint,
	},
	{
	    .name = "status",
	    .synopsis = "[--json]",
	    .summary = "show how the daemon is doing",
	    .help = "Asks the daemon over its control socket.\n\n"
		    "Exit status: 0, 69 no daemon.",
	    .run = sts_cmd_status,
	},
	{
	    .name = "reload",
	    .synopsis = "[--json]",
	    .summary = "have the daemon read its configuration anew",
	    .help = "A configuration with an error is refused as a whole: the "
		    "one in force stays.\n\n"
		    "Exit status: 0, 69 no daemon, 78 the configuration has "
		    "errors.",
	    .run = sts_cmd_reload,
	},
	{
	    .name = "cache",
	    .synopsis = "[--json] {list | show DOMAIN | refresh DOMAIN | "
			"flush [DOMAIN]}",
	    .summary = "show and change what the daemon remembers",
	    .help = "list prints all policies that are remembered; show, all "
		    "about one domain; refresh looks at a domain again now; "
		    "flush forgets one domain, or all.\n\n"
		    "Exit status: 0, 1 no such entry, 69 no daemon.",
	    .min_operands = 1,
	    .max_operands = 2,
	    .run = sts_cmd_cache,
	},
};

enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static const char general_options[] =
    "Options:\n"
    "  -c, --config FILE   the configuration; default\n"
    "                      " STS_SYSCONFDIR "/mta-sts-milter.conf\n"
    "      --json          answer in JSON\n"
    "      --color WHEN    auto, always or never\n"
    "  -v, --verbose       tell on standard error what is being done\n"
    "  -h, --help          help, also for each command\n"
    "  -V, --version       the version\n";

static void
print_help(struct sts_cli *cli)
{
	FILE *out = cli->ui.out;

	(void)fputs("usage: mta-sts [-c FILE] COMMAND ...\n\n"
		    "Looks at the MTA-STS policies (RFC 8461) of mail "
		    "domains, and at mta-sts-milter.\n\nCommands:\n",
	    out);
	for (size_t i = 0; i < N_COMMANDS; i++)
		(void)fprintf(
		    out, "  %-8s %s\n", commands[i].name, commands[i].summary);
	(void)fprintf(
	    out, "\n%s\nmta-sts COMMAND --help tells more.\n", general_options);
}

static void
print_command_help(struct sts_cli *cli)
{
	const struct sts_command *command = cli->command;
	FILE *out = cli->ui.out;

	(void)fprintf(out, "usage: mta-sts [-c FILE] %s %s\n\n", command->name,
	    command->synopsis);
	sts_ui_wrap(&cli->ui, "", command->help);
	if ((command->options & STS_OPTION_CACHED) != 0)
		(void)fputs(
		    "\n--cached shows what the daemon knows, instead.\n", out);
	(void)fprintf(out, "\n%s", general_options);
}

static const struct sts_command *
find_command(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
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
	cli->command = find_command(cli->operands[0]);
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

	free(cli.txt);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		(void)fprintf(stderr, "mta-sts: writing the output: %s\n",
		    strerror(errno));
		return STS_EXIT_IO;
	}
	return (int)status;
}
