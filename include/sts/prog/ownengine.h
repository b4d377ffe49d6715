/*
 * An engine of the command's own, with all that it stands on; it remembers
 * nothing past its end.
 */
#ifndef STS_PROG_OWNENGINE_H
#define STS_PROG_OWNENGINE_H

#include "sts/engine/engine.h"
#include "sts/prog/cli.h"

struct sts_own {
	const struct sts_conf *conf; /* all are its own */
	struct sts_log *log;
	struct sts_store *store;
	struct sts_engine *engine;
};

/* With the command's configuration.  Anything but STS_EXIT_OK was told to the
 * person; sts_own_deinit is due even then. */
STS_MUST_USE enum sts_exit sts_own_init(
    struct sts_cli *cli, struct sts_own *own);
void sts_own_deinit(struct sts_own *own);

/* In ms: past all of the engine's own deadlines for one question. */
int64_t sts_own_longest_ms(const struct sts_own *own);

#endif
