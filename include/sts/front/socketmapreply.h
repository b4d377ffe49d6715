/*
 * The engine's answers as the socketmap's replies (core/socketmap.h).  Any
 * thread.
 */
#ifndef STS_FRONT_SOCKETMAPREPLY_H
#define STS_FRONT_SOCKETMAPREPLY_H

#include "sts/core/socketmap.h"
#include "sts/engine/answer.h"
#include "sts/engine/engine.h"

/*
 * Writes the reply's body; `b` is as for sts_socketmap_reply, `now` wall time
 * in seconds.  That an exception was used is logged.
 */
void sts_socketmap_reply_of(enum sts_socketmap_dialect dialect,
    const struct sts_answer *answer, const struct sts_conf *conf, int64_t now,
    struct sts_log *log, struct sts_buf *b);

#endif
