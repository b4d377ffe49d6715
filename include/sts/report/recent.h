/*
 * The newest things that were seen, each with a few marks: how one tells
 * whether a line of a file of gigabytes speaks of something new.
 *
 * What was added longest ago makes room, so memory is bounded; what belongs
 * together must stand within STS_RECENT_MAX other things.  One thread.
 */
#ifndef STS_REPORT_RECENT_H
#define STS_REPORT_RECENT_H

#include "sts/base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { STS_RECENT_MAX = 65536 };

struct sts_recent;

STS_MUST_USE enum sts_err sts_recent_new(struct sts_recent **out);
void sts_recent_free(struct sts_recent *recent);

/* Its marks, 0 when it is new; *is_new tells.  They live until the next call.
 * NULL: out of memory. */
unsigned *sts_recent_marks(
    struct sts_recent *recent, uint64_t key, bool *is_new);

/* A key of a text, and of a text in the context of another key (FNV-1a). */
enum { STS_RECENT_SEED = 0 };
uint64_t sts_recent_key(uint64_t seed, const char *text);

#endif
