/*
 * The text of a configuration file, made fit for libConfuse.
 *
 * libConfuse 3.3 counts two lines too many for each comment, forgets its line
 * where a list is empty, cuts strings at a NUL, reads the environment for
 * ${NAME}, and takes a block that is never closed.  So the text is looked
 * through once before: what would be misread is an error here, with its own
 * line, comments become blanks, and each key's line is noted.  What remains
 * means to libConfuse what it means to a reader.
 *
 * Internal to conf.  Belongs to one sts_conf_load, and so to one thread.
 */
#ifndef STS_CONF_TEXT_H
#define STS_CONF_TEXT_H

#include "sts/base/buf.h"
#include "sts/conf/errors.h"

/* A place where a key is set (`KEY =`), or where a block opens (`NAME … {`). */
struct sts_conf_mark {
	struct sts_slice name; /* into the text */
	unsigned line;
	unsigned block; /* 0: outside of all; n: in (or opening) the nth */
	bool opens;
};

struct sts_conf_text {
	struct sts_buf buf; /* the text without its comments */
	struct sts_conf_mark *marks;
	size_t n_marks;
};

/* With the content of the file at `path`.  STS_E_NOTFOUND where it cannot be
 * read, STS_E_LIMIT, STS_E_NOMEM; told to `errors` too. */
STS_MUST_USE enum sts_err sts_conf_text_read(struct sts_conf_text *text,
    const char *path, struct sts_conf_errors *errors);

/* Makes it fit.  STS_E_SYNTAX, STS_E_NOMEM; told to `errors` too. */
STS_MUST_USE enum sts_err sts_conf_text_clean(
    struct sts_conf_text *text, struct sts_conf_errors *errors);

void sts_conf_text_init(struct sts_conf_text *text);
void sts_conf_text_deinit(struct sts_conf_text *text);

/* The line where the key is set for the last time in that block; 0: nowhere. */
unsigned sts_conf_text_line(
    const struct sts_conf_text *text, unsigned block, const char *key);

#endif
