#include "sts/engine/poster.h"

#include "sts/base/escape.h"
#include "sts/engine/addresses.h"
#include "sts/engine/batch.h"
#include "sts/engine/curlloop.h"
#include "sts/engine/env.h"
#include "sts/engine/fetchaddrs.h"
#include "sts/engine/fetchopts.h"
#include "sts/engine/vetted.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct run;

/* One post on its way. */
struct sending {
	struct run *run;
	struct sts_post *post;
	CURL *easy;
	CURLSH *share; /* a DNS cache of its own, see engine/fetch.c */
	struct curl_slist *header;
	struct sts_address_lookup *lookup;
	struct sts_fetchaddrs addrs; /* not yet tried */
	struct curl_slist *entry; /* those that are being tried */
	struct sts_vetted vetted;
	long left_ms;
	char error[CURL_ERROR_SIZE];
};

struct run {
	struct sts_batch *batch;
	struct sts_curlloop *curlloop; /* one for all; NULL: no memory */
	const struct sts_conf *conf; /* a reference */
	struct sts_resolver *resolver; /* a reference */
	struct sts_post *posts;
	struct sending *sendings;
};

static void STS_PRINTF(2, 3) tell(struct sending *r, const char *fmt, ...)
{
	char text[2 * STS_DETAIL_SIZE];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)sts_escape_to(
	    r->post->detail, sizeof(r->post->detail), sts_slice_str(text));
}

static void
end(struct sending *r)
{
	struct sts_batch *batch = r->run->batch;

	curl_easy_cleanup(r->easy);
	(void)curl_share_cleanup(r->share); /* after its user */
	curl_slist_free_all(r->header);
	curl_slist_free_all(r->entry);
	sts_batch_done(batch);
}

static void
fail(struct sending *r, const char *why)
{
	tell(r, "%s", why);
	end(r);
}

/* Nobody needs what a server says to a POST. */
static size_t
on_body(char *bytes, size_t size, size_t n, void *arg)
{
	(void)bytes;
	(void)arg;
	return size * n;
}

static enum sts_err
set_post(struct sending *r)
{
	const struct sts_post *p = r->post;
	char type[128];
	int bad = 0;

	(void)snprintf(type, sizeof(type), "Content-Type: %s", p->type);
	r->header = curl_slist_append(NULL, type);
	r->share = curl_share_init();
	if (r->header == NULL || r->share == NULL ||
	    curl_share_setopt(r->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS) !=
		CURLSHE_OK)
		return STS_E_NOMEM;
	bad |= (int)sts_fetchopts_set(r->easy);
	bad |= (int)sts_vetted_set(r->easy, &r->vetted);
	bad |= (int)curl_easy_setopt(r->easy, CURLOPT_SHARE, r->share);
	/* See engine/poster.h. */
	bad |= (int)curl_easy_setopt(r->easy, CURLOPT_SSL_VERIFYPEER, 0L);
	bad |= (int)curl_easy_setopt(r->easy, CURLOPT_SSL_VERIFYHOST, 0L);
	bad |= (int)curl_easy_setopt(r->easy, CURLOPT_URL, p->url);
	bad |= (int)curl_easy_setopt(r->easy, CURLOPT_HTTPHEADER, r->header);
	bad |= (int)curl_easy_setopt(r->easy, CURLOPT_POST, 1L);
	bad |= (int)curl_easy_setopt(
	    r->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)p->body.n);
	bad |= (int)curl_easy_setopt(r->easy, CURLOPT_POSTFIELDS, p->body.p);
	return bad == CURLE_OK ? STS_OK : STS_E_NOMEM;
}

/* To the next addresses. */
static enum sts_err
attempt(struct sending *r)
{
	struct curl_slist *entry =
	    sts_fetchaddrs_next(&r->addrs, r->post->host, r->post->port);
	int bad = 0;

	if (entry == NULL)
		return STS_E_NOMEM;
	bad |= (int)curl_easy_setopt(r->easy, CURLOPT_RESOLVE, entry);
	curl_slist_free_all(r->entry);
	r->entry = entry;
	bad |= (int)curl_easy_setopt(r->easy, CURLOPT_TIMEOUT_MS, r->left_ms);
	bad |= (int)curl_easy_setopt(r->easy, CURLOPT_CONNECTTIMEOUT_MS,
	    r->addrs.n > 0 ? r->left_ms / 2 + 1 : r->left_ms);
	if (bad != CURLE_OK)
		return STS_E_NOMEM;
	return sts_curlloop_add(r->run->curlloop, r->easy);
}

