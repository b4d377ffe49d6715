/*
 * Texts behind a structure, in its own piece of memory.
 *
 * What is kept by the hundred thousand (records, answers, outcomes) is made
 * once and then only read: its texts take the room that they need, and it is
 * freed as one piece.  sts_pack_size says how much room, sts_pack puts the text
 * there.  NULL counts as "", and all "" are one.  Pure.
 */
#ifndef STS_BASE_PACK_H
#define STS_BASE_PACK_H

#include <stddef.h>
#include <string.h>

static inline size_t
sts_pack_size(const char *text)
{
	return text == NULL || *text == '\0' ? 0 : strlen(text) + 1;
}

/* The text's copy at *at, which moves behind it. */
static inline const char *
sts_pack(char **at, const char *text)
{
	size_t n = sts_pack_size(text);
	char *copy = *at;

	if (n == 0)
		return "";
	memcpy(copy, text, n);
	*at += n;
	return copy;
}

#endif
