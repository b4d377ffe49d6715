#include "sts/prog/cli.h"

#include "sts/base/buf.h"
#include "sts/core/domain.h"

#include <assert.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_MAX = 131072, LINE_SIZE = 4096 };

enum letter {
	LETTER_OPERAND = 1, /* getopt(3)'s */
	LETTER_COLOR = 256, /* long options without a letter */
	LETTER_JSON,
	LETTER_OWN, /* the command's first own option; the others follow */
};

static const struct option general_options[] = {
	{ "color", required_argument, NULL, LETTER_COLOR },
	{ "config", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, LETTER_JSON },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, 'V' },
};

enum { N_GENERAL = sizeof(general_options) / sizeof(general_options[0]) };

/* '+' ends at the first operand; '-' hands each over where it stands; ':'
 * leaves the messages to us. */
static const char global_letters[] = "+:c:hvV";
static const char command_letters[] = "-:c:hvV";

/* A message may have several lines, the errors of a configuration; they are not
 * wrapped, so that they can be searched for. */
static void
say(const struct sts_cli *cli, const char *message)
{
	struct sts_slice rest = sts_slice_str(message), line;
	const char *name = cli->command == NULL ? "" : cli->command->name;
	char text[LINE_SIZE];
	struct sts_ui ui;
	bool more = true;

	sts_ui_init(&ui, stderr, STS_COLOR_NEVER);
	while (more) {
		more = sts_slice_cut(&rest, '\n', &line);
		if (line.n == 0)
			continue;
		(void)snprintf(text, sizeof(text), "mta-sts%s%s: %.*s",
		    name[0] == '\0' ? "" : " ", name, (int)line.n, line.p);
		sts_ui_put(&ui, STS_STYLE_PLAIN, text);
		sts_ui_newline(&ui);
	}
}

static char *STS_PRINTF(1, 0) format(const char *fmt, va_list ap)
{
	struct sts_buf b;

	sts_buf_init(&b, MESSAGE_MAX);
	sts_buf_vprintf(&b, fmt, ap);
	return sts_buf_take(&b);
}

enum sts_exit
sts_cli_usage(const struct sts_cli *cli, const char *fmt, ...)
{
	const struct sts_command *command = cli->command;
	char *message;
	va_list ap;

	va_start(ap, fmt);
	message = format(fmt, ap);
	va_end(ap);
	say(cli, message == NULL ? "wrong usage" : message);
	free(message);
	if (command == NULL)
		(void)fputs("usage: mta-sts [-c FILE] COMMAND ...; see "
			    "mta-sts --help\n",
		    stderr);
	else
		(void)fprintf(stderr, "usage: mta-sts %s %s\n", command->name,
		    command->synopsis);
	return STS_EXIT_USAGE;
}

void
sts_cli_print_json(struct sts_cli *cli, const json_t *value)
{
	(void)json_dumpf(value, cli->ui.out,
	    JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(6));
	(void)fputc('\n', cli->ui.out);
}

enum sts_exit
sts_cli_fail(struct sts_cli *cli, enum sts_exit status, const char *word,
    const char *fmt, ...)
{
	char *message;
	json_t *object;
	va_list ap;

	va_start(ap, fmt);
	message = format(fmt, ap);
	va_end(ap);
	say(cli, message == NULL ? word : message);
	if (cli->json) {
		object = json_pack("{s:s, s:s}", "error", word, "message",
		    message == NULL ? word : message);
		sts_cli_print_json(cli, object);
		json_decref(object);
	}
	free(message);
	return status;
}

static enum sts_err
take_color(struct sts_cli *cli, const char *word)
{
	static const char *const words[] = {
		[STS_COLOR_AUTO] = "auto",
		[STS_COLOR_ALWAYS] = "always",
		[STS_COLOR_NEVER] = "never",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i]) == 0) {
			cli->color = (enum sts_color)i;
			return STS_OK;
		}
	(void)sts_cli_usage(
	    cli, "--color=%s: auto, always and never are accepted", word);
	return STS_E_SYNTAX;
}

static enum sts_err
take_fault(struct sts_cli *cli, int letter, const char *word)
{
	if (letter == ':')
		(void)sts_cli_usage(cli, "%s needs a value", word);
	else if (optopt > 0 && strncmp(word, "--", 2) == 0)
		(void)sts_cli_usage(cli, "%s takes no value", word);
	else if (optopt > 0)
		(void)sts_cli_usage(cli, "there is no option -%c", optopt);
	else
		(void)sts_cli_usage(cli, "there is no option %s", word);
	return STS_E_SYNTAX;
}

