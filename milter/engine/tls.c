#include "sts/engine/tls.h"

#include "sts/base/escape.h"
#include "sts/base/ref.h"
#include "sts/engine/anchors.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

struct sts_tls {
	struct sts_ref ref;
	X509_STORE *anchors; /* shared by all contexts */
	SSL_CTX *client;
};

char *
sts_tls_error_text(char *dst, size_t size)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	if (text == NULL)
		text = "unknown TLS error";
	ERR_clear_error();
	return sts_escape_to(dst, size, sts_slice_str(text));
}

/* RFC 8461 section 4.1 and rules.md row 56: a SAN DNS-ID, never a CN; a
 * wildcard is a whole left-most label. */
static bool
expect_host(X509_VERIFY_PARAM *param, const char *host)
{
	X509_VERIFY_PARAM_set_hostflags(
	    param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
		       X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return X509_VERIFY_PARAM_set1_host(param, host, 0) == 1;
}

static bool
harden(SSL_CTX *ctx, X509_STORE *anchors)
{
	/* RFC 8461 leaves the version open; below 1.2 is RFC 8996's "must
	 * not".  A client context asks for the purpose sslserver already. */
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1)
		return false;
	SSL_CTX_set1_cert_store(ctx, anchors);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	/* 34 KB for each peer that says nothing are better kept. */
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	(void)SSL_CTX_set_options(
	    ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
	return true;
}

static void
free_tls(struct sts_tls *tls)
{
	SSL_CTX_free(tls->client);
	X509_STORE_free(tls->anchors);
	free(tls);
}

/* Not X509_STORE_set_default_paths, which lets the environment of whoever
 * starts the daemon say whom it trusts. */
static enum sts_err
load_anchors(X509_STORE *store, const char *ca_file, char *why, size_t size)
{
	if (*ca_file != '\0')
		return sts_anchors_load_bundle(store, ca_file, why, size);
	return sts_anchors_load_system(store, X509_get_default_cert_file(),
	    X509_get_default_cert_dir(), why, size);
}

enum sts_err
sts_tls_new(
    const char *ca_file, char *why, size_t size, const struct sts_tls **out)
{
	struct sts_tls *tls = calloc(1, sizeof(*tls));
	enum sts_err err = STS_E_NOMEM;

	(void)snprintf(why, size, "out of memory");
	if (tls == NULL)
		return err;
	sts_ref_init(&tls->ref);
	tls->anchors = X509_STORE_new();
	tls->client = SSL_CTX_new(TLS_client_method());
	if (tls->anchors == NULL || tls->client == NULL ||
	    !harden(tls->client, tls->anchors))
		goto fail;
	SSL_CTX_set_verify(tls->client, SSL_VERIFY_NONE, NULL);
	/* It takes effect where engine/dane has records for a connection. */
	if (SSL_CTX_dane_enable(tls->client) <= 0)
		goto fail;
	err = load_anchors(tls->anchors, ca_file, why, size);
	if (err != STS_OK)
		goto fail;
	*why = '\0';
	*out = tls;
	return STS_OK;
fail:
	ERR_clear_error();
	free_tls(tls);
	return err;
}

/* The reference count is the one thing that changes in what is shared. */
static struct sts_tls *
counted(const struct sts_tls *tls)
{
	return (struct sts_tls *)(uintptr_t)tls;
}

const struct sts_tls *
sts_tls_get(const struct sts_tls *tls)
{
	sts_ref_get(&counted(tls)->ref);
	return tls;
}

void
sts_tls_put(const struct sts_tls *tls)
{
	if (tls != NULL && sts_ref_put(&counted(tls)->ref))
		free_tls(counted(tls));
}

/* To OpenSSL no name means any name, and a dot in front any name below. */
static bool
is_host(const char *host)
{
	return *host != '\0' && *host != '.';
}

/* OpenSSL copies the name, though its macro takes no const. */
static bool
set_sni(SSL *ssl, const char *host)
{
	return SSL_set_tlsext_host_name(ssl, (char *)(uintptr_t)host) == 1;
}

enum sts_err
sts_tls_client(const struct sts_tls *tls, const char *host, SSL **out)
{
	SSL *ssl;

	if (!is_host(host))
		return STS_E_RANGE;
	ssl = SSL_new(tls->client);
	if (ssl == NULL || !set_sni(ssl, host) ||
	    !expect_host(SSL_get0_param(ssl), host)) {
		SSL_free(ssl);
		ERR_clear_error();
		return STS_E_NOMEM;
	}
	SSL_set_connect_state(ssl);
	*out = ssl;
	return STS_OK;
}

enum sts_err
sts_tls_apply(const struct sts_tls *tls, const char *host, SSL_CTX *ctx)
{
	if (!is_host(host))
		return STS_E_RANGE;
	if (!harden(ctx, tls->anchors) ||
	    !expect_host(SSL_CTX_get0_param(ctx), host)) {
		ERR_clear_error();
		return STS_E_NOMEM;
	}
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	return STS_OK;
}