/* Nothing was said yet to the addresses that were tried. */
static bool
try_on(struct sending *r, CURLcode code)
{
	curl_off_t us = 0;

	(void)curl_easy_getinfo(r->easy, CURLINFO_TOTAL_TIME_T, &us);
	r->left_ms -= (long)(us / 1000);
	return code == CURLE_COULDNT_CONNECT && r->addrs.n > 0 &&
	       r->left_ms > 0 && attempt(r) == STS_OK;
}

/* The head of an answer says it all, however its body ends. */
static void
judge(struct sending *r, CURLcode code)
{
	long status = 0;

	(void)curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
	r->post->delivered = status / 100 == 2;
	if (code == CURLE_OK || r->post->delivered)
		tell(r, "HTTP status %ld", status);
	else if (r->vetted.refused[0] != '\0' && !r->vetted.opened)
		tell(r, "address %s is not public, and allow_networks lacks it",
		    r->vetted.refused);
	else
		tell(r, "%s",
		    r->error[0] != '\0' ? r->error : curl_easy_strerror(code));
}

static void
on_end(CURL *easy, CURLcode code)
{
	struct sending *r = NULL;
	char *private = NULL;

	(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
	r = (struct sending *)(void *)private;
	if (try_on(r, code))
		return;
	judge(r, code);
	end(r);
}

static void
on_addresses(void *cookie, const struct sts_addresses *found)
{
	struct sending *r = cookie;

	r->lookup = NULL;
	if (found->n == 0) {
		fail(r, found->detail);
		return;
	}
	sts_fetchaddrs_init(&r->addrs, found->addr, found->n);
	if (set_post(r) != STS_OK || attempt(r) != STS_OK)
		fail(r, sts_err_text(STS_E_NOMEM));
}

static enum sts_err
set_up(struct sending *r)
{
	int bad = 0;

	r->easy = curl_easy_init();
	if (r->easy == NULL || r->run->curlloop == NULL)
		return STS_E_NOMEM;
	bad |= (int)curl_easy_setopt(r->easy, CURLOPT_PRIVATE, r);
	bad |= (int)curl_easy_setopt(r->easy, CURLOPT_ERRORBUFFER, r->error);
	bad |= (int)curl_easy_setopt(r->easy, CURLOPT_WRITEFUNCTION, on_body);
	return bad == CURLE_OK ? STS_OK : STS_E_NOMEM;
}

static void
start(void *cookie, struct sts_batch *batch, size_t i)
{
	struct run *run = cookie;
	struct sending *r = &run->sendings[i];
	const struct sts_env *env = sts_engine_env(batch->engine);
	enum sts_err err;

	if (i == 0) {
		run->batch = batch;
		run->conf = sts_conf_get(env->conf);
		run->resolver = sts_resolver_get(env->resolver);
		if (sts_curlloop_new(env->loop, on_end, &run->curlloop) !=
		    STS_OK)
			run->curlloop = NULL;
	}
	*r = (struct sending){ .run = run,
		.post = &run->posts[i],
		.left_ms = STS_POSTER_TIMEOUT_MS,
		.vetted.conf = run->conf };
	r->post->delivered = false;
	err = set_up(r);
	if (err == STS_OK)
		err = sts_address_lookup_start(run->resolver, run->conf,
		    r->post->host, on_addresses, r, &r->lookup);
	if (err != STS_OK)
		fail(r, sts_err_text(err));
}

static void
finish(void *cookie)
{
	struct run *run = cookie;

	sts_curlloop_free(run->curlloop);
	sts_resolver_put(run->resolver);
	sts_conf_put(run->conf);
}

enum sts_err
sts_poster_send(struct sts_engine *engine, struct sts_post *posts, size_t n)
{
	struct run run = { .posts = posts };
	enum sts_err err;

	if (n == 0)
		return STS_OK;
	run.sendings = calloc(n, sizeof(*run.sendings));
	if (run.sendings == NULL)
		return STS_E_NOMEM;
	err = sts_batch_run(engine, n, start, &run);
	if (err == STS_OK && sts_engine_run(engine, finish, &run) != STS_OK)
		err = STS_E_CLOSED; /* its parts go with the process */
	free(run.sendings);
	return err;
}
