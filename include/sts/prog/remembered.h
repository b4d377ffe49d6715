/*
 * What the daemon remembers of a domain, where that is a help and no more: that
 * there is no daemon, or that it knows nothing, is told to nobody.
 */
#ifndef STS_PROG_REMEMBERED_H
#define STS_PROG_REMEMBERED_H

#include "sts/conf/conf.h"

#include <jansson.h>

/* The record (sts_record_json), which the caller owns; NULL: there is none, or
 * no daemon.  Waits 2 s at most for each part of the way.  *reached becomes
 * whether there was a daemon to ask. */
json_t *sts_remembered(
    const struct sts_conf *conf, const char *domain, bool *reached);

#endif
