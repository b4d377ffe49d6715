/*
 * libConfuse, in one place: the cleaned text of a file parsed into a fresh
 * tree, from which the texts of each key are read.
 *
 * Internal to conf.  libConfuse's lexer is global: one thread at a time.
 */
#ifndef STS_CONF_TREE_H
#define STS_CONF_TREE_H

#include "sts/conf/errors.h"
#include "sts/conf/option.h"
#include "sts/conf/text.h"

struct sts_conf_tree;

/* Parses; a key that no table has is taken as well, whatever it holds.  The
 * text is borrowed.  STS_E_SYNTAX, STS_E_NOMEM; told to `errors` too. */
STS_MUST_USE enum sts_err sts_conf_tree_new(const struct sts_conf_text *text,
    struct sts_conf_errors *errors, struct sts_conf_tree **out);
void sts_conf_tree_free(struct sts_conf_tree *tree);

/* The name that the block (from 1) is for; it lives as long as the tree. */
const char *sts_conf_tree_title(
    const struct sts_conf_tree *tree, unsigned block);

/* The texts that the key has outside of blocks (0) or in one, borrowed from the
 * tree; *texts->p is to be given to free().  STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_conf_tree_texts(const struct sts_conf_tree *tree,
    unsigned block, const char *key, struct sts_texts *texts);

#endif
