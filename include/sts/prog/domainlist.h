/*
 * A list of domains in a file, one a line: the domain, and perhaps words behind
 * it (MX hosts, for `generate`); white space and commas part them.  `#` begins
 * a comment; empty lines do not count, and lines may end as on any system.
 *
 * One thread.
 */
#ifndef STS_PROG_DOMAINLIST_H
#define STS_PROG_DOMAINLIST_H

#include "sts/core/domain.h"
#include "sts/prog/cli.h"

enum { STS_DOMAINLIST_MAX = 100000 }; /* domains, of sts_domainlist_read */

struct sts_domainlist_reader;

struct sts_domainlist_line {
	unsigned number; /* from 1 */
	unsigned earlier; /* the line that named the domain first; 0: none */
	const char *domain; /* canonical; valid during the call */
	struct sts_slice rest; /* the words behind it */
};

/* Takes a line; may tell faults of it.  Anything but STS_OK ends the reading:
 * STS_E_NOMEM, or STS_E_LIMIT after a fault. */
typedef enum sts_err sts_domainlist_take(void *cookie,
    struct sts_domainlist_reader *reader,
    const struct sts_domainlist_line *line);

/*
 * Reads it all; `path` may be "-", standard input.  Anything but STS_EXIT_OK
 * was told to the person: STS_EXIT_NOINPUT where it cannot be read;
 * STS_EXIT_USAGE for its faults, each with file and line, and where it names no
 * domain.
 */
STS_MUST_USE enum sts_exit sts_domainlist_each(struct sts_cli *cli,
    const char *path, sts_domainlist_take *take, void *cookie);
/* Of the line that is being taken. */
void sts_domainlist_fault(struct sts_domainlist_reader *reader, const char *fmt,
    ...) STS_PRINTF(2, 3);
/* The next word; empty at the end. */
struct sts_slice sts_domainlist_word(struct sts_slice *rest);

struct sts_domainlist {
	char (*names)[STS_DOMAIN_SIZE]; /* canonical; none twice, in the order
					   of the file */
	size_t n;
};

/* The domains alone, whatever stands behind them. The same statuses, also for
 * more than STS_DOMAINLIST_MAX; *out holds nothing unless STS_EXIT_OK. */
STS_MUST_USE enum sts_exit sts_domainlist_read(
    struct sts_cli *cli, const char *path, struct sts_domainlist *out);
void sts_domainlist_free(struct sts_domainlist *list);

#endif
