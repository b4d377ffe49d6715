/*
 * The table of options: all that is known of each key stands in one row of
 * milter/conf/options.c.  The parser, the defaults, the checks, the freeing and
 * `sts_conf_print_options` read it there, and a lint compares the sample file
 * and the manual page with it.
 *
 * Internal to conf.  The tables are constant; any thread.
 */
#ifndef STS_CONF_OPTION_H
#define STS_CONF_OPTION_H

#include "sts/base/buf.h"
#include "sts/base/err.h"
#include "sts/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An accepted word and what it stands for: an enum's value or LOG_MAIL …. */
struct sts_word {
	const char *text;
	unsigned value;
};

struct sts_option;

/* A kind of value (milter/conf/types.c). */
struct sts_option_type {
	const char *name;
	const char *accepted; /* for people; NULL: made of the option's row */
	bool bare; /* written without quotes */
	size_t element; /* of a list: bytes that each element takes */
	/* Parses one text into *field (of a list: into an element). */
	enum sts_err (*parse)(const struct sts_option *option,
	    struct sts_slice text, void *field, void *also);
	void (*clear)(void *field); /* frees what parse made; NULL: nothing */
};

struct sts_option {
	const char *name;
	const struct sts_option_type *type;
	const char *def; /* as one writes it, but without quotes; or NULL */
	const char *doc; /* one line for an admin */
	size_t offset; /* of the field in its struct */
	size_t also; /* of a list's count, a socket's parsed form, or a bool
			that says that it was set; 0: nothing */
	uint32_t min, max; /* of seconds */
	const struct sts_word *words; /* up to the one without a text */
	bool may_be_empty;
	bool fixed; /* a reload does not change it */
};

/* Both end with a NULL name. */
extern const struct sts_option sts_conf_options[]; /* of struct sts_conf */
extern const struct sts_option sts_exception_options[]; /* sts_exception */

extern const struct sts_option_type sts_type_bool;
extern const struct sts_option_type sts_type_seconds;
extern const struct sts_option_type sts_type_word;
extern const struct sts_option_type sts_type_text;
extern const struct sts_option_type sts_type_path;
extern const struct sts_option_type sts_type_socket;
extern const struct sts_option_type sts_type_hostname;
extern const struct sts_option_type sts_type_address;
extern const struct sts_option_type sts_type_header_name;
extern const struct sts_option_type sts_type_end_time;
extern const struct sts_option_type sts_type_dns_servers;
extern const struct sts_option_type sts_type_networks;
extern const struct sts_option_type sts_type_names;

/* The texts that a file gives to one key; only a list may have several. */
struct sts_texts {
	const char **p;
	size_t n;
};

/*
 * Parses the texts into the option's field of `base` (a struct sts_conf or
 * sts_exception), in place of what was there.  STS_E_SYNTAX or STS_E_RANGE,
 * with the index of the text that is not accepted in *bad (n: the list must not
 * be empty); STS_E_NOMEM.
 */
STS_MUST_USE enum sts_err sts_option_set(const struct sts_option *option,
    const struct sts_texts *texts, void *base, size_t *bad);
/* With the default, where it has one. */
STS_MUST_USE enum sts_err sts_option_set_default(
    const struct sts_option *option, void *base);
void sts_option_clear(const struct sts_option *option, void *base);

/* Appends what the option accepts, in words: "whole seconds from 1 to 60". */
void sts_option_accepted(const struct sts_option *option, struct sts_buf *b);

/* NULL where there is none of that name. */
const struct sts_option *sts_option_find(
    const struct sts_option *table, struct sts_slice name);

#endif
