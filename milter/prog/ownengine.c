#include "sts/prog/ownengine.h"

enum {
	MEMORY_RECORDS = 16,
	SPARE_S = 5, /* past the engine's own deadlines */
};

static void
to_nowhere(void *cookie, enum sts_log_level level, const char *line)
{
	(void)cookie;
	(void)level;
	(void)line;
}

static enum sts_err
open_log(const struct sts_cli *cli, struct sts_log **out)
{
	if (cli->verbose)
		return sts_log_new(NULL, 0, STS_LOG_DEBUG, out);
	return sts_log_new_sink(to_nowhere, NULL, STS_LOG_ALERT, out);
}

void
sts_own_deinit(struct sts_own *own)
{
	sts_engine_free(own->engine);
	sts_store_free(own->store);
	sts_log_free(own->log);
	sts_conf_put(own->conf);
}

static enum sts_exit
start_engine(struct sts_cli *cli, struct sts_own *own)
{
	struct sts_engine_options options = {
		.clock = &sts_clock_system,
		.log = own->log,
		.store = own->store,
		.conf = own->conf,
	};
	char why[512] = "";

	if (sts_engine_new(&options, why, sizeof(why), &own->engine) == STS_OK)
		return STS_EXIT_OK;
	return sts_cli_fail(cli, STS_EXIT_CONFIG, "configuration", "%s",
	    why[0] == '\0' ? "the engine does not start" : why);
}

enum sts_exit
sts_own_init(struct sts_cli *cli, struct sts_own *own)
{
	struct sts_store_options store = {
		.path = "",
		.memory_records = MEMORY_RECORDS,
		.clock = &sts_clock_system,
	};
	enum sts_exit status;

	*own = (struct sts_own){ .engine = NULL };
	status = sts_cli_conf(cli, &own->conf);
	if (status != STS_EXIT_OK)
		return status;
	if (open_log(cli, &own->log) != STS_OK)
		return STS_EXIT_SOFTWARE;
	store.log = own->log;
	if (sts_store_open(&store, &own->store) != STS_OK)
		return STS_EXIT_SOFTWARE;
	return start_engine(cli, own);
}

/* The engine has a deadline for each step; this is past all of them: the policy
 * may be looked at twice (row 46). */
int64_t
sts_own_longest_ms(const struct sts_own *own)
{
	const struct sts_conf *conf = own->conf;
	int64_t policy = 3 * (int64_t)conf->dns_timeout + conf->fetch_timeout;
	int64_t mx = 2 * (int64_t)conf->dns_timeout + conf->probe_timeout;

	return (2 * policy + mx + SPARE_S) * 1000;
}
