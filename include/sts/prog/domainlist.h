/*
 * A list of domains in a file, one a line; `#` begins a comment, white space
 * around a name and empty lines do not count.
 */
#ifndef STS_PROG_DOMAINLIST_H
#define STS_PROG_DOMAINLIST_H

#include "sts/core/domain.h"
#include "sts/prog/cli.h"

enum {
	STS_DOMAINLIST_MAX = 100000, /* domains */
	STS_DOMAINLIST_LINE = 1024, /* bytes */
};

struct sts_domainlist {
	char (*names)[STS_DOMAIN_SIZE]; /* canonical; none twice, in the order
					   of the file */
	size_t n;
};

/*
 * Reads it; `path` may be "-", standard input.  Anything but STS_EXIT_OK was
 * told to the person, with file and line: STS_EXIT_NOINPUT where it cannot be
 * read, STS_EXIT_USAGE for what is no domain name, for too many, and for none.
 * *out holds nothing then.
 */
STS_MUST_USE enum sts_exit sts_domainlist_read(
    struct sts_cli *cli, const char *path, struct sts_domainlist *out);
void sts_domainlist_free(struct sts_domainlist *list);

#endif
