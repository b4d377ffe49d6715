/*
 * A configuration given as a text: written to a file, loaded, removed.
 */
#ifndef TEST_CONF_CONFFILE_H
#define TEST_CONF_CONFFILE_H

#include "sts/conf/conf.h"

/* Loads the text.  `errors` (to be deinitialised) holds what went wrong, each
 * line without the file's name and its colon: "12: what is wrong\n". */
enum sts_err conffile_load(
    struct sts_slice text, struct sts_buf *errors, const struct sts_conf **out);

/* The same of a text without errors; fails the test where there is one. */
const struct sts_conf *conffile_good(const char *text);

#endif
