#include "sts/engine/addresses.h"

#include <stdio.h>
#include <stdlib.h>

enum { V6, V4, FAMILIES };

struct sts_address_lookup {
	const struct sts_conf *conf;
	sts_addresses_done *done;
	void *cookie;
	struct sts_query *query[FAMILIES];
	struct sts_dns_answer answer[FAMILIES];
	bool answered[FAMILIES];
	char host[STS_DOMAIN_SIZE];
};

static void
lookup_free(struct sts_address_lookup *l)
{
	for (int f = 0; f < FAMILIES; f++) {
		sts_query_cancel(l->query[f]);
		sts_dns_answer_deinit(&l->answer[f]);
	}
	sts_conf_put(l->conf);
	free(l);
}

static bool
allowed(const struct sts_conf *conf, const struct sts_addr *a)
{
	return sts_addr_allowed(
	    a, conf->allow_networks, conf->n_allow_networks);
}

/*
 * Keeps the addresses that may be used, in turn from both families, so that a
 * family that leads nowhere takes only every other try.  Returns one that was
 * refused, or NULL.
 */
static const struct sts_addr *
gather(const struct sts_address_lookup *l, struct sts_addresses *out)
{
	const struct sts_addr *refused = NULL;

	for (size_t i = 0; i < STS_ADDRESSES_MAX / FAMILIES; i++) {
		for (int f = 0; f < FAMILIES; f++) {
			const struct sts_dns_answer *answer = &l->answer[f];

			if (answer->status != STS_DNS_OK || i >= answer->n)
				continue;
			if (allowed(l->conf, &answer->addr[i]))
				out->addr[out->n++] = answer->addr[i];
			else
				refused = &answer->addr[i];
		}
	}
	return refused;
}

/* Why there is no address to use, from the two answers. */
static void
explain(const struct sts_address_lookup *l, const struct sts_addr *refused,
    struct sts_addresses *out)
{
	const struct sts_dns_answer *failed = NULL;
	char text[STS_ADDR_TEXT];

	for (int f = 0; f < FAMILIES; f++)
		if (l->answer[f].status == STS_DNS_FAILED)
			failed = &l->answer[f];
	if (refused != NULL) {
		out->status = STS_DNS_FAILED;
		out->reason = STS_REASON_ADDRESS_REFUSED;
		(void)snprintf(out->detail, sizeof(out->detail),
		    "%s is at %s, which is not a public address", l->host,
		    sts_addr_text(refused, text));
	} else if (failed != NULL) {
		out->status = STS_DNS_FAILED;
		out->reason = STS_REASON_DNS_FAILURE;
		(void)snprintf(out->detail, sizeof(out->detail),
		    "address lookup of %s: %s", l->host, failed->detail);
	} else {
		out->status = l->answer[V4].status;
		out->reason = STS_REASON_UNREACHABLE;
		(void)snprintf(out->detail, sizeof(out->detail),
		    "%s has no address record", l->host);
	}
}

/* A lookup that failed says nothing of the zone: whoever can make one of the
 * two fail must not turn DANE off by that. */
static bool
is_secure(const struct sts_address_lookup *l)
{
	bool secure = false;

	for (int f = 0; f < FAMILIES; f++) {
		if (l->answer[f].status == STS_DNS_FAILED)
			continue;
		if (!l->answer[f].secure)
			return false;
		secure = true;
	}
	return secure;
}

static void
finish(struct sts_address_lookup *l)
{
	struct sts_addresses out = { .status = STS_DNS_OK };
	const struct sts_addr *refused = gather(l, &out);

	out.secure = is_secure(l);
	if (out.n == 0)
		explain(l, refused, &out);
	l->done(l->cookie, &out);
	lookup_free(l);
}

static void
on_answer(struct sts_address_lookup *l, int f, struct sts_dns_answer *answer)
{
	l->query[f] = NULL;
	l->answer[f] = *answer;
	*answer = (struct sts_dns_answer){ 0 };
	l->answered[f] = true;
	if (l->answered[V6] && l->answered[V4])
		finish(l);
}

static void
on_v6(void *cookie, struct sts_dns_answer *answer)
{
	on_answer(cookie, V6, answer);
}

static void
on_v4(void *cookie, struct sts_dns_answer *answer)
{
	on_answer(cookie, V4, answer);
}

enum sts_err
sts_address_lookup_start(struct sts_resolver *resolver,
    const struct sts_conf *conf, const char *host, sts_addresses_done *done,
    void *cookie, struct sts_address_lookup **out)
{
	struct sts_address_lookup *l = calloc(1, sizeof(*l));
	enum sts_err err;

	if (l == NULL)
		return STS_E_NOMEM;
	l->conf = sts_conf_get(conf);
	l->done = done;
	l->cookie = cookie;
	(void)snprintf(l->host, sizeof(l->host), "%s", host);
	err = sts_query_start(
	    resolver, host, STS_DNS_AAAA, on_v6, l, &l->query[V6]);
	if (err == STS_OK)
		err = sts_query_start(
		    resolver, host, STS_DNS_A, on_v4, l, &l->query[V4]);
	if (err != STS_OK)
		lookup_free(l);
	else
		*out = l;
	return err;
}

void
sts_address_lookup_cancel(struct sts_address_lookup *l)
{
	if (l != NULL)
		lookup_free(l);
}
