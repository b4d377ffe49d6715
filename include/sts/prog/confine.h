/*
 * What a configuration needs of the sandbox (prog/sandbox.h), and whether a new
 * one still fits the sandbox that the daemon is in.
 */
#ifndef STS_PROG_CONFINE_H
#define STS_PROG_CONFINE_H

#include "sts/base/buf.h"
#include "sts/conf/conf.h"
#include "sts/prog/sandbox.h"

/* Lists what the daemon needs with that configuration, from the file `path` (""
 * for the defaults). */
void sts_confine_plan(
    struct sts_sandbox *sandbox, const struct sts_conf *conf, const char *path);

/* Of the keys that a reload can change: STS_E_REFUSED where one lies outside,
 * and `message` tells a person which, and what to do.  Any thread. */
STS_MUST_USE enum sts_err sts_confine_judge(const struct sts_sandbox *sandbox,
    const struct sts_conf *conf, struct sts_buf *message);

#endif
