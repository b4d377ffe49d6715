/* `mta-sts generate`: what a domain publishes, from nothing to files. */
#include "sts/base/clock.h"
#include "sts/prog/generate.h"

#include <errno.h>
#include <stdlib.h>

static enum sts_exit
open_folder(struct sts_generate *g)
{
	const char *path = g->options.out;
	enum sts_err err = sts_outdir_open(path, &g->dir);

	if (err == STS_E_IO)
		return sts_cli_fail(g->cli, STS_EXIT_IO, "folder", "%s: %s",
		    path, strerror(errno));
	if (err == STS_E_AGAIN)
		return sts_cli_fail(g->cli, STS_EXIT_IO, "folder",
		    "%s: another mta-sts generate is at work there", path);
	if (err != STS_OK)
		return sts_cli_fail(
		    g->cli, STS_EXIT_SOFTWARE, "failed", "out of memory");
	if (!sts_server_path_is_plain(sts_outdir_path(g->dir)))
		return sts_cli_fail(g->cli, STS_EXIT_USAGE, "folder",
		    "%s: a path without spaces, quotes and the like is "
		    "accepted, for it stands in the web server's configuration",
		    sts_outdir_path(g->dir));
	return sts_generate_read_tree(g);
}

static enum sts_exit
must_be_there(struct sts_generate *g)
{
	if (!g->options.update && !g->options.remove)
		return STS_EXIT_OK;
	if (g->tree.n > 0)
		return STS_EXIT_OK;
	return sts_cli_fail(g->cli, STS_EXIT_NO, "folder",
	    "%s has no records.zone: there is nothing to %s",
	    sts_outdir_path(g->dir), g->options.remove ? "remove" : "update");
}

static enum sts_exit
prepare(struct sts_generate *g)
{
	enum sts_exit status = sts_generate_read_options(g->cli, &g->options);

	if (status == STS_EXIT_OK)
		status = sts_generate_read_domains(g);
	if (status == STS_EXIT_OK && g->options.out != NULL)
		status = open_folder(g);
	if (status == STS_EXIT_OK && g->options.out != NULL)
		status = must_be_there(g);
	return status;
}

static enum sts_exit
work(struct sts_generate *g)
{
	enum sts_exit status = sts_generate_plan(g);

	if (status == STS_EXIT_OK)
		status = sts_generate_check(g);
	if (status == STS_EXIT_OK)
		status = sts_generate_settle(g);
	if (status == STS_EXIT_OK && g->dir != NULL)
		status = sts_generate_write(g);
	return status;
}

static enum sts_exit
finish(struct sts_generate *g)
{
	enum sts_exit status = STS_EXIT_OK;
	bool may_be_forced = false;

	if (g->cli->json)
		sts_generate_tell_json(g);
	else
		sts_generate_tell(g);
	for (size_t i = 0; i < g->n; i++) {
		const struct sts_target *target = &g->targets[i];

		if (!sts_target_is_refused(g, target))
			continue;
		status = STS_EXIT_NO;
		may_be_forced |= target->refusal == STS_REFUSAL_MAIL;
	}
	if (may_be_forced && !g->cli->json)
		(void)fprintf(stderr,
		    "mta-sts generate: what was refused is left as it is; "
		    "--force does it nevertheless%s\n",
		    g->options.remove
			? ""
			: ", --offline does not look at the MX hosts");
	return status;
}

static void
generate_deinit(struct sts_generate *g)
{
	for (size_t i = 0; i < g->n; i++) {
		sts_patterns_deinit(&g->targets[i].mx);
		sts_published_deinit(&g->targets[i].now);
		json_decref(g->targets[i].findings);
	}
	free(g->targets);
	sts_tree_deinit(&g->tree);
	sts_outdir_close(g->dir);
	sts_generate_options_deinit(&g->options);
}

enum sts_exit
sts_cmd_generate(struct sts_cli *cli)
{
	struct sts_generate g = { .cli = cli };
	enum sts_exit status;

	g.now = sts_wall_s(&sts_clock_system);
	status = prepare(&g);
	if (status == STS_EXIT_OK)
		status = work(&g);
	if (status == STS_EXIT_OK)
		status = finish(&g);
	generate_deinit(&g);
	return status;
}
