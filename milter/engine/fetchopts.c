#include "sts/engine/fetchopts.h"

#include "sts/core/policy.h"

#include <stddef.h>

static const struct {
	CURLoption option;
	long value;
} numbers[] = {
	{ CURLOPT_NOSIGNAL, 1 }, /* signals are the program's */

	/* HTTP/1.1 is what every host has, and less to attack than HTTP/2. */
	{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
	{ CURLOPT_FOLLOWLOCATION, 0 }, /* row 18 */
	{ CURLOPT_MAXFILESIZE, STS_POLICY_TEXT_MAX }, /* where announced */
	{ CURLOPT_NETRC, CURL_NETRC_IGNORED },
	/* Held while a host says nothing; most policies are a tenth of it. */
	{ CURLOPT_BUFFERSIZE, 4096 },

	/* Fetches are rare: each has a connection of its own, so that none goes
	 * on under a configuration or an address of the past. */
	{ CURLOPT_FRESH_CONNECT, 1 },
	{ CURLOPT_FORBID_REUSE, 1 },
	{ CURLOPT_SSL_SESSIONID_CACHE, 0 },

	/* sts/engine/tls.h says what a good certificate is; libcurl's own
	 * checks stay on beside it. */
	{ CURLOPT_SSL_VERIFYPEER, 1 },
	{ CURLOPT_SSL_VERIFYHOST, 2 },
	{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
	/* libcurl sets up trust anchors after CURLOPT_SSL_CTX_FUNCTION. None
	 * of its own (see CURLOPT_CAINFO below), none of an earlier fetch, and
	 * no weaker rule for ours. */
	{ CURLOPT_CA_CACHE_TIMEOUT, 0 },
	{ CURLOPT_SSL_OPTIONS, CURLSSLOPT_NO_PARTIALCHAIN },
};

static const struct {
	CURLoption option;
	const char *value;
} strings[] = {
	{ CURLOPT_USERAGENT, "mta-sts-milter/" STS_VERSION },
	{ CURLOPT_PROTOCOLS_STR, "https" },
	{ CURLOPT_PROXY, "" }, /* row 25: not even the environment's */
	{ CURLOPT_NOPROXY, "*" },
	{ CURLOPT_CAINFO, NULL },
	{ CURLOPT_CAPATH, NULL },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

CURLcode
sts_fetchopts_set(CURL *easy)
{
	CURLcode code = CURLE_OK;

	for (size_t i = 0; i < COUNT(numbers) && code == CURLE_OK; i++)
		code =
		    curl_easy_setopt(easy, numbers[i].option, numbers[i].value);
	for (size_t i = 0; i < COUNT(strings) && code == CURLE_OK; i++)
		code =
		    curl_easy_setopt(easy, strings[i].option, strings[i].value);
	return code;
}
