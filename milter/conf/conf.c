#include "sts/conf/conf.h"

#include "sts/conf/exception.h"
#include "sts/conf/load.h"
#include "sts/conf/option.h"

#include <stdlib.h>

const struct sts_conf *
sts_conf_get(const struct sts_conf *conf)
{
	/* The count is the one thing in a snapshot that changes. */
	sts_ref_get((struct sts_ref *)(uintptr_t)&conf->ref);
	return conf;
}

void
sts_conf_put(const struct sts_conf *conf)
{
	struct sts_conf *last = (struct sts_conf *)(uintptr_t)conf;

	if (conf != NULL && sts_ref_put(&last->ref))
		sts_conf_free(last);
}

void
sts_conf_free(struct sts_conf *conf)
{
	const struct sts_option *option = sts_conf_options;

	if (conf == NULL)
		return;
	for (; option->name != NULL; option++)
		sts_option_clear(option, conf);
	sts_exceptions_clear(conf);
	free(conf->path);
	free(conf);
}

bool
sts_conf_is_outbound(const struct sts_conf *conf, struct sts_slice mailer)
{
	for (size_t i = 0; i < conf->n_mailers; i++)
		if (sts_slice_eq_nocase(
			sts_slice_str(conf->mailers[i]), mailer))
			return true;
	return false;
}

static const char *
text_of(const void *field)
{
	const char *text;

	memcpy(&text, field, sizeof(text));
	return text;
}

/* All options that a reload cannot change are texts, words or booleans. */
static bool
is_same(const struct sts_conf *a, const struct sts_conf *b,
    const struct sts_option *option)
{
	const void *in_a = (const char *)a + option->offset;
	const void *in_b = (const char *)b + option->offset;

	if (option->type == &sts_type_bool)
		return memcmp(in_a, in_b, sizeof(bool)) == 0;
	if (option->type == &sts_type_word)
		return memcmp(in_a, in_b, sizeof(option->words->value)) == 0;
	return strcmp(text_of(in_a), text_of(in_b)) == 0;
}

void
sts_conf_fixed_changes(const struct sts_conf *running,
    const struct sts_conf *loaded, struct sts_buf *b)
{
	const struct sts_option *option = sts_conf_options;
	const char *separator = "";

	for (; option->name != NULL; option++) {
		if (!option->fixed || is_same(running, loaded, option))
			continue;
		sts_buf_printf(b, "%s%s", separator, option->name);
		separator = ", ";
	}
}
