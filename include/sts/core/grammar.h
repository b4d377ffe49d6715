/*
 * What the grammars of the TXT records and of the policy text have in common
 * (RFC 8461 sections 3.1 and 3.2, RFC 8460 section 3), and the character sets
 * behind.  Pure.
 */
#ifndef STS_CORE_GRAMMAR_H
#define STS_CORE_GRAMMAR_H

#include "sts/base/slice.h"

enum { STS_FIELD_NAME_MAX = 32 };

/* sts-ext-name and sts-policy-ext-name: a letter or digit, then letters,
 * digits, underscores, hyphens and dots; the RFC's own names are such too. */
bool sts_grammar_is_field_name(struct sts_slice s);

/* sts-ext-value and tlsrpt-ext-value: visible characters but `=` and `;`. */
bool sts_grammar_is_field_value(struct sts_slice s);

/* Takes a TXT record's next field; true: a semicolon ended it.  White space
 * around the semicolon belongs to it (sts-field-delim, field-delim); elsewhere
 * it stays in the field. */
bool sts_grammar_next_field(struct sts_slice *rest, struct sts_slice *field);

bool sts_grammar_is_ascii(struct sts_slice s);

/* RFC 3629 section 4: no overlong forms, no surrogates. */
bool sts_grammar_is_utf8(struct sts_slice s);

#endif
