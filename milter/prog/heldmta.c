/* Which mail server is here, and where its programs are. */
#include "sts/prog/held.h"

#include <string.h>
#include <unistd.h>

static const char postfix_config[] = "/etc/postfix";
static const char postfix_commands[] = "/usr/sbin";
static const char sendmail_config[] = "/etc/mail/sendmail.cf";

/* Debian has it in the first; the last may be Postfix's. */
static const char *const sendmail_programs[] = {
	"/usr/libexec/sendmail/sendmail",
	"/usr/lib/sm.bin/sendmail",
	"/usr/sbin/sendmail",
};

static bool
fits(const struct sts_held_mta *mta, int n)
{
	return n > 0 && (size_t)n < sizeof(mta->programs);
}

static bool
is_there(const char *folder, const char *name)
{
	char path[4096];
	int n = snprintf(path, sizeof(path), "%s/%s", folder, name);

	return n > 0 && (size_t)n < sizeof(path) && access(path, R_OK) == 0;
}

static bool
set_postfix(struct sts_cli *cli, struct sts_held_mta *mta)
{
	const char *commands = sts_cli_value(cli, "postfix-commands");

	*mta = (struct sts_held_mta){
		.config = sts_cli_value(cli, "postfix-config"),
	};
	sts_held_postfix(mta);
	return fits(mta, snprintf(mta->programs, sizeof(mta->programs), "%s",
			     commands == NULL ? postfix_commands : commands));
}

static const char *
find_sendmail(bool also_shared)
{
	size_t n = sizeof(sendmail_programs) / sizeof(sendmail_programs[0]);

	for (size_t i = 0; i < n - !also_shared; i++)
		if (access(sendmail_programs[i], X_OK) == 0)
			return sendmail_programs[i];
	return NULL;
}

static bool
set_sendmail(struct sts_cli *cli, struct sts_held_mta *mta, const char *program)
{
	*mta = (struct sts_held_mta){
		.config = sts_cli_value(cli, "sendmail-config"),
	};
	sts_held_sendmail(mta);
	return fits(
	    mta, snprintf(mta->programs, sizeof(mta->programs), "%s", program));
}

/* By what is installed, where nothing was said. */
static bool
has_postfix(const struct sts_cli *cli)
{
	const char *commands = sts_cli_value(cli, "postfix-commands");

	return is_there(postfix_config, "main.cf") &&
	       is_there(
		   commands == NULL ? postfix_commands : commands, "postqueue");
}

struct wanted {
	bool postfix, sendmail;
	const char *program; /* Sendmail's */
};

static enum sts_exit
choose(struct sts_cli *cli, struct wanted *w)
{
	const char *word = sts_cli_value(cli, "mta");
	bool for_postfix = sts_cli_count(cli, "postfix-config") > 0 ||
			   sts_cli_count(cli, "postfix-commands") > 0;
	bool for_sendmail = sts_cli_count(cli, "sendmail-config") > 0 ||
			    sts_cli_count(cli, "sendmail-program") > 0;
	bool is_auto = word == NULL || strcmp(word, "auto") == 0;

	w->postfix = word != NULL && strcmp(word, "postfix") == 0;
	w->sendmail = word != NULL && strcmp(word, "sendmail") == 0;
	if (!is_auto && !w->postfix && !w->sendmail)
		return sts_cli_usage(cli,
		    "--mta %s: postfix, sendmail and auto are accepted", word);
	if (is_auto && (for_postfix || for_sendmail)) {
		w->postfix = for_postfix;
		w->sendmail = for_sendmail;
	} else if (is_auto) {
		w->postfix = has_postfix(cli);
		w->sendmail = access(sendmail_config, R_OK) == 0 &&
			      find_sendmail(!w->postfix) != NULL;
	}
	w->program = sts_cli_value(cli, "sendmail-program");
	if (w->program == NULL)
		w->program = find_sendmail(true);
	return STS_EXIT_OK;
}

enum sts_exit
sts_held_mtas(
    struct sts_cli *cli, struct sts_held_mta mtas[STS_HELD_MTAS], size_t *n)
{
	struct wanted w;
	enum sts_exit status = choose(cli, &w);
	bool fit = true;

	if (status != STS_EXIT_OK)
		return status;
	if (!w.postfix && !w.sendmail)
		return sts_cli_fail(cli, STS_EXIT_UNAVAILABLE, "no-mta",
		    "neither %s/main.cf nor %s is here; name the server's with "
		    "--postfix-config or --sendmail-config",
		    postfix_config, sendmail_config);
	if (w.sendmail && w.program == NULL)
		return sts_cli_fail(cli, STS_EXIT_UNAVAILABLE, "no-mta",
		    "the program sendmail was not found; name it with "
		    "--sendmail-program");
	*n = 0;
	if (w.postfix)
		fit = set_postfix(cli, &mtas[(*n)++]);
	if (fit && w.sendmail)
		fit = set_sendmail(cli, &mtas[(*n)++], w.program);
	if (!fit)
		return sts_cli_usage(cli, "a path is too long");
	return STS_EXIT_OK;
}
