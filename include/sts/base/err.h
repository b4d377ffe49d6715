/*
 * The project's one error type.
 *
 * 0 is OK.  A function that can fail returns an enum sts_err, is marked
 * STS_MUST_USE, and leaves its out-parameters untouched when it fails.
 * "Could not tell" is never an error of a lookup: it is a value of its result.
 */
#ifndef STS_BASE_ERR_H
#define STS_BASE_ERR_H

#define STS_MUST_USE __attribute__((warn_unused_result))
#define STS_PRINTF(f, a) __attribute__((format(printf, f, a)))

enum sts_err {
	STS_OK = 0,
	STS_E_NOMEM, /* an allocation failed */
	STS_E_LIMIT, /* a cap would be exceeded */
	STS_E_SYNTAX, /* the text does not follow its grammar */
	STS_E_RANGE, /* a value is outside what is accepted */
	STS_E_NOTFOUND, /* there is no such thing */
	STS_E_AGAIN, /* not now: the answer comes later */
	STS_E_TIMEOUT, /* a deadline passed */
	STS_E_IO, /* the system or the peer failed; errno may tell */
	STS_E_REFUSED, /* policy forbids it (an address, a permission) */
	STS_E_CLOSED, /* shutting down: nothing new is taken */
	STS_E_INTERNAL, /* a library failed in a way that should not be */
};

/* A short English text, never NULL, without a final dot. */
const char *sts_err_text(enum sts_err err);

#endif
