/*
 * What the tests of fetches share: a loop, a fetcher, anchors, a configuration
 * that allows loopback, and one way to run a fetch to its end.
 */
#ifndef STS_TESTS_FETCHWORLD_H
#define STS_TESTS_FETCHWORLD_H

#include "httpsserver.h"
#include "sts/engine/fetch.h"
#include "testpki.h"

#define POLICY_DOMAIN "good.test"
#define POLICY_HOST "mta-sts.good.test"

/* Made once for all tests of a program. */
struct fetch_pki {
	struct testpki_cert root; /* trusted */
	struct testpki_cert leaf; /* a good one of POLICY_HOST */
	char path[TESTPKI_PATH];
};

struct fetch_world {
	const struct fetch_pki *pki;
	struct sts_loop *loop;
	struct sts_fetcher *fetcher;
	const struct sts_conf *conf; /* allow_networks has loopback */
	const struct sts_conf *strict; /* allow_networks is empty */
	const struct sts_tls *tls;
	struct https_server server; /* not started; has the good leaf */
};

/* What a callback was told; what pointed into the fetch is copied. */
struct fetch_seen {
	unsigned calls;
	struct sts_fetch_result result; /* body.p is `body` */
	char *body;
};

/* For cmocka: a group's state is a fetch_pki, a test's a fetch_world. */
int fetch_pki_set_up(void **state);
int fetch_pki_tear_down(void **state);
int fetch_world_set_up(void **state);
int fetch_world_tear_down(void **state);

/* To world->server, of POLICY_DOMAIN, with a minute's time. */
struct sts_fetch_request fetch_request(
    const struct fetch_world *world, const struct sts_addr *addr);
struct sts_addr fetch_addr(const char *text);

/* A callback; its cookie is a struct fetch_seen. */
void fetch_note(void *cookie, const struct sts_fetch_result *result);
void fetch_seen_deinit(struct fetch_seen *seen);

/* One turn of the loop; fails the test where it goes on for ever. */
void fetch_turn(struct fetch_world *world);
/* Starts it and turns the loop until its callback came. */
void fetch_run(struct fetch_world *world,
    const struct sts_fetch_request *request, struct fetch_seen *seen);

#endif
