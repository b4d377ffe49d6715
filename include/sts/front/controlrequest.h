/*
 * A request of the control socket, as it stands on a line: see control.h.
 *
 * Pure but for the allocator; any thread.  The line is any bytes that a local
 * user sends.
 */
#ifndef STS_FRONT_CONTROLREQUEST_H
#define STS_FRONT_CONTROLREQUEST_H

#include "sts/base/err.h"
#include "sts/base/slice.h"
#include "sts/core/domain.h"

#include <stdbool.h>

enum sts_control_word {
	STS_CONTROL_STATUS,
	STS_CONTROL_RELOAD,
	STS_CONTROL_CACHE_LIST,
	STS_CONTROL_CACHE_SHOW,
	STS_CONTROL_CACHE_REFRESH,
	STS_CONTROL_CACHE_FLUSH,
};

struct sts_control_request {
	enum sts_control_word word;
	char domain[STS_DOMAIN_SIZE]; /* canonical; "" where there is none */
};

/* Reads one line, without its LF.  STS_E_SYNTAX: *why (static) tells a person;
 * STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_control_request_parse(
    struct sts_slice line, struct sts_control_request *out, const char **why);

#endif
