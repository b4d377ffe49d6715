/*
 * The milter protocol's packets, as Sendmail 8.14 and later and Postfix speak
 * it (version 6): a length of four bytes, a letter, and what belongs to that
 * letter.  Letters and bits are libmilter's own, <libmilter/mfdef.h>.  Pure.
 */
#ifndef STS_CORE_MILTERWIRE_H
#define STS_CORE_MILTERWIRE_H

#include "sts/base/buf.h"
#include "sts/base/err.h"
#include "sts/base/slice.h"

#include <stdint.h>

enum {
	STS_MILTERWIRE_HEAD = 4, /* bytes of the length */
	/* What a length may say, letter included.  Body chunks have 65535 bytes
	 * at most, Postfix's header fields 102400 (header_size_limit). */
	STS_MILTERWIRE_MAX = 131072,
};

struct sts_milterwire_packet {
	char letter;
	struct sts_slice body;
};

/*
 * Takes one from the front of *in: its body points into it, and *in is what
 * stands behind.  STS_E_AGAIN: it is not whole yet, nothing is taken.
 * STS_E_LIMIT: it is longer than STS_MILTERWIRE_MAX.  STS_E_SYNTAX: it has no
 * letter.
 */
STS_MUST_USE enum sts_err sts_milterwire_read(
    struct sts_slice *in, struct sts_milterwire_packet *out);

/* What is negotiated (SMFIC_OPTNEG): SMFIF_* and SMFIP_*. */
struct sts_milterwire_options {
	uint32_t version, actions, steps;
};
/* STS_E_SYNTAX.  What a later version adds is ignored. */
STS_MUST_USE enum sts_err sts_milterwire_options(
    struct sts_slice body, struct sts_milterwire_options *out);

/* Takes a text from the front of *in, with its NUL: points into it.  NULL:
 * there is none, and *in stays as it is. */
const char *sts_milterwire_text(struct sts_slice *in);

/* The value of a macro of one letter, or of `{name}`, among pairs of texts; the
 * name is given bare, and either way of writing is found.  NULL: there is none.
 */
const char *sts_milterwire_macro(struct sts_slice pairs, const char *name);

/* Each appends one packet.  A buffer in error may hold a part of it. */
void sts_milterwire_add(struct sts_buf *b, char letter, struct sts_slice body);

/* The macros wanted at a stage (SMFIM_*), as a list with spaces. */
struct sts_milterwire_list {
	uint32_t stage;
	const char *macros;
};
void sts_milterwire_add_options(struct sts_buf *b,
    const struct sts_milterwire_options *options,
    const struct sts_milterwire_list *lists, size_t n);

/* `code status text` for the client; the MTA takes a % apart, so it is doubled.
 */
void sts_milterwire_add_reply(
    struct sts_buf *b, const char *code, const char *status, const char *text);

/* SMFIR_INSHEADER, SMFIR_CHGHEADER: the header field of that number and name;
 * to change it to "" takes it away. */
void sts_milterwire_add_header(struct sts_buf *b, char letter, uint32_t number,
    const char *name, const char *value);

void sts_milterwire_add_quarantine(struct sts_buf *b, const char *reason);

#endif
