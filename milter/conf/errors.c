#include "sts/conf/errors.h"

#include <stdlib.h>

enum { MAX_TEXT = 1024 };

void
sts_conf_errors_init(struct sts_conf_errors *errors, const char *path)
{
	*errors = (struct sts_conf_errors){ .path = path };
}

/* Makes room for one more and hands it out; NULL without memory. */
static struct sts_conf_error *
grow(struct sts_conf_errors *errors)
{
	struct sts_conf_error *list;

	list = realloc(errors->list, (errors->n + 1) * sizeof(*list));
	if (list == NULL)
		return NULL;
	errors->list = list;
	return &list[errors->n];
}

void
sts_conf_errors_add(struct sts_conf_errors *errors, enum sts_err err,
    unsigned line, const char *fmt, ...)
{
	struct sts_conf_error *new;
	struct sts_buf text;
	va_list ap;

	if (errors->err == STS_OK || err == STS_E_NOMEM)
		errors->err = err;
	if (errors->n == STS_CONF_ERRORS_MAX)
		return;
	sts_buf_init(&text, MAX_TEXT);
	va_start(ap, fmt);
	sts_buf_vprintf(&text, fmt, ap);
	va_end(ap);
	new = grow(errors);
	if (new != NULL) {
		new->line = line;
		new->text = sts_buf_take(&text);
		if (new->text != NULL)
			errors->n++;
		else
			new = NULL;
	}
	if (new == NULL)
		errors->err = STS_E_NOMEM;
	sts_buf_deinit(&text);
}

/* Errors of one line stay in the order in which they were found. */
static void
sort(struct sts_conf_errors *errors)
{
	struct sts_conf_error moving;
	size_t j;

	for (size_t i = 1; i < errors->n; i++) {
		moving = errors->list[i];
		for (j = i; j > 0 && errors->list[j - 1].line > moving.line;
		     j--)
			errors->list[j] = errors->list[j - 1];
		errors->list[j] = moving;
	}
}

void
sts_conf_errors_flush(struct sts_conf_errors *errors, struct sts_buf *out)
{
	sort(errors);
	for (size_t i = 0; i < errors->n; i++) {
		sts_buf_str(out, errors->path);
		if (errors->list[i].line > 0)
			sts_buf_printf(out, ":%u", errors->list[i].line);
		sts_buf_printf(out, ": %s\n", errors->list[i].text);
		free(errors->list[i].text);
	}
	free(errors->list);
	errors->list = NULL;
	errors->n = 0;
}
