/*
 * The frame of the command `mta-sts`: its options, its table of commands, and
 * how a command says that something went wrong.
 *
 * One thread. The texts of argv are borrowed for the whole run.
 */
#ifndef STS_PROG_CLI_H
#define STS_PROG_CLI_H

#include "sts/base/err.h"
#include "sts/conf/conf.h"
#include "sts/prog/ui.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Exit statuses: a contract (design.md, "Programs"). */
enum sts_exit {
	STS_EXIT_OK = 0, /* VALID, NOT_CHANGED, pass, valid, done */
	STS_EXIT_NO = 1, /* NONE, fail, not valid, no such entry */
	STS_EXIT_FETCH_ERROR = 2, /* query */
	STS_EXIT_NO_POLICY = 2, /* check: none */
	STS_EXIT_TEMPERROR = 3, /* check: could not tell */
	STS_EXIT_USAGE = 64,
	STS_EXIT_NOINPUT = 66, /* the file to lint cannot be read */
	STS_EXIT_NO_DAEMON = 69,
	STS_EXIT_UNAVAILABLE = 69, /* release: the MTA's programs */
	STS_EXIT_SOFTWARE = 70, /* memory ran out, or a fault of ours */
	STS_EXIT_IO = 74, /* the output could not be written */
	STS_EXIT_CONFIG = 78,
};

/* An option that a command takes, beside those that all take. */
struct sts_cli_option {
	const char *name; /* without its "--" */
	const char *value; /* what its value is called; NULL: it has none */
	const char *summary; /* one line */
};

/* One that was given. */
struct sts_cli_given {
	const char *name; /* of its struct sts_cli_option: the same pointer */
	const char *value; /* borrowed from argv; NULL: it has none */
	size_t n_before; /* operands that stand before it */
};

struct sts_command;

struct sts_cli {
	const struct sts_command *command; /* NULL until it is known */
	const char *conf_path; /* of -c, or NULL */
	bool json, verbose, help, version;
	enum sts_color color;
	struct sts_cli_given *given; /* in the order of argv; owned */
	size_t n_given;
	char **operands;
	size_t n_operands;
	struct sts_ui ui; /* standard output */
};

enum { STS_CLI_OPTIONS = 24 }; /* of one command, at most */

struct sts_command {
	/* One word, or two ("report show"): a command of a group. */
	const char *name;
	const char *synopsis; /* operands and its own options */
	const char *summary; /* one line */
	const char *help; /* paragraphs */
	const struct sts_cli_option *options; /* to a NULL name; or NULL */
	size_t min_operands, max_operands;
	enum sts_exit (*run)(struct sts_cli *cli);
};

/* The table of commands (milter/prog/commandtable.c), in the order of --help.
 */
extern const struct sts_command sts_commands[];
extern const size_t sts_commands_n;

/* What they run; each in a file of its own. */
enum sts_exit sts_cmd_query(struct sts_cli *cli);
enum sts_exit sts_cmd_check(struct sts_cli *cli);
enum sts_exit sts_cmd_generate(struct sts_cli *cli);
enum sts_exit sts_cmd_lint(struct sts_cli *cli);
enum sts_exit sts_cmd_status(struct sts_cli *cli);
enum sts_exit sts_cmd_reload(struct sts_cli *cli);
enum sts_exit sts_cmd_cache(struct sts_cli *cli);
enum sts_exit sts_cmd_report_send(struct sts_cli *cli);
enum sts_exit sts_cmd_report_show(struct sts_cli *cli);
enum sts_exit sts_cmd_release(struct sts_cli *cli);
enum sts_exit sts_cmd_dryrun(struct sts_cli *cli);

/*
 * Reads options into *cli up to the first operand where cli->command is NULL,
 * else all options and operands of that command.  argv[0] is skipped; operands
 * are moved to the front of what follows.
 * STS_E_SYNTAX, which was told to the person; STS_E_NOMEM.
 */
STS_MUST_USE enum sts_err sts_cli_parse(
    struct sts_cli *cli, int argc, char **argv);

/* How often the command's option was given. */
size_t sts_cli_count(const struct sts_cli *cli, const char *option);
/* Its nth value, from 0; NULL where it was not given so often, or takes none.
 */
const char *sts_cli_nth(
    const struct sts_cli *cli, const char *option, size_t nth);
/* How many operands stand before the first of it; all, where it was not given.
 */
size_t sts_cli_before(const struct sts_cli *cli, const char *option);
/* Its last value, or NULL. */
const char *sts_cli_value(const struct sts_cli *cli, const char *option);

/* Tells standard error, with the command's synopsis. STS_EXIT_USAGE. */
enum sts_exit sts_cli_usage(const struct sts_cli *cli, const char *fmt, ...)
    STS_PRINTF(2, 3);

/* Tells standard error and, for --json, standard output as
 * {"error":WORD,"message":TEXT}.  Returns `status`. */
enum sts_exit sts_cli_fail(struct sts_cli *cli, enum sts_exit status,
    const char *word, const char *fmt, ...) STS_PRINTF(4, 5);

/* Prints the value for --json, with a line end. */
void sts_cli_print_json(struct sts_cli *cli, const json_t *value);

/* The operand as a policy domain in canonical form, into STS_DOMAIN_SIZE bytes.
 * STS_E_SYNTAX, which was told to the person. */
STS_MUST_USE enum sts_err sts_cli_domain(
    struct sts_cli *cli, const char *operand, char *domain);

/*
 * The configuration: of -c; else of the usual path where there is one; else the
 * defaults.  STS_EXIT_OK, and *out is a reference; STS_EXIT_CONFIG, which was
 * told to the person.
 */
STS_MUST_USE enum sts_exit sts_cli_conf(
    struct sts_cli *cli, const struct sts_conf **out);

#endif
