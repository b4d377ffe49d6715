#include "sts/prog/cli.h"

#include "sts/base/buf.h"
#include "sts/core/domain.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_MAX = 131072, LINE_SIZE = 4096 };

enum letter {
	LETTER_CACHED = 256, /* long options without a letter */
	LETTER_COLOR,
	LETTER_JSON,
	LETTER_MX,
	LETTER_TXT,
};

static const struct option long_options[] = {
	{ "cached", no_argument, NULL, LETTER_CACHED },
	{ "color", required_argument, NULL, LETTER_COLOR },
	{ "config", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, LETTER_JSON },
	{ "mx", required_argument, NULL, LETTER_MX },
	{ "txt", required_argument, NULL, LETTER_TXT },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* '+' ends at the first operand; ':' leaves the messages to us. */
static const char global_letters[] = "+:c:hvV";
static const char command_letters[] = ":c:hvV";

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

/* Options that only some commands take. */
static enum sts_err
take_special(struct sts_cli *cli, int letter)
{
	unsigned needs =
	    letter == LETTER_CACHED ? STS_OPTION_CACHED : STS_OPTION_LINT;

	if (cli->command == NULL || (cli->command->options & needs) == 0) {
		(void)sts_cli_usage(cli, "%s is not taken here",
		    letter == LETTER_CACHED ? "--cached"
		    : letter == LETTER_MX   ? "--mx"
					    : "--txt");
		return STS_E_SYNTAX;
	}
	if (letter == LETTER_CACHED)
		cli->cached = true;
	else if (letter == LETTER_MX)
		cli->mx = optarg;
	else
		cli->txt[cli->n_txt++] = optarg;
	return STS_OK;
}

static enum sts_err
take_fault(struct sts_cli *cli, int letter, const char *word)
{
	if (letter == ':')
		(void)sts_cli_usage(cli, "%s needs a value", word);
	else if (optopt > 0 && optopt < LETTER_CACHED)
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
	case LETTER_JSON:
		cli->json = true;
		return STS_OK;
	case LETTER_COLOR:
		return take_color(cli, optarg);
	case LETTER_CACHED:
	case LETTER_MX:
	case LETTER_TXT:
		return take_special(cli, letter);
	default:
		return take_fault(cli, letter, word);
	}
}

enum sts_err
sts_cli_parse(struct sts_cli *cli, int argc, char **argv)
{
	const char *letters =
	    cli->command == NULL ? global_letters : command_letters;
	enum sts_err err = STS_OK;
	int letter;

	free(cli->txt);
	cli->n_txt = 0;
	cli->txt = calloc((size_t)argc, sizeof(*cli->txt));
	if (cli->txt == NULL)
		return STS_E_NOMEM;
	opterr = 0;
	optind = 0; /* GNU: forget an earlier run */
	while (err == STS_OK && (letter = getopt_long(argc, argv, letters,
				     long_options, NULL)) != -1)
		err = take(cli, letter, argv[optind - 1]);
	if (err != STS_OK)
		return err;
	cli->operands = argv + optind;
	cli->n_operands = (size_t)(argc - optind);
	sts_ui_init(&cli->ui, stdout, cli->color);
	return STS_OK;
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
