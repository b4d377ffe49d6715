/*
 * `mta-sts cache list`, which may be long: what the daemon sends is put aside
 * in a temporary file first.  So the daemon is never held up by a pager, the
 * columns fit, and memory stays small.
 */
#ifndef STS_PROG_CACHE_H
#define STS_PROG_CACHE_H

#include "sts/prog/cli.h"

/* `domain` is not used. */
enum sts_exit sts_cache_list(struct sts_cli *cli, const char *domain);

#endif
