/*
 * The reference count of an immutable, shared object.
 *
 * It starts at 1.  sts_ref_get takes one more; sts_ref_put gives one back and
 * says true to the caller who gave back the last, who then frees the object.
 * Any thread may call.
 */
#ifndef STS_BASE_REF_H
#define STS_BASE_REF_H

#include <stdatomic.h>
#include <stdbool.h>

struct sts_ref {
	atomic_uint n;
};

static inline void
sts_ref_init(struct sts_ref *ref)
{
	atomic_init(&ref->n, 1);
}

static inline void
sts_ref_get(struct sts_ref *ref)
{
	(void)atomic_fetch_add_explicit(&ref->n, 1, memory_order_relaxed);
}

static inline bool
sts_ref_put(struct sts_ref *ref)
{
	return atomic_fetch_sub_explicit(&ref->n, 1, memory_order_acq_rel) == 1;
}

#endif
