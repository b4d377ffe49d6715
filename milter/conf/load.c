#include "sts/conf/load.h"

#include "sts/base/escape.h"
#include "sts/conf/exception.h"
#include "sts/conf/nearest.h"
#include "sts/conf/option.h"

#include <stdlib.h>

enum { VALUE_TEXT = 80 };

static void
offer_words(struct sts_nearest *nearest, const struct sts_word *word)
{
	for (; word != NULL && word->text != NULL; word++)
		sts_nearest_offer(nearest, word->text);
}

static void
offer_options(struct sts_nearest *nearest, const struct sts_option *option)
{
	for (; option->name != NULL; option++)
		sts_nearest_offer(nearest, option->name);
}

/* `on_fail: "deffer" is not accepted; one of tag, …; did you mean "defer"?` */
static void
tell_bad_value(const struct sts_option *option, const char *value,
    enum sts_err err, unsigned line, struct sts_conf_errors *errors)
{
	char shown[VALUE_TEXT];
	struct sts_nearest nearest;
	struct sts_buf text;

	sts_buf_init(&text, 1024);
	sts_buf_printf(&text, "%s: \"%s\" is not accepted; ", option->name,
	    sts_escape_to(shown, sizeof(shown), sts_slice_str(value)));
	sts_option_accepted(option, &text);
	sts_nearest_init(&nearest, sts_slice_str(value));
	offer_words(&nearest, option->words);
	if (nearest.best != NULL)
		sts_buf_printf(&text, "; did you mean \"%s\"?", nearest.best);
	sts_conf_errors_add(errors, err, line, "%s", sts_buf_cstr(&text));
	sts_buf_deinit(&text);
}

static void
set_one(const struct sts_option *option, void *base,
    const struct sts_texts *texts, unsigned line,
    struct sts_conf_errors *errors)
{
	size_t bad;
	enum sts_err err = sts_option_set(option, texts, base, &bad);

	if (err == STS_E_NOMEM)
		sts_conf_errors_add(errors, err, 0, "%s", sts_err_text(err));
	else if (err != STS_OK && bad < texts->n)
		tell_bad_value(option, texts->p[bad], err, line, errors);
	else if (err != STS_OK)
		sts_conf_errors_add(
		    errors, err, line, "%s: must not be empty", option->name);
}

void
sts_conf_set_all(const struct sts_option *table, void *base, unsigned block,
    const struct sts_conf_text *text, const struct sts_conf_tree *tree,
    struct sts_conf_errors *errors)
{
	struct sts_texts texts;
	unsigned line;

	for (; table->name != NULL; table++) {
		line = sts_conf_text_line(text, block, table->name);
		if (line == 0)
			continue;
		if (sts_conf_tree_texts(tree, block, table->name, &texts) !=
		    STS_OK) {
			sts_conf_errors_add(errors, STS_E_NOMEM, 0, "%s",
			    sts_err_text(STS_E_NOMEM));
			return;
		}
		set_one(table, base, &texts, line, errors);
		free(texts.p);
	}
}

/* What to say of a key that the table of its place does not have. */
static void
tell_unknown_key(
    const struct sts_conf_mark *mark, struct sts_conf_errors *errors)
{
	const struct sts_option *here =
	    mark->block > 0 ? sts_exception_options : sts_conf_options;
	const struct sts_option *there =
	    mark->block > 0 ? sts_conf_options : sts_exception_options;
	const char *hint = "see mta-sts-milter.conf(5) for the keys there are";
	char shown[VALUE_TEXT];
	struct sts_nearest nearest;
	struct sts_buf text;

	sts_buf_init(&text, 512);
	sts_nearest_init(&nearest, mark->name);
	offer_options(&nearest, here);
	if (sts_slice_eq(mark->name, STS_LIT("domain")))
		hint = "an exception is a block: domain \"NAME\" { ... }";
	if (sts_option_find(there, mark->name) != NULL)
		hint = mark->block > 0
			   ? "it stands outside of domain blocks; inside: "
			     "on_fail, on_unreachable, until, reason"
			   : "it stands inside a domain block";
	if (sts_option_find(there, mark->name) == NULL && nearest.best != NULL)
		sts_buf_printf(&text, "did you mean \"%s\"?", nearest.best);
	else
		sts_buf_str(&text, hint);
	sts_conf_errors_add(errors, STS_E_SYNTAX, mark->line,
	    "unknown key \"%s\"; %s",
	    sts_escape_to(shown, sizeof(shown), mark->name),
	    sts_buf_cstr(&text));
	sts_buf_deinit(&text);
}

