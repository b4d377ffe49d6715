/*
 * The questions under way and the answers in memory: what makes one lookup of
 * however many ask, and gives what is fresh without a thread hop.
 *
 * The functions that sts_engine_* has of the same name are described there; any
 * thread may call those.  One lock guards questions and answers: a known answer
 * costs one uncontended mutex and one hash.
 */
#ifndef STS_ENGINE_TASKS_H
#define STS_ENGINE_TASKS_H

#include "sts/engine/engine.h"
#include "sts/engine/env.h"
#include "sts/engine/outages.h"
#include "sts/engine/storegate.h"

enum { STS_TASKS_MAX = 4096 }; /* domains looked up at once */

struct sts_tasks;

/* Borrows all. */
STS_MUST_USE enum sts_err sts_tasks_new(const struct sts_env *env,
    struct sts_storegate *gate, struct sts_outages *outages,
    struct sts_tasks **out);
/* Takes nothing new; who waits gets STS_E_CLOSED. */
void sts_tasks_close(struct sts_tasks *tasks);
/* After the loop was stopped, and all tickets were freed. */
void sts_tasks_free(struct sts_tasks *tasks);

STS_MUST_USE enum sts_err sts_tasks_ask(struct sts_tasks *tasks,
    const char *domain, unsigned ask, struct sts_ticket **out);
STS_MUST_USE enum sts_err sts_tasks_try(struct sts_tasks *tasks,
    const char *domain, const struct sts_policy *supposed,
    struct sts_ticket **out);
STS_MUST_USE enum sts_err sts_tasks_tell(struct sts_tasks *tasks,
    const char *domain, unsigned ask, sts_engine_told *done, void *cookie,
    const struct sts_answer **known, struct sts_telling **telling);
const struct sts_answer *sts_tasks_known(
    struct sts_tasks *tasks, const char *domain);
/* The newest, however old; a reference, or NULL. */
const struct sts_answer *sts_tasks_last(
    struct sts_tasks *tasks, const char *domain);
void sts_tasks_forget(struct sts_tasks *tasks, const char *domain);
/* After a reload: all answers are forgotten, and what is under way, with the
 * old configuration, is for those who asked before. */
void sts_tasks_renew(struct sts_tasks *tasks);
/* As sts_answers_ending, of the answers to the question `ask` (0, or
 * STS_ASK_NO_PROBE). */
size_t sts_tasks_ending(struct sts_tasks *tasks, unsigned ask, size_t steps,
    char domains[][STS_DOMAIN_SIZE], size_t max);
/* Adds asked, known, running and answers. */
void sts_tasks_stats(struct sts_tasks *tasks, struct sts_engine_stats *out);

#endif
