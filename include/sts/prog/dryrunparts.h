/*
 * What the parts of `mta-sts report dry-run` ask of each other.
 *
 * Internal to them.  One thread.
 */
#ifndef STS_PROG_DRYRUNPARTS_H
#define STS_PROG_DRYRUNPARTS_H

#include "sts/prog/dryrun.h"

/* What to do about the row's reason: an array of paragraphs, of the advice
 * table (prog/advice.h).  The caller owns it.  NULL: out of memory. */
json_t *sts_dryrun_advice(const struct sts_dryrun_row *row, int64_t now);

/* The blocks for mta-sts-milter.conf that would let through what would be held,
 * appended to `b`; a domain that has a block already is a comment with its
 * line.  `rows` are as of sts_dryrun_rows; those past the first 200 domains are
 * left out. */
void sts_dryrun_exceptions(const struct sts_dryrun_settings *settings,
    const struct sts_dryrun_row *const *rows, size_t n, struct sts_buf *b);

enum {
	STS_DRYRUN_SHOWN = 40, /* rows of a table; JSON has them all */
	STS_DRYRUN_CELL = 96,
};

/* {"defer":3,"log":1} as "3 defer, 1 log", into STS_DRYRUN_CELL bytes. */
void sts_dryrun_actions(const json_t *counts, char *cell);

/* The rows from `from` up to `to`, which is not one of them. */
void sts_dryrun_table(
    struct sts_ui *ui, const json_t *rows, size_t from, size_t to);

#endif
