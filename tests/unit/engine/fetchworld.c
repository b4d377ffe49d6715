#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fetchworld.h"

#include "../conf/conffile.h"

#include <stdlib.h>
#include <unistd.h>

enum { PATIENCE_S = 120 }; /* past which a test that hangs is ended */

int
fetch_pki_set_up(void **state)
{
	struct fetch_pki *pki = calloc(1, sizeof(*pki));

	assert_non_null(pki);
	pki->root = testpki_root();
	pki->leaf = testpki_leaf(POLICY_HOST, &pki->root);
	testpki_write(&pki->root, pki->path);
	*state = pki;
	return 0;
}

int
fetch_pki_tear_down(void **state)
{
	struct fetch_pki *pki = *state;

	(void)unlink(pki->path);
	testpki_free(&pki->leaf);
	testpki_free(&pki->root);
	free(pki);
	return 0;
}

int
fetch_world_set_up(void **state)
{
	struct fetch_world *w = calloc(1, sizeof(*w));
	char why[256];

	assert_non_null(w);
	(void)alarm(PATIENCE_S);
	w->pki = *state;
	assert_int_equal(sts_loop_new(&sts_clock_system, &w->loop), STS_OK);
	assert_int_equal(sts_fetcher_new(w->loop, &w->fetcher), STS_OK);
	assert_int_equal(
	    sts_tls_new(w->pki->path, why, sizeof(why), &w->tls), STS_OK);
	w->conf =
	    conffile_good("allow_networks = {\"127.0.0.0/8\", \"::1\"}\n");
	w->strict = conffile_good("");
	w->server.address = "127.0.0.1";
	w->server.cert = &w->pki->leaf;
	*state = w;
	return 0;
}

int
fetch_world_tear_down(void **state)
{
	struct fetch_world *w = *state;

	sts_fetcher_free(w->fetcher);
	https_server_stop(&w->server);
	sts_loop_free(w->loop);
	sts_conf_put(w->conf);
	sts_conf_put(w->strict);
	sts_tls_put(w->tls);
	free(w);
	(void)alarm(0);
	return 0;
}

struct sts_addr
fetch_addr(const char *text)
{
	struct sts_addr addr;

	assert_int_equal(sts_addr_parse(sts_slice_str(text), &addr), STS_OK);
	return addr;
}

struct sts_fetch_request
fetch_request(const struct fetch_world *world, const struct sts_addr *addr)
{
	return (struct sts_fetch_request){
		.policy_domain = POLICY_DOMAIN,
		.addrs = addr,
		.n_addrs = 1,
		.port = world->server.port,
		.conf = world->conf,
		.tls = world->tls,
		.timeout_ms = 60000,
	};
}

void
fetch_note(void *cookie, const struct sts_fetch_result *result)
{
	struct fetch_seen *seen = cookie;

	seen->calls++;
	seen->result = *result;
	seen->body = calloc(1, result->body.n + 1);
	assert_non_null(seen->body);
	if (result->body.n > 0)
		memcpy(seen->body, result->body.p, result->body.n);
	seen->result.body.p = seen->body;
}

void
fetch_seen_deinit(struct fetch_seen *seen)
{
	free(seen->body);
	*seen = (struct fetch_seen){ 0 };
}

void
fetch_turn(struct fetch_world *world)
{
	assert_true(
	    event_base_loop(sts_loop_base(world->loop), EVLOOP_ONCE) >= 0);
}

void
fetch_run(struct fetch_world *world, const struct sts_fetch_request *request,
    struct fetch_seen *seen)
{
	struct sts_fetch *fetch = NULL;

	*seen = (struct fetch_seen){ 0 };
	assert_int_equal(
	    sts_fetch_start(world->fetcher, request, fetch_note, seen, &fetch),
	    STS_OK);
	assert_int_equal(seen->calls, 0);
	while (seen->calls == 0)
		fetch_turn(world);
	assert_int_equal(seen->calls, 1);
}