static enum sts_err
take(struct sts_cli *cli, int letter, const char *word)
{
	switch (letter) {
	case 'c':
		cli->conf_path = optarg;
		return STS_OK;
	case 'h':
		cli->help = true;
		return STS_OK;
	case 'v':
		cli->verbose = true;
		return STS_OK;
	case 'V':
		cli->version = true;
		return STS_OK;
	case LETTER_OPERAND: /* its place is one that was read already */
		cli->operands[cli->n_operands++] = optarg;
		return STS_OK;
	case LETTER_JSON:
		cli->json = true;
		return STS_OK;
	case LETTER_COLOR:
		return take_color(cli, optarg);
	default:
		break;
	}
	if (letter < LETTER_OWN || cli->command == NULL)
		return take_fault(cli, letter, word);
	cli->given[cli->n_given++] = (struct sts_cli_given){
		.name = cli->command->options[letter - LETTER_OWN].name,
		.value = optarg,
		.n_before = cli->n_operands,
	};
	return STS_OK;
}

/* What getopt_long is to know: what all take, and what the command does. */
static void
list_options(const struct sts_command *command, struct option *list)
{
	const struct sts_cli_option *own =
	    command == NULL ? NULL : command->options;
	size_t n;

	memcpy(list, general_options, sizeof(general_options));
	for (n = 0; own != NULL && own[n].name != NULL; n++) {
		assert(n < STS_CLI_OPTIONS);
		list[N_GENERAL + n] = (struct option){
			.name = own[n].name,
			.has_arg = own[n].value == NULL ? no_argument
							: required_argument,
			.val = LETTER_OWN + (int)n,
		};
	}
	list[N_GENERAL + n] = (struct option){ .name = NULL };
}

enum sts_err
sts_cli_parse(struct sts_cli *cli, int argc, char **argv)
{
	const char *letters =
	    cli->command == NULL ? global_letters : command_letters;
	struct option list[N_GENERAL + STS_CLI_OPTIONS + 1];
	enum sts_err err = STS_OK;
	int letter;

	free(cli->given);
	cli->n_given = 0;
	cli->given = calloc((size_t)argc, sizeof(*cli->given));
	if (cli->given == NULL)
		return STS_E_NOMEM;
	list_options(cli->command, list);
	opterr = 0;
	optind = 0; /* GNU: forget an earlier run */
	cli->operands = argv + 1;
	cli->n_operands = 0;
	while (err == STS_OK &&
	       (letter = getopt_long(argc, argv, letters, list, NULL)) != -1)
		err = take(cli, letter, argv[optind - 1]);
	if (err != STS_OK)
		return err;
	while (optind < argc) /* behind "--", or all behind the command */
		cli->operands[cli->n_operands++] = argv[optind++];
	sts_ui_init(&cli->ui, stdout, cli->color);
	return STS_OK;
}

size_t
sts_cli_count(const struct sts_cli *cli, const char *option)
{
	size_t n = 0;

	for (size_t i = 0; i < cli->n_given; i++)
		n += strcmp(cli->given[i].name, option) == 0;
	return n;
}

size_t
sts_cli_before(const struct sts_cli *cli, const char *option)
{
	for (size_t i = 0; i < cli->n_given; i++)
		if (strcmp(cli->given[i].name, option) == 0)
			return cli->given[i].n_before;
	return cli->n_operands;
}

const char *
sts_cli_nth(const struct sts_cli *cli, const char *option, size_t nth)
{
	for (size_t i = 0; i < cli->n_given; i++)
		if (strcmp(cli->given[i].name, option) == 0 && nth-- == 0)
			return cli->given[i].value;
	return NULL;
}

const char *
sts_cli_value(const struct sts_cli *cli, const char *option)
{
	size_t n = sts_cli_count(cli, option);

	return n == 0 ? NULL : sts_cli_nth(cli, option, n - 1);
}

enum sts_err
sts_cli_domain(struct sts_cli *cli, const char *operand, char *domain)
{
	struct sts_domain found;
	enum sts_err err = sts_domain_from_name(sts_slice_str(operand), &found);

	if (err == STS_OK && found.kind == STS_DOMAIN_NAME) {
		memcpy(domain, found.name, sizeof(found.name));
		return STS_OK;
	}
	if (err == STS_OK)
		(void)sts_cli_usage(cli,
		    "%s is an address, and only domain names have policies",
		    operand);
	else
		(void)sts_cli_usage(cli, "%s is not a domain name", operand);
	return STS_E_SYNTAX;
}
