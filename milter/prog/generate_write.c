/*
 * The folder of `mta-sts generate`, in the safe order (RFC 8461 section 8.1):
 * a policy before the id that tells of it; and where a domain leaves, its
 * records before its policy (section 8.3).
 */
#include "sts/prog/generate.h"

#include "sts/prog/progress.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

enum {
	OUTPUT_MAX = 1 << 30, /* bytes of a file */
	SERVER_FILE_HEAD = 8192, /* bytes in which the certificates are told */
};

static const char zone_name[] = "records.zone";

/* What is there when all is written: the folder's domains and the targets',
 * by name. */
struct result {
	const struct sts_published **p;
	size_t n;
};

static int
by_domain(const void *a, const void *b)
{
	const struct sts_published *const *x = a, *const *y = b;

	return strcmp((*x)->domain, (*y)->domain);
}

static enum sts_err
gather(const struct sts_generate *g, struct result *r)
{
	bool *left = calloc(g->tree.n + 1, sizeof(*left)); /* or replaced */

	r->p = calloc(g->tree.n + g->n + 1, sizeof(*r->p));
	if (r->p == NULL || left == NULL) {
		free(left);
		return STS_E_NOMEM;
	}
	for (size_t i = 0; i < g->n; i++) {
		const struct sts_target *target = &g->targets[i];

		if (sts_target_is_refused(g, target))
			continue;
		if (target->old != NULL)
			left[target->old - g->tree.p] = true;
		if (target->change != STS_CHANGE_REMOVED)
			r->p[r->n++] = &target->now;
	}
	for (size_t i = 0; i < g->tree.n; i++)
		if (!left[i])
			r->p[r->n++] = &g->tree.p[i];
	free(left);
	qsort(r->p, r->n, sizeof(*r->p), by_domain);
	return STS_OK;
}

static enum sts_err
put_policy(struct sts_generate *g, const struct sts_published *published)
{
	char name[PATH_MAX];
	struct sts_buf text;
	enum sts_err err;

	sts_buf_init(&text, STS_POLICY_TEXT_MAX);
	sts_generate_policy_text(published, &text);
	err = sts_buf_err(&text);
	if (err == STS_OK)
		err = sts_outdir_put(g->dir,
		    sts_generate_policy_name(published->domain, name),
		    sts_buf_view(&text));
	sts_buf_deinit(&text);
	return err;
}

static enum sts_err
put_policies(struct sts_generate *g)
{
	struct sts_progress progress;
	enum sts_err err = STS_OK;
	char what[64];

	sts_progress_init(&progress, !g->cli->verbose);
	for (size_t i = 0; err == STS_OK && i < g->n; i++) {
		const struct sts_target *target = &g->targets[i];

		if (i % 64 == 0) {
			(void)snprintf(what, sizeof(what),
			    "writing: %zu of %zu domains", i, g->n);
			sts_progress_show(&progress, what);
		}
		if (!sts_target_is_refused(g, target) &&
		    target->change != STS_CHANGE_REMOVED)
			err = put_policy(g, &target->now);
	}
	if (err == STS_OK)
		err = sts_outdir_commit(g->dir);
	sts_progress_clear(&progress);
	return err;
}

/* Where the certificates are, as the file that is there says; "" where it does
 * not. */
static enum sts_err
read_certs(struct sts_generate *g, const char *file, char dst[PATH_MAX])
{
	const struct sts_slice mark = STS_LIT("# mta-sts certs=");
	struct sts_slice rest, line;
	struct sts_buf head;
	enum sts_err err;

	sts_buf_init(&head, OUTPUT_MAX);
	err = sts_outdir_read(g->dir, file, &head);
	dst[0] = '\0';
	rest = sts_buf_view(&head);
	if (rest.n > SERVER_FILE_HEAD)
		rest.n = SERVER_FILE_HEAD;
	while (err == STS_OK && sts_slice_cut(&rest, '\n', &line))
		if (sts_slice_starts(line, mark) &&
		    sts_slice_copy(sts_slice(line.p + mark.n, line.n - mark.n),
			dst, PATH_MAX) == STS_OK)
			break;
	if (!sts_server_path_is_plain(dst))
		dst[0] = '\0';
	sts_buf_deinit(&head);
	return err;
}

