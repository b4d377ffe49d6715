#include "sts/base/err.h"

const char *
sts_err_text(enum sts_err err)
{
	switch (err) {
	case STS_OK:
		return "no error";
	case STS_E_NOMEM:
		return "out of memory";
	case STS_E_LIMIT:
		return "limit exceeded";
	case STS_E_SYNTAX:
		return "syntax error";
	case STS_E_RANGE:
		return "value out of range";
	case STS_E_NOTFOUND:
		return "not found";
	case STS_E_AGAIN:
		return "try again later";
	case STS_E_TIMEOUT:
		return "timed out";
	case STS_E_IO:
		return "input/output error";
	case STS_E_REFUSED:
		return "refused";
	case STS_E_CLOSED:
		return "shutting down";
	case STS_E_INTERNAL:
		return "internal error";
	}
	return "unknown error";
}
