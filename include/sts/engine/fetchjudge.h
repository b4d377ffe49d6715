/*
 * Why a fetch failed: its reason (RFC 8460 section 4.3) and what to tell a
 * person.
 *
 * The first fault that is recorded counts.  What the peer sent is escaped and
 * cut.  Engine's thread only.
 */
#ifndef STS_ENGINE_FETCHJUDGE_H
#define STS_ENGINE_FETCHJUDGE_H

#include "sts/engine/fetch.h"

#include <curl/curl.h>

/* Records a fault, unless there is one: result->reason says. */
void sts_fetchjudge_fault(struct sts_fetch_result *result,
    enum sts_reason reason, const char *fmt, ...) STS_PRINTF(3, 4);

/* Looks at a whole head: status, media type, encodings (rules.md rows 18 to
 * 21). */
void sts_fetchjudge_head(CURL *easy, struct sts_fetch_result *result);

/* Looks at a transfer that libcurl holds to be whole.  `head_ended`: the empty
 * line after the head came; `closed`: the peer sent a close_notify. */
void sts_fetchjudge_end(
    CURL *easy, bool head_ended, bool closed, struct sts_fetch_result *result);

/* A body past STS_POLICY_TEXT_MAX, row 21. */
void sts_fetchjudge_too_long(struct sts_fetch_result *result);

/* A certificate chain that did not verify, for a peer that must be `host`. */
void sts_fetchjudge_chain(
    X509_STORE_CTX *chain, const char *host, struct sts_fetch_result *result);

/* A transfer that libcurl ended with `code`; `text` is its error buffer, and
 * result->address what it was connected to, if anything. */
void sts_fetchjudge_error(CURL *easy, CURLcode code, const char *text,
    struct sts_fetch_result *result);

#endif
