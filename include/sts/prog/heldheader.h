/*
 * Whose is a message in Postfix's hold queue?  Ours has, above the Received
 * field of this very server, what the milter put in: an MTA-STS-Status of this
 * host that says action=quarantine.
 *
 * What a message brings along stands below that field, whatever it says: a
 * forged one never counts, also where the message did not pass the milter.
 * Where the server's own Received field is not the first, nothing can be told,
 * and the message is taken for another's.  Pure.
 */
#ifndef STS_PROG_HELDHEADER_H
#define STS_PROG_HELDHEADER_H

#include "sts/core/statusread.h"

struct sts_heldheader_of { /* what it is looked at with */
	const char *name; /* header_name of the configuration */
	const char *host; /* its hostname */
	const char *queue_id;
};

struct sts_heldheader {
	enum sts_reason reason; /* of the field that quarantined it */
	/* No policy asked for it, so the sender did: REQUIRETLS, RFC 8689. */
	bool required;
	/* The message's only policy domain; "": there are several, or it is
	 * not known. */
	char domain[STS_DOMAIN_SIZE];
};

/* The header fields of a message, in its order.  false: it is not ours. */
bool sts_heldheader_read(struct sts_slice fields,
    const struct sts_heldheader_of *of, struct sts_heldheader *out);

#endif
