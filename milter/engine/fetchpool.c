#include "sts/engine/fetchpool.h"

#include "sts/base/ref.h"
#include "sts/core/policy.h"

#include <stdio.h>
#include <stdlib.h>

struct worker {
	struct sts_loop *loop;
	struct sts_fetcher *fetcher;
	size_t n_jobs; /* engine's thread */
};

struct sts_fetchpool {
	struct sts_loop *loop; /* the engine's */
	size_t n;
	struct worker workers[STS_FETCHPOOL_THREADS_MAX];
};

/* Held by two: whoever waits, and the worker until it has handed it over. */
struct sts_fetchjob {
	struct sts_ref ref;
	struct sts_fetchpool *pool;
	struct worker *worker;
	sts_fetch_done *done; /* NULL: cancelled; engine's thread */
	void *cookie;
	char domain[STS_DOMAIN_SIZE];
	struct sts_addr addrs[STS_FETCH_ADDRS_MAX];
	struct sts_fetch_request request; /* of the two above */
	struct sts_fetch *fetch; /* worker's thread, as all below until it has
				    been handed over */
	struct sts_fetch_result result;
	struct sts_buf body;
};

static void
job_put(struct sts_fetchjob *job)
{
	if (!sts_ref_put(&job->ref))
		return;
	sts_conf_put(job->request.conf);
	sts_tls_put(job->request.tls);
	sts_buf_deinit(&job->body);
	free(job);
}

/* On the engine's thread. */
static void
finish(void *cookie)
{
	struct sts_fetchjob *job = cookie;
	sts_fetch_done *done = job->done;

	job->done = NULL;
	if (done != NULL) {
		job->worker->n_jobs--;
		job->result.body = sts_buf_view(&job->body);
		done(job->cookie, &job->result);
		job_put(job); /* the waiter's */
	}
	job_put(job);
}

/* On the worker's thread.  It fails while closing only, when nobody waits any
 * more. */
static void
hand_over(struct sts_fetchjob *job)
{
	if (sts_loop_post(job->pool->loop, finish, job) != STS_OK)
		job_put(job);
}

static void
set_failure(struct sts_fetchjob *job, const char *why)
{
	job->result = (struct sts_fetch_result){
		.reason = STS_REASON_STS_POLICY_FETCH_ERROR,
	};
	(void)snprintf(
	    job->result.detail, sizeof(job->result.detail), "%s", why);
}

static void
on_fetched(void *cookie, const struct sts_fetch_result *result)
{
	struct sts_fetchjob *job = cookie;

	job->fetch = NULL;
	job->result = *result;
	sts_buf_slice(&job->body, result->body);
	if (sts_buf_err(&job->body) != STS_OK)
		set_failure(job, "out of memory");
	hand_over(job);
}

/* On the worker's thread. */
static void
begin(void *cookie)
{
	struct sts_fetchjob *job = cookie;

	if (sts_fetch_start(job->worker->fetcher, &job->request, on_fetched,
		job, &job->fetch) == STS_OK)
		return;
	set_failure(job, "the fetch could not be started");
	hand_over(job);
}

/* On the worker's thread, with the waiter's reference. */
static void
abandon(void *cookie)
{
	struct sts_fetchjob *job = cookie;

	if (job->fetch != NULL) {
		sts_fetch_cancel(job->fetch);
		job->fetch = NULL;
		job_put(job); /* the worker's: nothing is handed over */
	}
	job_put(job);
}

static enum sts_err
worker_start(struct worker *w, const struct sts_clock *clock)
{
	enum sts_err err = sts_loop_new(clock, &w->loop);

	if (err == STS_OK)
		err = sts_fetcher_new(w->loop, &w->fetcher);
	if (err == STS_OK) {
		sts_loop_name(w->loop, "fetch");
		err = sts_loop_start(w->loop);
	}
	return err;
}

static void
worker_stop(struct worker *w)
{
	if (w->loop != NULL)
		sts_loop_stop(w->loop);
	sts_fetcher_free(w->fetcher);
	sts_loop_free(w->loop);
}

enum sts_err
sts_fetchpool_new(
    struct sts_loop *loop, unsigned threads, struct sts_fetchpool **out)
{
	struct sts_fetchpool *pool = calloc(1, sizeof(*pool));
	enum sts_err err = STS_OK;

	if (pool == NULL)
		return STS_E_NOMEM;
	pool->loop = loop;
	if (threads > STS_FETCHPOOL_THREADS_MAX)
		threads = STS_FETCHPOOL_THREADS_MAX;
	while (pool->n < threads && err == STS_OK)
		err = worker_start(
		    &pool->workers[pool->n++], sts_loop_clock(loop));
	if (err != STS_OK)
		sts_fetchpool_free(pool);
	else
		*out = pool;
	return err;
}

void
sts_fetchpool_free(struct sts_fetchpool *pool)
{
	if (pool == NULL)
		return;
	for (size_t i = 0; i < pool->n; i++)
		worker_stop(&pool->workers[i]);
	free(pool);
}

static struct worker *
idlest(struct sts_fetchpool *pool)
{
	struct worker *best = &pool->workers[0];

	for (size_t i = 1; i < pool->n; i++)
		if (pool->workers[i].n_jobs < best->n_jobs)
			best = &pool->workers[i];
	return best;
}

static void
copy_request(struct sts_fetchjob *job, const struct sts_fetch_request *request)
{
	size_t n = request->n_addrs;

	if (n > STS_FETCH_ADDRS_MAX)
		n = STS_FETCH_ADDRS_MAX;
	(void)snprintf(
	    job->domain, sizeof(job->domain), "%s", request->policy_domain);
	memcpy(job->addrs, request->addrs, n * sizeof(job->addrs[0]));
	job->request = *request;
	job->request.policy_domain = job->domain;
	job->request.addrs = job->addrs;
	job->request.n_addrs = n;
	job->request.conf = sts_conf_get(request->conf);
	job->request.tls = sts_tls_get(request->tls);
}

enum sts_err
sts_fetchpool_start(struct sts_fetchpool *pool,
    const struct sts_fetch_request *request, sts_fetch_done *done, void *cookie,
    struct sts_fetchjob **out)
{
	struct sts_fetchjob *job = calloc(1, sizeof(*job));
	enum sts_err err;

	sts_loop_assert(pool->loop);
	if (job == NULL)
		return STS_E_NOMEM;
	sts_ref_init(&job->ref);
	job->pool = pool;
	job->worker = idlest(pool);
	job->done = done;
	job->cookie = cookie;
	sts_buf_init(&job->body, STS_POLICY_TEXT_MAX);
	copy_request(job, request);
	sts_ref_get(&job->ref); /* the worker's */
	err = sts_loop_post(job->worker->loop, begin, job);
	if (err != STS_OK) {
		job_put(job);
		job_put(job);
		return err;
	}
	job->worker->n_jobs++;
	*out = job;
	return STS_OK;
}

void
sts_fetchpool_cancel(struct sts_fetchjob *job)
{
	if (job == NULL)
		return;
	sts_loop_assert(job->pool->loop);
	job->done = NULL;
	job->worker->n_jobs--;
	/* Without memory for that, the fetch goes on to its end. */
	if (sts_loop_post(job->worker->loop, abandon, job) != STS_OK)
		job_put(job);
}
