/*
 * The store, asked from the engine's loop: an answer that the store gives on
 * its own thread is handed over to the loop's.  Engine's thread only, but for
 * sts_storegate_free.
 */
#ifndef STS_ENGINE_STOREGATE_H
#define STS_ENGINE_STOREGATE_H

#include "sts/engine/loop.h"
#include "sts/store/store.h"

struct sts_storegate;
struct sts_storeget;

STS_MUST_USE enum sts_err sts_storegate_new(
    struct sts_loop *loop, struct sts_store *store, struct sts_storegate **out);
/* After the loop was stopped and all gets were cancelled or answered; waits for
 * what the store's thread still holds of them. */
void sts_storegate_free(struct sts_storegate *gate);

/* `record` is borrowed, or NULL. */
typedef void sts_storegate_done(void *cookie, const struct sts_record *record);

/* STS_OK: *known is a reference or NULL, `done` is not called.  STS_E_AGAIN:
 * `done` will be, by the rules of sts_query_start.  Other errors: not asked. */
STS_MUST_USE enum sts_err sts_storegate_get(struct sts_storegate *gate,
    const char *domain, sts_storegate_done *done, void *cookie,
    const struct sts_record **known, struct sts_storeget **out);
/* `due` is borrowed. */
typedef void sts_storegate_found(void *cookie, const struct sts_due *due);

/* What is to be refreshed (sts_store_due).  STS_OK: `found` will be called, by
 * the same rules.  Other errors: not asked. */
STS_MUST_USE enum sts_err sts_storegate_due(struct sts_storegate *gate,
    sts_storegate_found *found, void *cookie, struct sts_storeget **out);
/* For both; NULL is legal. */
void sts_storegate_cancel(struct sts_storeget *get);

#endif