static enum sts_err
put_server(
    struct sts_generate *g, enum sts_server server, const struct result *r)
{
	const char *file = sts_server_file(server), *certs = g->options.certs;
	char there[PATH_MAX];
	struct sts_buf text;
	enum sts_err err = read_certs(g, file, there);

	if (err != STS_OK && err != STS_E_NOTFOUND)
		return err;
	if (certs == NULL && there[0] != '\0')
		certs = there;
	sts_buf_init(&text, OUTPUT_MAX);
	sts_server_print(
	    server, sts_outdir_path(g->dir), certs, r->p, r->n, &text);
	err = sts_buf_err(&text);
	if (err == STS_OK)
		err = sts_outdir_put(g->dir, file, sts_buf_view(&text));
	sts_buf_deinit(&text);
	return err;
}

static bool
is_there(struct sts_generate *g, const char *file)
{
	struct sts_buf text;
	enum sts_err err;

	sts_buf_init(&text, OUTPUT_MAX);
	err = sts_outdir_read(g->dir, file, &text);
	sts_buf_deinit(&text);
	return err == STS_OK;
}

/* The server that was asked for, and those whose files are there; else the
 * first. */
static enum sts_err
put_servers(struct sts_generate *g, const struct result *r)
{
	enum sts_err err = STS_OK;
	bool any = false;

	for (size_t i = 0; err == STS_OK && i < STS_N_SERVERS; i++) {
		enum sts_server server = (enum sts_server)i;

		if ((g->options.has_server && g->options.server == server) ||
		    is_there(g, sts_server_file(server))) {
			err = put_server(g, server, r);
			any = true;
		}
	}
	if (err == STS_OK && !any)
		err = put_server(g, STS_SERVER_NGINX, r);
	return err;
}

static enum sts_err
put_zone(struct sts_generate *g, const struct result *r)
{
	struct sts_buf text;
	enum sts_err err;

	sts_buf_init(&text, OUTPUT_MAX);
	sts_buf_str(&text, "; Written by mta-sts generate, which reads it "
			   "again: keep other records in other files.\n");
	for (size_t i = 0; i < r->n; i++) {
		sts_buf_char(&text, '\n');
		sts_published_print(r->p[i], &text);
	}
	err = sts_buf_err(&text);
	if (err == STS_OK)
		err = sts_outdir_put(g->dir, zone_name, sts_buf_view(&text));
	sts_buf_deinit(&text);
	return err == STS_OK ? sts_outdir_commit(g->dir) : err;
}

static enum sts_err
remove_policies(struct sts_generate *g)
{
	enum sts_err err = STS_OK;
	char name[PATH_MAX];

	for (size_t i = 0; err == STS_OK && i < g->n; i++)
		if (g->targets[i].change == STS_CHANGE_REMOVED &&
		    !sts_target_is_refused(g, &g->targets[i]))
			err = sts_outdir_remove(
			    g->dir, sts_generate_policy_name(
					g->targets[i].now.domain, name));
	return err;
}

static bool
is_any_accepted(const struct sts_generate *g)
{
	for (size_t i = 0; i < g->n; i++)
		if (!sts_target_is_refused(g, &g->targets[i]))
			return true;
	return false;
}

enum sts_exit
sts_generate_write(struct sts_generate *g)
{
	struct result r = { .n = 0 };
	enum sts_err err;

	if (!is_any_accepted(g))
		return STS_EXIT_OK;
	err = gather(g, &r);

	if (err == STS_OK)
		err = put_policies(g);
	if (err == STS_OK)
		err = put_servers(g, &r);
	if (err == STS_OK)
		err = put_zone(g, &r);
	if (err == STS_OK)
		err = remove_policies(g);
	free(r.p);
	if (err == STS_E_IO)
		return sts_cli_fail(g->cli, STS_EXIT_IO, "folder", "%s: %s",
		    sts_outdir_culprit(g->dir), sts_outdir_why(errno));
	if (err != STS_OK)
		return sts_cli_fail(g->cli, STS_EXIT_SOFTWARE, "failed", "%s",
		    sts_err_text(err));
	return STS_EXIT_OK;
}
