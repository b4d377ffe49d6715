/*
 * A DNS server for tests, on UDP at a loopback port of its own: it answers from
 * a table, in a thread, and counts what it was asked.
 */
#ifndef STS_TESTS_FAKEDNS_H
#define STS_TESTS_FAKEDNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fakedns_kind {
	FAKEDNS_ANSWER, /* with `data`, or NODATA where it is NULL */
	FAKEDNS_NXDOMAIN,
	FAKEDNS_SERVFAIL,
	FAKEDNS_REFUSED,
	/* With these codes where there is an OPT record, else as ANSWER. */
	FAKEDNS_FORMERR,
	FAKEDNS_NOTIMP,
	FAKEDNS_BADVERS,
	FAKEDNS_SILENCE,
};

struct fakedns_row {
	const char *name; /* "*.test" is each below test */
	int type;
	enum fakedns_kind kind;
	/* A: dotted quad; AAAA: as usual; TXT: the text; MX: "10 host", the
	 * root as "0 ."; TLSA: "3 1 1 hex"; several separated by '|'. */
	const char *data;
	uint32_t ttl; /* s */
	bool ad;
};

struct fakedns;

/* Of rows that fit the first one counts; what is not in the table (its end:
 * name NULL) is NXDOMAIN.  The table is copied, its texts are borrowed. Fails
 * the test on failure. */
struct fakedns *fakedns_start(const struct fakedns_row *table);
void fakedns_stop(struct fakedns *dns);

uint16_t fakedns_port(const struct fakedns *dns);
/* How often the row of (name, type) was asked. */
unsigned fakedns_asked(struct fakedns *dns, const char *name, int type);
/* What its row answers from now on. */
void fakedns_set(struct fakedns *dns, const char *name, int type,
    enum fakedns_kind kind, const char *data);
/* Whether all questions so far had AD and an OPT record. */
bool fakedns_saw_ad(const struct fakedns *dns);

#endif
