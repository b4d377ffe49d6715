#include "sts/engine/batch.h"

struct job {
	struct sts_batch batch;
	void (*start)(void *cookie, struct sts_batch *batch, size_t i);
	void *cookie;
	size_t n;
};

static void
start_all(void *arg)
{
	struct job *job = arg;

	for (size_t i = 0; i < job->n; i++)
		job->start(job->cookie, &job->batch, i);
}

enum sts_err
sts_batch_run(struct sts_engine *engine, size_t n,
    void (*start)(void *cookie, struct sts_batch *batch, size_t i),
    void *cookie)
{
	struct job job = { { .engine = engine, .left = n }, start, cookie, n };
	enum sts_err err;

	pthread_mutex_init(&job.batch.lock, NULL);
	pthread_cond_init(&job.batch.news, NULL);
	err = sts_engine_run(engine, start_all, &job);
	pthread_mutex_lock(&job.batch.lock);
	while (err == STS_OK && job.batch.left > 0)
		pthread_cond_wait(&job.batch.news, &job.batch.lock);
	pthread_mutex_unlock(&job.batch.lock);
	pthread_cond_destroy(&job.batch.news);
	pthread_mutex_destroy(&job.batch.lock);
	return err;
}

/* The batch may be gone once the lock is free. */
void
sts_batch_done(struct sts_batch *batch)
{
	pthread_mutex_lock(&batch->lock);
	batch->left--;
	if (batch->left == 0)
		pthread_cond_signal(&batch->news);
	pthread_mutex_unlock(&batch->lock);
}
