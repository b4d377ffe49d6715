#include "sts/engine/storegate.h"

#include <pthread.h>
#include <stdlib.h>

struct sts_storegate {
	struct sts_loop *loop;
	struct sts_store *store;
	pthread_mutex_t lock; /* guards `out` */
	pthread_cond_t none_out;
	size_t out; /* gets that the store's thread may still touch */
};

/* Held by two: whoever waits, and the store's side until its job has run. */
struct sts_storeget {
	struct sts_ref ref;
	struct sts_storegate *gate;
	sts_storegate_done *done; /* NULL: cancelled; engine's thread */
	void *cookie;
	const struct sts_record *record; /* a reference */
};

enum sts_err
sts_storegate_new(
    struct sts_loop *loop, struct sts_store *store, struct sts_storegate **out)
{
	struct sts_storegate *gate = calloc(1, sizeof(*gate));

	if (gate == NULL)
		return STS_E_NOMEM;
	gate->loop = loop;
	gate->store = store;
	pthread_mutex_init(&gate->lock, NULL);
	pthread_cond_init(&gate->none_out, NULL);
	*out = gate;
	return STS_OK;
}

void
sts_storegate_free(struct sts_storegate *gate)
{
	if (gate == NULL)
		return;
	pthread_mutex_lock(&gate->lock);
	while (gate->out > 0)
		pthread_cond_wait(&gate->none_out, &gate->lock);
	pthread_mutex_unlock(&gate->lock);
	pthread_cond_destroy(&gate->none_out);
	pthread_mutex_destroy(&gate->lock);
	free(gate);
}

static void
get_put(struct sts_storeget *get)
{
	if (!sts_ref_put(&get->ref))
		return;
	sts_record_put(get->record);
	free(get);
}

static void
count(struct sts_storegate *gate, int change)
{
	pthread_mutex_lock(&gate->lock);
	gate->out += (size_t)change;
	if (gate->out == 0)
		pthread_cond_broadcast(&gate->none_out);
	pthread_mutex_unlock(&gate->lock);
}

static void
on_loop(void *cookie)
{
	struct sts_storeget *get = cookie;
	sts_storegate_done *done = get->done;

	if (done != NULL) {
		get->done = NULL;
		done(get->cookie, get->record);
		get_put(get); /* the waiter's */
	}
	get_put(get);
}

/* On the store's thread. */
static void
on_store(void *cookie, const struct sts_record *record)
{
	struct sts_storeget *get = cookie;
	struct sts_storegate *gate = get->gate;

	get->record = record;
	/* It fails while closing only, when nobody waits any more: what is left
	 * is the engine's reference, given back by its cancel. */
	if (sts_loop_post(gate->loop, on_loop, get) != STS_OK)
		get_put(get);
	count(gate, -1);
}

enum sts_err
sts_storegate_get(struct sts_storegate *gate, const char *domain,
    sts_storegate_done *done, void *cookie, const struct sts_record **known,
    struct sts_storeget **out)
{
	struct sts_storeget *get = calloc(1, sizeof(*get));
	enum sts_err err;

	if (get == NULL)
		return STS_E_NOMEM;
	sts_ref_init(&get->ref);
	sts_ref_get(&get->ref);
	get->gate = gate;
	get->done = done;
	get->cookie = cookie;
	count(gate, 1);
	err = sts_store_get(gate->store, domain, on_store, get, known);
	if (err == STS_E_AGAIN) {
		*out = get;
	} else {
		count(gate, -1);
		free(get);
	}
	return err;
}

void
sts_storegate_cancel(struct sts_storeget *get)
{
	if (get == NULL)
		return;
	get->done = NULL;
	get_put(get);
}
