/*
 * Many domains in one table, a line each, for `mta-sts check --domains`. One
 * thread.
 */
#ifndef STS_PROG_CHECKTABLE_H
#define STS_PROG_CHECKTABLE_H

#include "sts/prog/ui.h"

#include <jansson.h>

struct sts_checkrow;

struct sts_checktable {
	struct sts_checkrow *rows; /* owned */
	size_t n, size;
	bool failed; /* memory ran out: not all are in it */
};

void sts_checktable_init(struct sts_checktable *table);
void sts_checktable_deinit(struct sts_checktable *table);

/* `answer` is as of sts_findings_add. */
void sts_checktable_add(struct sts_checktable *table, const json_t *answer);

/* The table, and below it how many there are of each result. */
void sts_checktable_print(
    const struct sts_checktable *table, struct sts_ui *ui);

/* What a table says of one domain. */
struct sts_checksums {
	size_t errors, warnings; /* findings */
	size_t hosts, good; /* MX hosts; those that pass */
	bool has_days;
	int64_t days; /* to the first end of a certificate */
};
void sts_checksums_of(const json_t *answer, struct sts_checksums *out);
/* Whether TLS reports are asked for: "yes", "no", or "" where not known. */
const char *sts_checkreports(const json_t *answer);

#endif
