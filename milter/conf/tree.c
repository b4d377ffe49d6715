#include "sts/conf/tree.h"

#include "sts/base/escape.h"

#include <confuse.h>
#include <stdint.h>
#include <stdlib.h>

/* An option that no file can name, and which leads libConfuse's error callback
 * to our errors: it has no cookie of its own. */
#define COOKIE "\001"
#define BLOCK "domain"

/* Of what libConfuse says, with the admin's text in it: read, and shown. */
enum { MESSAGE_MAX = 1 << 20, MESSAGE_TEXT = 200 };

struct sts_conf_tree {
	cfg_t *cfg;
	cfg_opt_t *root_options;
	cfg_opt_t *block_options;
	char **unknown; /* names of keys that no table has */
	size_t n_unknown;
	void *errors;
};

static void on_error(cfg_t *cfg, const char *fmt, va_list ap) STS_PRINTF(2, 0);

static void
on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	struct sts_conf_errors *errors = cfg_getptr(cfg, COOKIE);
	char shown[MESSAGE_TEXT];
	struct sts_buf text;

	sts_buf_init(&text, MESSAGE_MAX);
	sts_buf_vprintf(&text, fmt, ap);
	sts_conf_errors_add(errors, STS_E_SYNTAX, (unsigned)cfg->line, "%s",
	    sts_escape_to(shown, sizeof(shown), sts_buf_view(&text)));
	sts_buf_deinit(&text);
}

static bool
is_unknown(const struct sts_conf_mark *mark, bool in_block)
{
	const struct sts_option *table =
	    in_block ? sts_exception_options : sts_conf_options;

	return !mark->opens && (mark->block > 0) == in_block &&
	       sts_option_find(table, mark->name) == NULL &&
	       (in_block || !sts_slice_eq(mark->name, STS_LIT(BLOCK)));
}

/* libConfuse takes each name once. */
static bool
has_option(const cfg_opt_t *options, const cfg_opt_t *end, const char *name)
{
	for (; options < end; options++)
		if (strcmp(options->name, name) == 0)
			return true;
	return false;
}

/* Every value is taken as text: what it may be is for our own table to say.  A
 * list has its default, which `+=` adds to; libConfuse copies it. */
static cfg_opt_t
as_confuse(const struct sts_option *option)
{
	if (option->type->element > 0)
		return (cfg_opt_t)CFG_STR_LIST(
		    option->name, (char *)(uintptr_t)option->def, CFGF_NONE);
	return (cfg_opt_t)CFG_STR(option->name, NULL, CFGF_NODEFAULT);
}

/* A key that no table has may hold anything. */
static enum sts_err
add_options(struct sts_conf_tree *tree, const struct sts_conf_text *text,
    bool in_block, cfg_opt_t *begin)
{
	const struct sts_option *option =
	    in_block ? sts_exception_options : sts_conf_options;
	cfg_opt_t cookie = CFG_PTR_CB(COOKIE, NULL, CFGF_NODEFAULT, NULL, NULL);
	const struct sts_conf_mark *m;
	cfg_opt_t *at = begin;
	char *name;

	for (; option->name != NULL; option++)
		*at++ = as_confuse(option);
	for (size_t i = 0; i < text->n_marks; i++) {
		m = &text->marks[i];
		if (!is_unknown(m, in_block))
			continue;
		name = strndup(m->name.p, m->name.n);
		if (name == NULL)
			return STS_E_NOMEM;
		tree->unknown[tree->n_unknown++] = name;
		if (!has_option(begin, at, name))
			*at++ =
			    (cfg_opt_t)CFG_STR_LIST(name, NULL, CFGF_NODEFAULT);
	}
	if (!in_block)
		*at++ = (cfg_opt_t)CFG_SEC(BLOCK, tree->block_options,
		    CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES);
	cookie.simple_value.ptr = &tree->errors;
	*at++ = cookie;
	*at = (cfg_opt_t)CFG_END();
	return STS_OK;
}

