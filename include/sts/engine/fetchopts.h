/*
 * What every fetch tells libcurl, whatever it fetches: the rules of RFC 8461
 * section 3.3 (rules.md rows 18 to 25) that libcurl can keep by itself, as one
 * table.  Engine's thread only.
 */
#ifndef STS_ENGINE_FETCHOPTS_H
#define STS_ENGINE_FETCHOPTS_H

#include <curl/curl.h>

CURLcode sts_fetchopts_set(CURL *easy);

#endif
