#include "sts/engine/fetch.h"

#include "sts/core/policy.h"
#include "sts/engine/curlloop.h"
#include "sts/engine/fetchaddrs.h"
#include "sts/engine/fetchjudge.h"
#include "sts/engine/fetchopts.h"
#include "sts/engine/vetted.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

#define HOST_PREFIX "mta-sts."
#define URL_PATH "/.well-known/mta-sts.txt"

enum {
	HEAD_MAX = 32768, /* bytes of status lines, fields and trailers */
	URL_MAX = 512,
};

struct sts_fetcher {
	struct sts_loop *loop;
	struct sts_curlloop *curlloop;
	LIST_HEAD(fetch_list, sts_fetch) fetches;
};

struct sts_fetch {
	LIST_ENTRY(sts_fetch) link;
	struct sts_fetcher *fetcher;
	sts_fetch_done *done;
	void *cookie;
	const struct sts_conf *conf;
	const struct sts_tls *tls;
	char host[STS_DOMAIN_SIZE];
	unsigned port;

	CURL *easy;
	CURLSH *share; /* a DNS cache of its own */
	struct sts_fetchaddrs addrs; /* not yet tried */
	struct curl_slist *entry; /* those that are being tried */
	long left_ms; /* of the deadline, when the attempt began */
	struct sts_vetted vetted; /* what the resolver gave, once more */
	bool closed; /* by the peer, and TLS says so */
	bool head_ended;
	size_t head_n; /* bytes of the head that came */
	struct sts_buf body;
	struct sts_fetch_result result; /* a reason: a fault was found */
	char error[CURL_ERROR_SIZE]; /* libcurl's words */
};

static int
verify_chain(X509_STORE_CTX *chain, void *arg)
{
	struct sts_fetch *f = arg;
	int good = X509_verify_cert(chain);

	if (good <= 0)
		sts_fetchjudge_chain(chain, f->host, &f->result);
	return good;
}

/* Sees every TLS message: of interest is the peer's close_notify. */
static void
note_close(int sent, int version, int type, const void *message, size_t n,
    SSL *ssl, void *arg)
{
	const unsigned char *alert = message;
	struct sts_fetch *f = arg;

	(void)version;
	(void)ssl;
	if (!sent && type == SSL3_RT_ALERT && n == 2 &&
	    alert[1] == SSL_AD_CLOSE_NOTIFY)
		f->closed = true;
}

static CURLcode
set_up_tls(CURL *easy, void *context, void *arg)
{
	struct sts_fetch *f = arg;
	SSL_CTX *ctx = context;

	(void)easy;
	if (sts_tls_apply(f->tls, f->host, ctx) != STS_OK)
		return CURLE_OUT_OF_MEMORY;
	SSL_CTX_set_cert_verify_callback(ctx, verify_chain, f);
	SSL_CTX_set_msg_callback(ctx, note_close);
	SSL_CTX_set_msg_callback_arg(ctx, f);
	return CURLE_OK;
}

static bool
is_end_of_head(const char *line, size_t n)
{
	return n > 0 && (line[0] == '\r' || line[0] == '\n');
}

/* One line of the head, or a trailer. */
static size_t
on_head(char *line, size_t size, size_t n, void *arg)
{
	struct sts_fetch *f = arg;
	long status = 0;

	n *= size;
	f->head_n += n;
	if (f->head_n > HEAD_MAX)
		sts_fetchjudge_fault(&f->result,
		    STS_REASON_STS_POLICY_FETCH_ERROR,
		    "HTTP head over %d bytes", HEAD_MAX);
	(void)curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
	/* A 1xx is not the answer yet. */
	if (is_end_of_head(line, n) && status / 100 != 1) {
		f->head_ended = true;
		sts_fetchjudge_head(f->easy, &f->result);
	}
	return f->result.reason == STS_REASON_NONE ? n : CURL_WRITEFUNC_ERROR;
}

static size_t
on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct sts_fetch *f = arg;

	n *= size;
	sts_buf_add(&f->body, bytes, n);
	if (sts_buf_err(&f->body) == STS_E_LIMIT)
		sts_fetchjudge_too_long(&f->result);
	return sts_buf_err(&f->body) == STS_OK ? n : CURL_WRITEFUNC_ERROR;
}

