#include "sts/front/waiters.h"

void
sts_waiters_init(struct sts_waiters *waiters, unsigned cap, struct sts_log *log)
{
	waiters->log = log;
	waiters->cap = cap;
	atomic_init(&waiters->n, 0);
	atomic_init(&waiters->told, false);
	waiters->begun = NULL;
	waiters->cookie = NULL;
}

void
sts_waiters_tell(
    struct sts_waiters *waiters, void (*begun)(void *cookie), void *cookie)
{
	waiters->begun = begun;
	waiters->cookie = cookie;
}

bool
sts_waiters_enter(struct sts_waiters *waiters)
{
	unsigned before = atomic_fetch_add(&waiters->n, 1);

	if (before == 0 && waiters->begun != NULL)
		waiters->begun(waiters->cookie);
	if (before < waiters->cap)
		return true;
	(void)atomic_fetch_sub(&waiters->n, 1);
	if (!atomic_exchange(&waiters->told, true))
		sts_log(waiters->log, STS_LOG_WARNING, "too-many-waiting",
		    STS_KV_INT("cap", waiters->cap));
	return false;
}

/* Half the cap, so that a load right at it is one line and not thousands. */
void
sts_waiters_leave(struct sts_waiters *waiters)
{
	if (atomic_fetch_sub(&waiters->n, 1) <= waiters->cap / 2)
		atomic_store(&waiters->told, false);
}

unsigned
sts_waiters_count(struct sts_waiters *waiters)
{
	return atomic_load(&waiters->n);
}
