/*
 * What `mta-sts lint` finds: remarks, told at once to a person and gathered for
 * --json.  Used by the files of that command only; one thread.
 */
#ifndef STS_PROG_LINT_H
#define STS_PROG_LINT_H

#include "sts/prog/cli.h"

struct sts_lint {
	struct sts_cli *cli;
	const char *name; /* of the file; NULL: TXT records */
	json_t *errors, *warnings;
};

/* `line` counts from 1, and is a record's number where there is no file; 0 is
 * the whole. */
void sts_lint_remark(
    struct sts_lint *lint, bool is_error, unsigned line, const char *message);

/* Adds the remarks to the object `found`, prints it for --json, and drops the
 * reference. */
void sts_lint_finish(struct sts_lint *lint, json_t *found);

/* The policy's text in a file; `host` may be NULL. */
enum sts_exit sts_lint_policy(
    struct sts_lint *lint, const char *path, const char *host);

/* The TXT records of --txt, and those given as operands behind it. */
enum sts_exit sts_lint_txt(struct sts_lint *lint);

#endif
