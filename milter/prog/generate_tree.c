/* What a folder of `mta-sts generate` has: records.zone, read again. */
#include "sts/prog/generate.h"

#include <errno.h>
#include <stdlib.h>

enum { ZONE_MAX_BYTES = 256 << 20 };

static enum sts_err
take(void *cookie, struct sts_published *published)
{
	struct sts_tree *tree = cookie;

	if (tree->n == tree->room) {
		size_t room = tree->room == 0 ? 16 : tree->room * 2;
		struct sts_published *p = realloc(tree->p, room * sizeof(*p));

		if (p == NULL) {
			sts_published_deinit(published);
			return STS_E_NOMEM;
		}
		tree->p = p;
		tree->room = room;
	}
	tree->p[tree->n++] = *published;
	return STS_OK;
}

static int
by_domain(const void *a, const void *b)
{
	const struct sts_published *x = a, *y = b;

	return strcmp(x->domain, y->domain);
}

static const struct sts_published *
find(const struct sts_tree *tree, const char *domain)
{
	struct sts_published key = { .policy = NULL };

	if (tree->n == 0)
		return NULL;
	(void)snprintf(key.domain, sizeof(key.domain), "%s", domain);
	return bsearch(&key, tree->p, tree->n, sizeof(*tree->p), by_domain);
}

static enum sts_exit
parse(struct sts_generate *g, struct sts_slice text)
{
	const char *root = sts_outdir_path(g->dir), *why = "";
	struct sts_tree *tree = &g->tree;
	unsigned line = 0;
	enum sts_err err;

	err = sts_published_parse(text, take, tree, &line, &why);
	if (err == STS_E_SYNTAX)
		return sts_cli_fail(g->cli, STS_EXIT_NO, "folder",
		    "%s/records.zone:%u: the line %s", root, line, why);
	if (err != STS_OK)
		return sts_cli_fail(
		    g->cli, STS_EXIT_SOFTWARE, "failed", "out of memory");
	if (tree->n > 0)
		qsort(tree->p, tree->n, sizeof(*tree->p), by_domain);
	for (size_t i = 1; i < tree->n; i++)
		if (by_domain(&tree->p[i - 1], &tree->p[i]) == 0)
			return sts_cli_fail(g->cli, STS_EXIT_NO, "folder",
			    "%s/records.zone: %s is there twice", root,
			    tree->p[i].domain);
	return STS_EXIT_OK;
}

enum sts_exit
sts_generate_read_tree(struct sts_generate *g)
{
	enum sts_exit status = STS_EXIT_OK;
	struct sts_buf text;
	enum sts_err err;

	sts_buf_init(&text, ZONE_MAX_BYTES);
	err = sts_outdir_read(g->dir, "records.zone", &text);
	if (err == STS_OK)
		status = parse(g, sts_buf_view(&text));
	else if (err != STS_E_NOTFOUND)
		status = sts_cli_fail(g->cli, STS_EXIT_NOINPUT, "folder",
		    "%s/records.zone cannot be read: %s",
		    sts_outdir_path(g->dir),
		    err == STS_E_IO ? sts_outdir_why(errno)
				    : sts_err_text(err));
	sts_buf_deinit(&text);
	for (size_t i = 0; status == STS_EXIT_OK && i < g->n; i++)
		g->targets[i].old = find(&g->tree, g->targets[i].now.domain);
	return status;
}

void
sts_tree_deinit(struct sts_tree *tree)
{
	for (size_t i = 0; i < tree->n; i++)
		sts_published_deinit(&tree->p[i]);
	free(tree->p);
}
