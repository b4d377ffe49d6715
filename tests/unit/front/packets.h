/*
 * Packets of the milter protocol as text, for tests: what is said, and what is
 * heard.
 */
#ifndef TEST_FRONT_PACKETS_H
#define TEST_FRONT_PACKETS_H

#include "sts/core/milterwire.h"

/* Appends a packet whose body is these texts, up to a NULL, each with its NUL.
 */
void packet_add(struct sts_buf *b, int letter, ...);
/* Macros for the command `letter`: name and value in turn, up to a NULL. */
void packet_add_macros(struct sts_buf *b, int letter, ...);
/* Options as Postfix offers them, or others. */
void packet_add_options(
    struct sts_buf *b, uint32_t version, uint32_t actions, uint32_t steps);

/* All of `in` in words: "c", "O", "y 451 4.3.0 text", "i 0 NAME VALUE", with
 * commas between them.  The text is in `out`, emptied before. */
const char *packets_in_words(struct sts_slice in, struct sts_buf *out);

#endif
