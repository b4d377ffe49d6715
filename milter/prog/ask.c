#include "sts/prog/ask.h"

#include "sts/engine/engine.h"
#include "sts/front/answerjson.h"
#include "sts/prog/daemon.h"
#include "sts/prog/progress.h"

#include <stdlib.h>

enum {
	MEMORY_RECORDS = 16,
	SPARE_S = 5, /* past the engine's own deadlines */
};

/* An engine with all that it stands on. */
struct own {
	const struct sts_conf *conf;
	struct sts_log *log;
	struct sts_store *store;
	struct sts_engine *engine;
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

static void
own_deinit(struct own *own)
{
	sts_engine_free(own->engine);
	sts_store_free(own->store);
	sts_log_free(own->log);
	sts_conf_put(own->conf);
}

static enum sts_exit
start_engine(struct sts_cli *cli, struct own *own)
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

/* What it made stands in *own, to be given to own_deinit, even on failure. */
static enum sts_exit
own_init(struct sts_cli *cli, struct own *own)
{
	struct sts_store_options store = {
		.path = "",
		.memory_records = MEMORY_RECORDS,
		.clock = &sts_clock_system,
	};
	enum sts_exit status = sts_cli_conf(cli, &own->conf);

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
static int64_t
longest_ms(const struct sts_conf *conf)
{
	int64_t policy = 3 * (int64_t)conf->dns_timeout + conf->fetch_timeout;
	int64_t mx = 2 * (int64_t)conf->dns_timeout + conf->probe_timeout;

	return (2 * policy + mx + SPARE_S) * 1000;
}

static void
show_progress(struct sts_progress *progress, const char *domain,
    const struct sts_answer *sofar)
{
	char what[128];

	if (sofar == NULL || sofar->discovery.policy == NULL)
		(void)snprintf(
		    what, sizeof(what), "looking for the policy of %s", domain);
	else if (sofar->n_mx == 0)
		(void)snprintf(
		    what, sizeof(what), "looking up the MX of %s", domain);
	else
		(void)snprintf(what, sizeof(what),
		    "probing %zu MX host%s of %s", sofar->n_mx,
		    sofar->n_mx == 1 ? "" : "s", domain);
	sts_progress_show(progress, what);
}

/* NULL: out of memory. */
static const struct sts_answer *
wait_for(struct own *own, struct sts_ticket *ticket, const char *domain,
    struct sts_progress *progress)
{
	const struct sts_answer *answer = NULL;
	int64_t until = sts_mono_ms(&sts_clock_system) + longest_ms(own->conf);
	enum sts_err err;

	for (;;) {
		err = sts_ticket_wait(ticket, STS_PROGRESS_MS, &answer);
		if (err != STS_E_TIMEOUT ||
		    sts_mono_ms(&sts_clock_system) >= until)
			break;
		show_progress(progress, domain, answer);
		sts_answer_put(answer);
		answer = NULL;
	}
	sts_progress_clear(progress);
	return answer;
}

static enum sts_exit
ask_engine(struct sts_cli *cli, struct own *own, const char *domain,
    unsigned ask, json_t **out)
{
	const struct sts_answer *answer;
	struct sts_progress progress;
	struct sts_ticket *ticket;
	enum sts_err err;

	err = sts_engine_ask(own->engine, domain, ask, &ticket);
	if (err != STS_OK)
		return sts_cli_fail(
		    cli, STS_EXIT_SOFTWARE, "failed", "%s", sts_err_text(err));
	sts_progress_init(&progress, !cli->verbose);
	answer = wait_for(own, ticket, domain, &progress);
	sts_ticket_free(ticket);
	*out = answer == NULL ? NULL : sts_answer_json(answer);
	sts_answer_put(answer);
	if (*out == NULL)
		return sts_cli_fail(
		    cli, STS_EXIT_SOFTWARE, "failed", "out of memory");
	return STS_EXIT_OK;
}

enum sts_exit
sts_ask_network(
    struct sts_cli *cli, const char *domain, unsigned ask, json_t **out)
{
	struct own own = { .engine = NULL };
	enum sts_exit status = own_init(cli, &own);

	if (status == STS_EXIT_OK)
		status = ask_engine(cli, &own, domain, ask, out);
	own_deinit(&own);
	return status;
}

enum sts_exit
sts_ask_daemon(struct sts_cli *cli, const char *domain, json_t **out)
{
	json_t *reply;
	enum sts_exit status = sts_daemon_call(
	    cli, "cache-show", domain, "asking the daemon", &reply);

	if (status != STS_EXIT_OK)
		return status;
	*out = json_incref(json_object_get(reply, "answer"));
	json_decref(reply);
	return STS_EXIT_OK;
}
