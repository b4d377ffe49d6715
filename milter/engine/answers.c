#include "sts/engine/answers.h"

#include "sts/base/table.h"

#include <stdlib.h>

struct sts_answers {
	struct sts_table table; /* of struct sts_answer, a reference each */
	size_t bytes; /* of the answers */
	size_t max;
	size_t hand; /* of the clock */
	size_t looked; /* for what ends soon */
};

static const char *
domain_of(const void *item)
{
	return ((const struct sts_answer *)item)->domain;
}

enum sts_err
sts_answers_new(size_t max, struct sts_answers **out)
{
	struct sts_answers *answers = calloc(1, sizeof(*answers));

	if (answers == NULL)
		return STS_E_NOMEM;
	sts_table_init(&answers->table, domain_of);
	answers->max = max;
	*out = answers;
	return STS_OK;
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
	return answers->table.n;
}

static void
drop(struct sts_answers *answers, struct sts_slot *slot)
{
	const struct sts_answer *answer = slot->item;

	answers->bytes -= answer->size;
	sts_table_remove(&answers->table, slot);
	sts_answer_put(answer);
}

const struct sts_answer *
sts_answers_find(
    struct sts_answers *answers, const char *domain, int64_t mono_ms)
{
	struct sts_slot *slot = sts_table_find(&answers->table, domain);
	const struct sts_answer *answer = slot == NULL ? NULL : slot->item;

	if (answer == NULL || answer->fresh_until_ms <= mono_ms)
		return NULL;
	slot->used = true;
	return sts_answer_get(answer);
}

const struct sts_answer *
sts_answers_last(const struct sts_answers *answers, const char *domain)
{
	const struct sts_slot *slot = sts_table_find(&answers->table, domain);

	return slot == NULL ? NULL : sts_answer_get(slot->item);
}

/* The clock: whatever was used since it was last looked at stays. */
static void
make_room(struct sts_answers *answers, size_t bytes)
{
	struct sts_slot *slot;

	while (
	    answers->bytes + bytes + sts_table_size(&answers->table) >
		answers->max &&
	    (slot = sts_table_walk(&answers->table, &answers->hand)) != NULL) {
		if (slot->used)
			slot->used = false;
		else
			drop(answers, slot);
	}
}

void
sts_answers_put(struct sts_answers *answers, const struct sts_answer *answer)
{
	sts_answers_forget(answers, answer->domain);
	make_room(answers, answer->size);
	if (sts_table_add(&answers->table,
		(void *)(uintptr_t)sts_answer_get(answer)) == STS_OK)
		answers->bytes += answer->size;
	else
		sts_answer_put(answer);
}

void
sts_answers_forget(struct sts_answers *answers, const char *domain)
{
	struct sts_slot *slot;
	size_t at = 0;

	if (domain != NULL) {
		slot = sts_table_find(&answers->table, domain);
		if (slot != NULL)
			drop(answers, slot);
		return;
	}
	while ((slot = sts_table_walk(&answers->table, &at)) != NULL)
		drop(answers, slot);
	sts_table_deinit(&answers->table);
}

/* From when on it may be renewed, in ms: not all that came together at once. */
static int64_t
renew_at(const struct sts_slot *slot)
{
	const struct sts_answer *answer = slot->item;
	int64_t life = answer->fresh_until_ms - answer->made_ms;
	int64_t quarter = life / STS_ANSWERS_RENEW;

	return answer->fresh_until_ms - quarter -
	       quarter / 8 * (slot->hash % 4);
}

size_t
sts_answers_ending(struct sts_answers *answers, int64_t mono_ms, size_t steps,
    char domains[][STS_DOMAIN_SIZE], size_t max)
{
	size_t n = 0;

	if (steps > answers->table.n)
		steps = answers->table.n;
	for (; steps > 0 && n < max; steps--) {
		struct sts_slot *slot =
		    sts_table_walk(&answers->table, &answers->looked);
		const struct sts_answer *answer = slot->item;

		if (!slot->used || mono_ms < renew_at(slot) ||
		    answer->fresh_until_ms <= mono_ms)
			continue;
		slot->used = false;
		memcpy(
		    domains[n++], answer->domain, strlen(answer->domain) + 1);
	}
	return n;
}