static bool
set_callbacks(struct sts_fetch *f)
{
	CURL *easy = f->easy;
	int bad = 0;

	bad |= (int)curl_easy_setopt(easy, CURLOPT_PRIVATE, f);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, f->error);
	bad |= (int)sts_vetted_set(easy, &f->vetted);
	bad |=
	    (int)curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, set_up_tls);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, f);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_HEADERDATA, f);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_WRITEDATA, f);
	return bad == CURLE_OK;
}

static bool
set_target(struct sts_fetch *f)
{
	char url[URL_MAX];

	(void)snprintf(
	    url, sizeof(url), "https://%s:%u" URL_PATH, f->host, f->port);
	/* libcurl takes addresses from its DNS cache, where those that it was
	 * given stay for ever, and one cache serves all of a multi handle.  So
	 * each fetch shares one with nobody else. */
	f->share = curl_share_init();
	return f->share != NULL &&
	       curl_share_setopt(f->share, CURLSHOPT_SHARE,
		   CURL_LOCK_DATA_DNS) == CURLSHE_OK &&
	       curl_easy_setopt(f->easy, CURLOPT_SHARE, f->share) == CURLE_OK &&
	       curl_easy_setopt(f->easy, CURLOPT_URL, url) == CURLE_OK;
}

/* Connects to the next addresses; where more are left, they are left half of
 * the time. */
static enum sts_err
attempt(struct sts_fetch *f)
{
	struct curl_slist *entry =
	    sts_fetchaddrs_next(&f->addrs, f->host, f->port);
	long connect_ms = f->addrs.n > 0 ? f->left_ms / 2 + 1 : f->left_ms;
	int bad = 0;

	if (entry == NULL)
		return STS_E_NOMEM;
	bad |= (int)curl_easy_setopt(f->easy, CURLOPT_RESOLVE, entry);
	curl_slist_free_all(f->entry);
	f->entry = entry;
	bad |= (int)curl_easy_setopt(f->easy, CURLOPT_TIMEOUT_MS, f->left_ms);
	bad |= (int)curl_easy_setopt(
	    f->easy, CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
	if (bad != CURLE_OK)
		return STS_E_NOMEM;
	return sts_curlloop_add(f->fetcher->curlloop, f->easy);
}

static void
free_fetch(struct sts_fetch *f)
{
	curl_easy_cleanup(f->easy);
	(void)curl_share_cleanup(f->share); /* after its user */
	curl_slist_free_all(f->entry);
	sts_buf_deinit(&f->body);
	sts_conf_put(f->conf);
	sts_tls_put(f->tls);
	free(f);
}

static enum sts_err
new_fetch(const struct sts_fetch_request *request, struct sts_fetch **out)
{
	struct sts_fetch *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return STS_E_NOMEM;
	(void)snprintf(
	    f->host, sizeof(f->host), HOST_PREFIX "%s", request->policy_domain);
	f->left_ms = request->timeout_ms < STS_FETCH_TIMEOUT_MAX_MS
			 ? (long)request->timeout_ms
			 : STS_FETCH_TIMEOUT_MAX_MS;
	sts_fetchaddrs_init(&f->addrs, request->addrs, request->n_addrs);
	f->port = request->port == 0 ? STS_HTTPS_PORT : request->port;
	f->conf = sts_conf_get(request->conf);
	f->vetted.conf = f->conf;
	f->tls = sts_tls_get(request->tls);
	sts_buf_init(&f->body, STS_POLICY_TEXT_MAX);
	f->easy = curl_easy_init();
	if (f->easy == NULL || sts_fetchopts_set(f->easy) != CURLE_OK ||
	    !set_callbacks(f) || !set_target(f)) {
		free_fetch(f);
		return STS_E_NOMEM;
	}
	*out = f;
	return STS_OK;
}

/* A name that came this far is canonical; it goes into a URL, though, so what
 * has a meaning there is looked for once more. */
static enum sts_err
check(const struct sts_fetch_request *request)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
	size_t n = strlen(request->policy_domain);

	if (n == 0 || strspn(request->policy_domain, letters) != n)
		return STS_E_SYNTAX;
	if (n + sizeof(HOST_PREFIX) > STS_DOMAIN_SIZE)
		return STS_E_LIMIT;
	if (request->n_addrs == 0 || request->timeout_ms < 1)
		return STS_E_RANGE;
	return STS_OK;
}

