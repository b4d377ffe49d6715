/*
 * The steps of sts_conf_load that its parts share.
 *
 * Internal to conf.
 */
#ifndef STS_CONF_LOAD_H
#define STS_CONF_LOAD_H

#include "sts/conf/conf.h"
#include "sts/conf/errors.h"
#include "sts/conf/text.h"
#include "sts/conf/tree.h"

/* Sets each option of the table that the file sets in that block (0: outside of
 * all) in `base`; a value that is not accepted is told and left out. */
void sts_conf_set_all(const struct sts_option *table, void *base,
    unsigned block, const struct sts_conf_text *text,
    const struct sts_conf_tree *tree, struct sts_conf_errors *errors);

/* Tells the combinations that make no sense (milter/conf/check.c). */
void sts_conf_check(const struct sts_conf *conf,
    const struct sts_conf_text *text, struct sts_conf_errors *errors);

/* Frees a snapshot that nobody else has. */
void sts_conf_free(struct sts_conf *conf);

/* The machine's name as a domain in its canonical form, "localhost" where it
 * has none (milter/conf/machine.c).  To be given to free(); NULL without
 * memory. */
char *sts_conf_machine_name(void);

#endif
