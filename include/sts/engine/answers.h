/*
 * The answers in memory: what was found out and is fresh, by domain.  They take
 * STS_ANSWERS_BYTES at most; those go first that were not asked for since they
 * were last looked at (a clock).  The owner's lock guards it: it has none of
 * its own.
 */
#ifndef STS_ENGINE_ANSWERS_H
#define STS_ENGINE_ANSWERS_H

#include "sts/engine/answer.h"

enum {
	STS_ANSWERS_BYTES = 32 << 20, /* over a hundred thousand domains */
	/* Of an answer's life: in its last quarter it may be renewed. */
	STS_ANSWERS_RENEW = 4,
};

struct sts_answers;

/* `max` in bytes. */
STS_MUST_USE enum sts_err sts_answers_new(size_t max, struct sts_answers **out);
void sts_answers_free(struct sts_answers *answers);
size_t sts_answers_count(const struct sts_answers *answers);

/* A reference, or NULL where none is known and fresh at `mono_ms`.  The answer
 * counts as used. */
const struct sts_answer *sts_answers_find(
    struct sts_answers *answers, const char *domain, int64_t mono_ms);

/* The same, fresh or not, used or not. */
const struct sts_answer *sts_answers_last(
    const struct sts_answers *answers, const char *domain);

/* Takes a reference; out of memory the answer is just not kept. */
void sts_answers_put(
    struct sts_answers *answers, const struct sts_answer *answer);

/* Of one domain, or of all (NULL). */
void sts_answers_forget(struct sts_answers *answers, const char *domain);

/*
 * Looks at the next `steps` answers, going on from there the next time: gives
 * domains whose answer was used and ends soon, so that it may be renewed before
 * it is needed again.  At most `max`; returns how many.  Each answer is given
 * once.
 */
size_t sts_answers_ending(struct sts_answers *answers, int64_t mono_ms,
    size_t steps, char domains[][STS_DOMAIN_SIZE], size_t max);

#endif
