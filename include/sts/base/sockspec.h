/*
 * Socket names in libmilter's syntax: `inet:PORT@HOST`, `inet6:PORT@HOST`,
 * `unix:/PATH` (also `local:/PATH`).  An address as HOST may be in brackets.
 * Parsing is pure; listening and connecting are not, and a host name that is
 * looked up may block.
 */
#ifndef STS_BASE_SOCKSPEC_H
#define STS_BASE_SOCKSPEC_H

#include "sts/base/err.h"
#include "sts/base/slice.h"

#include <stdint.h>
#include <sys/types.h>

struct sts_sockspec {
	int family; /* AF_INET, AF_INET6, AF_UNIX */
	uint16_t port; /* of the inet ones, 1 to 65535 */
	char host[256]; /* of the inet ones: name or address */
	char path[108]; /* of AF_UNIX: absolute */
};

/* STS_E_SYNTAX, STS_E_RANGE (port), STS_E_LIMIT (path or host too long). */
STS_MUST_USE enum sts_err sts_sockspec_parse(
    struct sts_slice s, struct sts_sockspec *out);

/*
 * Opens a non-blocking, close-on-exec listening socket.  A stale unix socket
 * (nobody answers there) is removed first; a live one is STS_E_REFUSED.  `mode`
 * is the unix socket's.  On failure errno tells; *why (a literal) what was
 * being done.
 */
STS_MUST_USE enum sts_err sts_sockspec_listen(const struct sts_sockspec *spec,
    mode_t mode, int *out_fd, const char **why);

/* Connects, blocking, for the command. Same errors. */
STS_MUST_USE enum sts_err sts_sockspec_connect(
    const struct sts_sockspec *spec, int *out_fd, const char **why);

#endif