static size_t
table_size(const struct sts_option *table)
{
	size_t n = 0;

	while (table[n].name != NULL)
		n++;
	return n;
}

static enum sts_err
make_options(struct sts_conf_tree *tree, const struct sts_conf_text *text)
{
	size_t more = text->n_marks + 3; /* the block, the cookie, the end */
	enum sts_err err;

	tree->unknown = calloc(text->n_marks + 1, sizeof(*tree->unknown));
	tree->block_options = calloc(table_size(sts_exception_options) + more,
	    sizeof(*tree->block_options));
	tree->root_options = calloc(
	    table_size(sts_conf_options) + more, sizeof(*tree->root_options));
	if (tree->unknown == NULL || tree->block_options == NULL ||
	    tree->root_options == NULL)
		return STS_E_NOMEM;
	err = add_options(tree, text, true, tree->block_options);
	if (err == STS_OK)
		err = add_options(tree, text, false, tree->root_options);
	return err;
}

/* Parses, and makes sure that libConfuse and we see the same blocks. */
static enum sts_err
parse(struct sts_conf_tree *tree, const struct sts_conf_text *text,
    struct sts_conf_errors *errors)
{
	size_t blocks = 0;

	if (cfg_parse_buf(tree->cfg, sts_buf_cstr(&text->buf)) != CFG_SUCCESS)
		return errors->err == STS_OK ? STS_E_INTERNAL : STS_E_SYNTAX;
	for (size_t i = 0; i < text->n_marks; i++)
		blocks += text->marks[i].opens;
	return cfg_size(tree->cfg, BLOCK) == blocks ? STS_OK : STS_E_INTERNAL;
}

enum sts_err
sts_conf_tree_new(const struct sts_conf_text *text,
    struct sts_conf_errors *errors, struct sts_conf_tree **out)
{
	struct sts_conf_tree *tree = calloc(1, sizeof(*tree));
	enum sts_err err = STS_E_NOMEM;

	if (tree == NULL)
		goto out;
	tree->errors = errors;
	err = make_options(tree, text);
	if (err != STS_OK)
		goto out;
	err = STS_E_NOMEM;
	tree->cfg = cfg_init(tree->root_options, CFGF_NONE);
	if (tree->cfg == NULL)
		goto out;
	(void)cfg_set_error_function(tree->cfg, on_error);
	err = parse(tree, text, errors);
out:
	if (err == STS_OK) {
		*out = tree;
		return STS_OK;
	}
	if (err != STS_E_SYNTAX) /* that one was told where it was found */
		sts_conf_errors_add(errors, err, 0, "%s", sts_err_text(err));
	sts_conf_tree_free(tree);
	return err;
}

void
sts_conf_tree_free(struct sts_conf_tree *tree)
{
	if (tree == NULL)
		return;
	if (tree->cfg != NULL)
		(void)cfg_free(tree->cfg);
	for (size_t i = 0; i < tree->n_unknown; i++)
		free(tree->unknown[i]);
	free(tree->unknown);
	free(tree->root_options);
	free(tree->block_options);
	free(tree);
}

static cfg_t *
section(const struct sts_conf_tree *tree, unsigned block)
{
	return block == 0 ? tree->cfg
			  : cfg_getnsec(tree->cfg, BLOCK, block - 1);
}

const char *
sts_conf_tree_title(const struct sts_conf_tree *tree, unsigned block)
{
	return cfg_title(section(tree, block));
}

enum sts_err
sts_conf_tree_texts(const struct sts_conf_tree *tree, unsigned block,
    const char *key, struct sts_texts *texts)
{
	cfg_t *sec = section(tree, block);
	unsigned n = cfg_size(sec, key);
	const char **p = calloc(n + 1U, sizeof(*p));

	if (p == NULL)
		return STS_E_NOMEM;
	for (unsigned i = 0; i < n; i++)
		p[i] = cfg_getnstr(sec, key, i);
	*texts = (struct sts_texts){ p, n };
	return STS_OK;
}
