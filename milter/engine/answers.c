#include "sts/engine/answers.h"

#include <stdlib.h>
#include <uthash.h>

struct entry {
	const struct sts_answer
	    *answer; /* a reference; its domain is the key */
	UT_hash_handle hh;
};

struct sts_answers {
	struct entry *table;
};

enum sts_err
sts_answers_new(struct sts_answers **out)
{
	struct sts_answers *answers = calloc(1, sizeof(*answers));

	if (answers == NULL)
		return STS_E_NOMEM;
	*out = answers;
	return STS_OK;
}

static void
entry_free(struct sts_answers *answers, struct entry *e)
{
	HASH_DEL(answers->table, e);
	sts_answer_put(e->answer);
	free(e);
}

void
sts_answers_free(struct sts_answers *answers)
{
	if (answers == NULL)
		return;
	sts_answers_forget(answers, NULL);
	free(answers);
}

size_t
sts_answers_count(const struct sts_answers *answers)
{
	return HASH_COUNT(answers->table);
}

static struct entry *
find(const struct sts_answers *answers, const char *domain)
{
	struct entry *e;

	HASH_FIND_STR(answers->table, domain, e);
	return e;
}

const struct sts_answer *
sts_answers_find(
    const struct sts_answers *answers, const char *domain, int64_t mono_ms)
{
	struct entry *e = find(answers, domain);

	if (e == NULL || e->answer->fresh_until_ms <= mono_ms)
		return NULL;
	return sts_answer_get(e->answer);
}

const struct sts_answer *
sts_answers_last(const struct sts_answers *answers, const char *domain)
{
	struct entry *e = find(answers, domain);

	return e == NULL ? NULL : sts_answer_get(e->answer);
}

void
sts_answers_put(struct sts_answers *answers, const struct sts_answer *answer)
{
	struct entry *e = find(answers, answer->domain);

	/* The key lies in the answer: a new one is a new entry. */
	if (e != NULL)
		entry_free(answers, e);
	else if (sts_answers_count(answers) >= STS_ANSWERS_MAX)
		entry_free(answers, answers->table);
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return;
	e->answer = sts_answer_get(answer);
	HASH_ADD_KEYPTR(
	    hh, answers->table, answer->domain, strlen(answer->domain), e);
	if (e->hh.tbl == NULL) { /* no memory for the table */
		sts_answer_put(answer);
		free(e);
	}
}

void
sts_answers_forget(struct sts_answers *answers, const char *domain)
{
	struct entry *e, *tmp;

	if (domain != NULL) {
		e = find(answers, domain);
		if (e != NULL)
			entry_free(answers, e);
		return;
	}
	HASH_ITER (hh, answers->table, e, tmp)
		entry_free(answers, e);
}
