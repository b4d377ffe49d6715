/*
 * The answers in memory: what was found out and is fresh, by domain.  Of at
 * most STS_ANSWERS_MAX, those that were put first go first.  The owner's lock
 * guards it: it has none of its own.
 */
#ifndef STS_ENGINE_ANSWERS_H
#define STS_ENGINE_ANSWERS_H

#include "sts/engine/answer.h"

enum { STS_ANSWERS_MAX = 65536 };

struct sts_answers;

STS_MUST_USE enum sts_err sts_answers_new(struct sts_answers **out);
void sts_answers_free(struct sts_answers *answers);
size_t sts_answers_count(const struct sts_answers *answers);

/* A reference, or NULL where none is known and fresh at `mono_ms`. */
const struct sts_answer *sts_answers_find(
    const struct sts_answers *answers, const char *domain, int64_t mono_ms);

/* The same, fresh or not. */
const struct sts_answer *sts_answers_last(
    const struct sts_answers *answers, const char *domain);

/* Takes a reference; out of memory the answer is just not kept. */
void sts_answers_put(
    struct sts_answers *answers, const struct sts_answer *answer);

/* Of one domain, or of all (NULL). */
void sts_answers_forget(struct sts_answers *answers, const char *domain);

#endif
