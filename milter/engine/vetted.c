#include "sts/engine/vetted.h"

static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *sa)
{
	struct sts_vetted *v = arg;
	struct sts_addr addr;

	(void)purpose;
	if (sts_addr_from_sockaddr(&sa->addr, sa->addrlen, &addr) != STS_OK)
		return CURL_SOCKET_BAD;
	if (!sts_addr_allowed(
		&addr, v->conf->allow_networks, v->conf->n_allow_networks)) {
		(void)sts_addr_text(&addr, v->refused);
		return CURL_SOCKET_BAD;
	}
	v->opened = true;
	return socket(sa->family, sa->socktype | SOCK_CLOEXEC, sa->protocol);
}

/* libcurl is about to resolve a name by itself: never. */
static int
refuse_lookup(void *state, void *reserved, void *arg)
{
	(void)state;
	(void)reserved;
	(void)arg;
	return 1;
}

CURLcode
sts_vetted_set(CURL *easy, struct sts_vetted *vetted)
{
	int bad = 0;

	bad |= (int)curl_easy_setopt(
	    easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	bad |= (int)curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, vetted);
	bad |= (int)curl_easy_setopt(
	    easy, CURLOPT_RESOLVER_START_FUNCTION, refuse_lookup);
	return bad == CURLE_OK ? CURLE_OK : CURLE_OUT_OF_MEMORY;
}
