#include "sts/conf/option.h"

#include <stdlib.h>

enum { MAX_DEFAULT = 128, MAX_DEFAULTS = 8 };

static void *
at(void *base, size_t offset)
{
	return (char *)base + offset;
}

/* A list's field is a pointer to its elements; its count stands elsewhere. */
static void
clear_list(const struct sts_option_type *type, char *list, size_t n)
{
	for (size_t i = 0; i < n && type->clear != NULL; i++)
		type->clear(list + i * type->element);
	free(list);
}

void
sts_option_clear(const struct sts_option *option, void *base)
{
	const struct sts_option_type *type = option->type;
	void *field = at(base, option->offset), *list;
	size_t n;

	if (type->element > 0) {
		memcpy(&list, field, sizeof(list));
		memcpy(&n, at(base, option->also), sizeof(n));
		clear_list(type, list, n);
		memset(field, 0, sizeof(list));
		memset(at(base, option->also), 0, sizeof(n));
	} else if (type->clear != NULL) {
		type->clear(field);
	}
}

static enum sts_err
set_list(const struct sts_option *option, const struct sts_texts *texts,
    void *base, size_t *bad)
{
	const struct sts_option_type *type = option->type;
	enum sts_err err;
	char *list = NULL;
	size_t i;

	*bad = texts->n;
	if (texts->n == 0 && !option->may_be_empty)
		return STS_E_RANGE;
	if (texts->n > 0) {
		list = calloc(texts->n, type->element);
		if (list == NULL)
			return STS_E_NOMEM;
	}
	for (i = 0; i < texts->n; i++) {
		err = type->parse(option, sts_slice_str(texts->p[i]),
		    list + i * type->element, NULL);
		if (err != STS_OK) {
			*bad = i;
			clear_list(type, list, i);
			return err;
		}
	}
	sts_option_clear(option, base);
	memcpy(at(base, option->offset), &list, sizeof(list));
	memcpy(at(base, option->also), &i, sizeof(i));
	return STS_OK;
}

enum sts_err
sts_option_set(const struct sts_option *option, const struct sts_texts *texts,
    void *base, size_t *bad)
{
	struct sts_slice text;

	if (option->type->element > 0)
		return set_list(option, texts, base, bad);
	*bad = 0;
	if (texts->n != 1)
		return STS_E_SYNTAX;
	text = sts_slice_str(texts->p[0]);
	if (text.n == 0 && !option->may_be_empty)
		return STS_E_SYNTAX;
	return option->type->parse(option, text, at(base, option->offset),
	    option->also == 0 ? NULL : at(base, option->also));
}

/* Cuts the default of a list, "{a,b}". */
static size_t
split(char *text, const char *parts[MAX_DEFAULTS])
{
	char *end = text + strcspn(text, "}");
	size_t n = 0;

	while (text < end && n < MAX_DEFAULTS) {
		parts[n++] = ++text;
		text += strcspn(text, ",}");
		*text = '\0';
	}
	return *parts[0] == '\0' ? 0 : n;
}

enum sts_err
sts_option_set_default(const struct sts_option *option, void *base)
{
	char copy[MAX_DEFAULT];
	const char *parts[MAX_DEFAULTS] = { copy };
	struct sts_texts texts = { parts, 1 };
	enum sts_err err;
	size_t bad;

	if (option->def == NULL)
		return STS_OK;
	err = sts_slice_copy(sts_slice_str(option->def), copy, sizeof(copy));
	if (err != STS_OK)
		return err;
	if (option->type->element > 0)
		texts.n = split(copy, parts);
	return sts_option_set(option, &texts, base, &bad);
}

static void
add_words(const struct sts_word *word, struct sts_buf *b)
{
	sts_buf_str(b, "one of ");
	for (; word->text != NULL; word++) {
		sts_buf_str(b, word->text);
		if (word[1].text != NULL)
			sts_buf_str(b, ", ");
	}
}

void
sts_option_accepted(const struct sts_option *option, struct sts_buf *b)
{
	if (option->words != NULL)
		add_words(option->words, b);
	else if (option->max > 0)
		sts_buf_printf(b, "whole seconds from %u to %u",
		    (unsigned)option->min, (unsigned)option->max);
	else
		sts_buf_str(b, option->type->accepted);
	if (option->type->element > 0 && !option->may_be_empty)
		sts_buf_str(b, ", at least one");
	if (option->type->element == 0 && option->may_be_empty)
		sts_buf_str(b, ", or \"\"");
}

const struct sts_option *
sts_option_find(const struct sts_option *table, struct sts_slice name)
{
	for (; table->name != NULL; table++)
		if (sts_slice_eq(sts_slice_str(table->name), name))
			return table;
	return NULL;
}
