/*
 * A transfer of libcurl to a host that an outsider names: libcurl looks no name
 * up by itself, and each address is vetted where its socket is opened (rules.md
 * row 27), whatever was vetted before.  Engine's thread only.
 */
#ifndef STS_ENGINE_VETTED_H
#define STS_ENGINE_VETTED_H

#include "sts/base/addr.h"
#include "sts/conf/conf.h"

#include <curl/curl.h>

struct sts_vetted {
	const struct sts_conf *conf; /* borrowed */
	bool opened; /* a socket, to an address that is allowed */
	char refused[STS_ADDR_TEXT]; /* an address that is not, or "" */
};

/* `vetted` is borrowed as long as the transfer lives. */
CURLcode sts_vetted_set(CURL *easy, struct sts_vetted *vetted);

#endif
