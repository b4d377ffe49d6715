/*
 * Hands a mail with a file to the local MTA by SMTP (RFC 8460 section 5.3): the
 * message is put together by libcurl's MIME functions.
 *
 * Blocks, within its deadline: not for the engine's thread, since libcurl waits
 * for the answer to QUIT whatever else there is to do.  Any other thread.
 */
#ifndef STS_ENGINE_MAILER_H
#define STS_ENGINE_MAILER_H

#include "sts/base/slice.h"
#include "sts/base/sockspec.h"
#include "sts/core/outcome.h"

enum { STS_MAILER_TIMEOUT_MS = 60000 };

struct sts_mail {
	const char *from, *to; /* addresses; all is borrowed */
	/* Whole fields without line end, up to NULL; Content-Type among them is
	 * of the whole, a multipart, and gets its boundary. */
	const char *const *header;
	const char *text; /* its first part: ASCII */
	const char *type; /* media type of the file */
	const char *filename;
	struct sts_slice file;

	char detail[STS_DETAIL_SIZE]; /* of the outcome: for people, escaped */
};

/* Whether the MTA took it.  `helo` is a host name. */
bool sts_mailer_send(
    struct sts_mail *mail, const struct sts_sockspec *smtp, const char *helo);

#endif
