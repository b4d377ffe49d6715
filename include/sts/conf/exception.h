/*
 * Exceptions: reading the `domain "NAME" { … }` blocks.
 *
 * Internal to conf.  Which exception counts for a domain is asked through
 * sts_conf_actions (sts/conf/conf.h).
 */
#ifndef STS_CONF_EXCEPTION_H
#define STS_CONF_EXCEPTION_H

#include "sts/conf/conf.h"
#include "sts/conf/errors.h"
#include "sts/conf/text.h"
#include "sts/conf/tree.h"

/* Fills in conf->exceptions, one a block.  What is wrong is told to `errors`,
 * and its value left out. */
void sts_exceptions_load(struct sts_conf *conf,
    const struct sts_conf_text *text, const struct sts_conf_tree *tree,
    struct sts_conf_errors *errors);

void sts_exceptions_clear(struct sts_conf *conf);

#endif
