/*
 * Which of a policy host's addresses are tried together, as entries for
 * CURLOPT_RESOLVE.
 *
 * libcurl is given one address of each family at a time, and races the two (RFC
 * 8305).  Given more, 7.88 on an event loop sleeps where it should go on to the
 * next of a family.  Engine's thread only.
 */
#ifndef STS_ENGINE_FETCHADDRS_H
#define STS_ENGINE_FETCHADDRS_H

#include "sts/engine/fetch.h"

#include <curl/curl.h>

struct sts_fetchaddrs {
	size_t n; /* not yet tried */
	struct sts_addr addr[STS_FETCH_ADDRS_MAX];
};

/* Copies the addresses; those past the max are ignored. */
void sts_fetchaddrs_init(
    struct sts_fetchaddrs *addrs, const struct sts_addr *from, size_t n);

/*
 * Takes out the first address and the first of the other family, and makes
 * their entry, "mta-sts.example.com:443:192.0.2.1,[2001:db8::1]", the caller's.
 * NULL: out of memory, or none is left.
 */
struct curl_slist *sts_fetchaddrs_next(
    struct sts_fetchaddrs *addrs, const char *host, unsigned port);

#endif