/* Tells the keys and blocks that do not exist.  False: there is no use in
 * reading on, since the blocks are not what they seem or nothing is as it
 * should be. */
static bool
check_marks(const struct sts_conf_text *text, struct sts_conf_errors *errors)
{
	const struct sts_conf_mark *m;
	char shown[VALUE_TEXT];
	bool blocks_known = true;

	for (size_t i = 0; i < text->n_marks; i++) {
		m = &text->marks[i];
		if (m->opens && !sts_slice_eq(m->name, STS_LIT("domain"))) {
			blocks_known = false;
			sts_conf_errors_add(errors, STS_E_SYNTAX, m->line,
			    "unknown block \"%s\"; "
			    "the only one is domain \"NAME\" { ... }",
			    sts_escape_to(shown, sizeof(shown), m->name));
		} else if (!m->opens &&
			   sts_option_find(m->block > 0 ? sts_exception_options
							: sts_conf_options,
			       m->name) == NULL) {
			tell_unknown_key(m, errors);
		}
	}
	return blocks_known && errors->n < STS_CONF_ERRORS_MAX;
}

static enum sts_err
set_defaults(struct sts_conf *conf)
{
	const struct sts_option *option = sts_conf_options;
	enum sts_err err = STS_OK;

	for (; option->name != NULL && err == STS_OK; option++)
		err = sts_option_set_default(option, conf);
	return err;
}

static void
read_file(
    struct sts_conf *conf, const char *path, struct sts_conf_errors *errors)
{
	struct sts_conf_tree *tree = NULL;
	struct sts_conf_text text;

	sts_conf_text_init(&text);
	if (sts_conf_text_read(&text, path, errors) != STS_OK ||
	    sts_conf_text_clean(&text, errors) != STS_OK ||
	    !check_marks(&text, errors) ||
	    sts_conf_tree_new(&text, errors, &tree) != STS_OK)
		goto out;
	sts_conf_set_all(sts_conf_options, conf, 0, &text, tree, errors);
	sts_exceptions_load(conf, &text, tree, errors);
	sts_conf_check(conf, &text, errors);
out:
	sts_conf_tree_free(tree);
	sts_conf_text_deinit(&text);
}

enum sts_err
sts_conf_load(
    const char *path, struct sts_buf *errors, const struct sts_conf **out)
{
	struct sts_conf *conf = calloc(1, sizeof(*conf));
	struct sts_conf_errors found;

	sts_conf_errors_init(&found, path);
	if (conf == NULL)
		goto nomem;
	sts_ref_init(&conf->ref);
	conf->path = strdup(path);
	if (conf->path == NULL || set_defaults(conf) != STS_OK)
		goto nomem;
	if (path[0] != '\0')
		read_file(conf, path, &found);
	if (found.err == STS_OK && conf->hostname[0] == '\0') {
		free(conf->hostname);
		conf->hostname = sts_conf_machine_name();
		if (conf->hostname == NULL)
			goto nomem;
	}
	goto out;

nomem:
	sts_conf_errors_add(
	    &found, STS_E_NOMEM, 0, "%s", sts_err_text(STS_E_NOMEM));
out:
	sts_conf_errors_flush(&found, errors);
	if (found.err == STS_OK)
		*out = conf;
	else
		sts_conf_free(conf);
	return found.err;
}
