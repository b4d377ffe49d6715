/*
 * libcurl's multi interface on the engine's loop: transfers are put in, and of
 * each that ends its owner is told once.
 *
 * libcurl forbids calls into it from its own callbacks.  `done` is no such
 * callback: it is called after libcurl returned, and may put in and take out
 * other transfers.  Engine's thread only.
 */
#ifndef STS_ENGINE_CURLLOOP_H
#define STS_ENGINE_CURLLOOP_H

#include "sts/base/err.h"
#include "sts/engine/loop.h"

#include <curl/curl.h>

struct sts_curlloop;

/* The transfer is taken out already and stays the owner's. */
typedef void sts_curlloop_done(CURL *easy, CURLcode code);

STS_MUST_USE enum sts_err sts_curlloop_new(
    struct sts_loop *loop, sts_curlloop_done *done, struct sts_curlloop **out);
/* After all transfers were taken out; not from `done`. */
void sts_curlloop_free(struct sts_curlloop *cl);

/* Starts a transfer: `done` tells of its end, never before this returns. */
STS_MUST_USE enum sts_err sts_curlloop_add(struct sts_curlloop *cl, CURL *easy);
/* Drops it, its connection too: `done` is not called. */
void sts_curlloop_remove(struct sts_curlloop *cl, CURL *easy);

#endif
