#include "sts/prog/cli.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { ERRORS_MAX = 65536 };

static const char usual_path[] = STS_SYSCONFDIR "/mta-sts-milter.conf";

/* The path to read, "" for the defaults.  A person who may not read the
 * daemon's file can still ask about a domain, and is told. */
static const char *
choose_path(const struct sts_cli *cli)
{
	if (cli->conf_path != NULL)
		return cli->conf_path;
	if (access(usual_path, R_OK) == 0)
		return usual_path;
	if (errno != ENOENT && errno != ENOTDIR)
		(void)fprintf(stderr,
		    "mta-sts: %s: %s; the built-in defaults are used\n",
		    usual_path, strerror(errno));
	return "";
}

enum sts_exit
sts_cli_conf(struct sts_cli *cli, const struct sts_conf **out)
{
	enum sts_exit status = STS_EXIT_OK;
	struct sts_buf errors;
	const char *text;
	enum sts_err err;

	sts_buf_init(&errors, ERRORS_MAX);
	err = sts_conf_load(choose_path(cli), &errors, out);
	if (err != STS_OK) {
		text = errors.n > 0 ? sts_buf_cstr(&errors) : sts_err_text(err);
		status = sts_cli_fail(
		    cli, STS_EXIT_CONFIG, "configuration", "%s", text);
	}
	sts_buf_deinit(&errors);
	return status;
}
