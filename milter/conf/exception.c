#include "sts/conf/exception.h"

#include "sts/base/escape.h"
#include "sts/conf/load.h"
#include "sts/core/domain.h"

#include <stdlib.h>

enum { VALUE_TEXT = 80, NAME_SIZE = 2 + STS_DOMAIN_SIZE };

static const struct sts_slice any_below = STS_LIT("*.");

/* The canonical form of a name that may begin with "*.". */
static enum sts_err
canonical(struct sts_slice name, char out[NAME_SIZE])
{
	struct sts_domain domain;
	size_t skip = sts_slice_starts(name, any_below) ? any_below.n : 0;
	enum sts_err err;

	name = sts_slice(name.p + skip, name.n - skip);
	err = sts_domain_from_name(name, &domain);
	if (err == STS_OK && domain.kind != STS_DOMAIN_NAME)
		err = STS_E_SYNTAX;
	if (err != STS_OK)
		return err;
	memcpy(out, any_below.p, skip);
	memcpy(out + skip, domain.name, strlen(domain.name) + 1);
	return STS_OK;
}

static const struct sts_exception *
find_same(const struct sts_conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->n_exceptions; i++)
		if (conf->exceptions[i].name != NULL &&
		    strcmp(conf->exceptions[i].name, name) == 0)
			return &conf->exceptions[i];
	return NULL;
}

static void
set_name(struct sts_conf *conf, struct sts_exception *exception,
    const char *written, const char *shown, struct sts_conf_errors *errors)
{
	char name[NAME_SIZE] = "";
	enum sts_err err = canonical(sts_slice_str(written), name);
	const struct sts_exception *same = find_same(conf, name);

	if (err != STS_OK)
		sts_conf_errors_add(errors, err, exception->line,
		    "domain: \"%s\" is not accepted; a domain name, or "
		    "\"*.example.com\" for all names below it",
		    shown);
	else if (same != NULL)
		sts_conf_errors_add(errors, STS_E_REFUSED, exception->line,
		    "domain \"%s\": there is a block for it in line %u already",
		    shown, same->line);
	exception->name = strdup(name);
	if (exception->name == NULL)
		sts_conf_errors_add(
		    errors, STS_E_NOMEM, 0, "%s", sts_err_text(STS_E_NOMEM));
}

static void
load_one(struct sts_conf *conf, unsigned block,
    const struct sts_conf_text *text, const struct sts_conf_tree *tree,
    struct sts_conf_errors *errors)
{
	struct sts_exception *e = &conf->exceptions[block - 1];
	const struct sts_option *option = sts_exception_options;
	const char *title = sts_conf_tree_title(tree, block);
	char shown[VALUE_TEXT];
	enum sts_err err = STS_OK;

	for (; option->name != NULL && err == STS_OK; option++)
		err = sts_option_set_default(option, e);
	if (err != STS_OK) {
		sts_conf_errors_add(errors, err, 0, "%s", sts_err_text(err));
		return;
	}
	(void)sts_escape_to(shown, sizeof(shown), sts_slice_str(title));
	set_name(conf, e, title, shown, errors);
	sts_conf_set_all(sts_exception_options, e, block, text, tree, errors);
	if (sts_conf_text_line(text, block, "on_fail") == 0 &&
	    sts_conf_text_line(text, block, "on_unreachable") == 0)
		sts_conf_errors_add(errors, STS_E_REFUSED, e->line,
		    "domain \"%s\": changes nothing; "
		    "it needs on_fail or on_unreachable",
		    shown);
}

void
sts_exceptions_load(struct sts_conf *conf, const struct sts_conf_text *text,
    const struct sts_conf_tree *tree, struct sts_conf_errors *errors)
{
	size_t n = 0;

	for (size_t i = 0; i < text->n_marks; i++)
		n += text->marks[i].opens;
	if (n == 0)
		return;
	conf->exceptions = calloc(n, sizeof(*conf->exceptions));
	if (conf->exceptions == NULL) {
		sts_conf_errors_add(
		    errors, STS_E_NOMEM, 0, "%s", sts_err_text(STS_E_NOMEM));
		return;
	}
	conf->n_exceptions = n;
	for (size_t i = 0; i < text->n_marks; i++) {
		const struct sts_conf_mark *m = &text->marks[i];

		if (!m->opens)
			continue;
		conf->exceptions[m->block - 1].line = m->line;
		load_one(conf, m->block, text, tree, errors);
	}
}

void
sts_exceptions_clear(struct sts_conf *conf)
{
	const struct sts_option *option;

	for (size_t i = 0; i < conf->n_exceptions; i++) {
		for (option = sts_exception_options; option->name != NULL;
		     option++)
			sts_option_clear(option, &conf->exceptions[i]);
		free(conf->exceptions[i].name);
	}
	free(conf->exceptions);
}

/* The name itself is more exact than any pattern, and of patterns the longer
 * one; names are unique, so there is never a tie. */
static bool
more_exact(const struct sts_exception *a, const struct sts_exception *b)
{
	bool a_below = sts_slice_starts(sts_slice_str(a->name), any_below);
	bool b_below = sts_slice_starts(sts_slice_str(b->name), any_below);

	if (a_below != b_below)
		return b_below;
	return strlen(a->name) > strlen(b->name);
}

struct sts_actions
sts_conf_actions_if(const struct sts_conf *conf,
    const struct sts_actions *general, struct sts_slice domain, int64_t now,
    const struct sts_exception **exception)
{
	struct sts_actions actions = *general;
	const struct sts_exception *best = NULL, *e;

	for (size_t i = 0; i < conf->n_exceptions; i++) {
		e = &conf->exceptions[i];
		if ((e->until == 0 || now < e->until) &&
		    sts_domain_matches(sts_slice_str(e->name), domain) &&
		    (best == NULL || more_exact(e, best)))
			best = e;
	}
	if (best != NULL && best->has_on_fail)
		actions.on_fail = best->on_fail;
	if (best != NULL && best->has_on_unreachable)
		actions.on_unreachable = best->on_unreachable;
	*exception = best;
	return actions;
}

struct sts_actions
sts_conf_actions(const struct sts_conf *conf, struct sts_slice domain,
    int64_t now, const struct sts_exception **exception)
{
	return sts_conf_actions_if(
	    conf, &conf->actions, domain, now, exception);
}
