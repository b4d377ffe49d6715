/*
 * Answers about a policy domain, for `query` and `check`: from an engine of the
 * command's own, or (--cached) from what the daemon knows.
 */
#ifndef STS_PROG_ASK_H
#define STS_PROG_ASK_H

#include "sts/prog/cli.h"

/*
 * Asks the network with an engine of its own that remembers nothing.  `ask` is
 * a set of enum sts_ask.  STS_EXIT_OK: *out is as of sts_answer_json, and the
 * caller owns it; else what went wrong was told to the person.
 */
STS_MUST_USE enum sts_exit sts_ask_network(
    struct sts_cli *cli, const char *domain, unsigned ask, json_t **out);

/* Asks the daemon: the same, from its memory. STS_EXIT_NO where it knows
 * nothing of the domain, which was told to the person. */
STS_MUST_USE enum sts_exit sts_ask_daemon(
    struct sts_cli *cli, const char *domain, json_t **out);

#endif