enum sts_err
sts_fetch_start(struct sts_fetcher *fetcher,
    const struct sts_fetch_request *request, sts_fetch_done *done, void *cookie,
    struct sts_fetch **out)
{
	struct sts_fetch *f = NULL;
	enum sts_err err;

	sts_loop_assert(fetcher->loop);
	err = check(request);
	if (err == STS_OK)
		err = new_fetch(request, &f);
	if (err != STS_OK)
		return err;
	f->fetcher = fetcher;
	f->done = done;
	f->cookie = cookie;
	err = attempt(f);
	if (err != STS_OK) {
		free_fetch(f);
		return err;
	}
	LIST_INSERT_HEAD(&fetcher->fetches, f, link);
	*out = f;
	return STS_OK;
}

void
sts_fetch_cancel(struct sts_fetch *f)
{
	if (f == NULL)
		return;
	sts_loop_assert(f->fetcher->loop);
	LIST_REMOVE(f, link);
	sts_curlloop_remove(f->fetcher->curlloop, f->easy);
	free_fetch(f);
}

static void
judge(struct sts_fetch *f, CURLcode code)
{
	if (code == CURLE_OK)
		sts_fetchjudge_end(
		    f->easy, f->head_ended, f->closed, &f->result);
	else if (code == CURLE_COULDNT_CONNECT && !f->vetted.opened &&
		 f->vetted.refused[0] != '\0')
		sts_fetchjudge_fault(&f->result, STS_REASON_ADDRESS_REFUSED,
		    "address %s is not public, and allow_networks lacks it",
		    f->vetted.refused);
	else
		sts_fetchjudge_error(f->easy, code, f->error, &f->result);
}

/* Whether other addresses may do better: these could not be connected to, or
 * not in the time that they had. */
static bool
try_on(struct sts_fetch *f, CURLcode code)
{
	curl_off_t us = 0;

	(void)curl_easy_getinfo(f->easy, CURLINFO_TOTAL_TIME_T, &us);
	f->left_ms -= (long)(us / 1000);
	return (code == CURLE_COULDNT_CONNECT ||
		   code == CURLE_OPERATION_TIMEDOUT) &&
	       f->addrs.n > 0 && f->left_ms > 0 && attempt(f) == STS_OK;
}

static void
on_end(CURL *easy, CURLcode code)
{
	struct sts_fetch *f = NULL;
	const char *ip = NULL;
	char *private = NULL;

	(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
	f = (struct sts_fetch *)(void *)private;
	if (try_on(f, code))
		return;
	LIST_REMOVE(f, link);
	(void)curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &ip);
	(void)snprintf(f->result.address, sizeof(f->result.address), "%s",
	    ip == NULL ? "" : ip);
	judge(f, code);
	f->result.ok = f->result.reason == STS_REASON_NONE;
	if (f->result.ok)
		f->result.body = sts_buf_view(&f->body);
	f->done(f->cookie, &f->result);
	free_fetch(f);
}

enum sts_err
sts_fetcher_new(struct sts_loop *loop, struct sts_fetcher **out)
{
	struct sts_fetcher *fetcher = calloc(1, sizeof(*fetcher));
	enum sts_err err;

	if (fetcher == NULL)
		return STS_E_NOMEM;
	fetcher->loop = loop;
	LIST_INIT(&fetcher->fetches);
	err = sts_curlloop_new(loop, on_end, &fetcher->curlloop);
	if (err != STS_OK) {
		free(fetcher);
		return err;
	}
	*out = fetcher;
	return STS_OK;
}

void
sts_fetcher_free(struct sts_fetcher *fetcher)
{
	struct sts_fetch *f, *next;

	if (fetcher == NULL)
		return;
	for (f = LIST_FIRST(&fetcher->fetches); f != NULL; f = next) {
		next = LIST_NEXT(f, link);
		sts_fetch_cancel(f);
	}
	sts_curlloop_free(fetcher->curlloop);
	free(fetcher);
}
