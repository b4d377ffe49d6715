#include "sts/prog/ask.h"

#include "sts/front/answerjson.h"
#include "sts/prog/daemon.h"
#include "sts/prog/ownengine.h"
#include "sts/prog/progress.h"

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
		(void)snprintf(what, sizeof(what), "probing %u MX host%s of %s",
		    (unsigned)sofar->n_mx, sofar->n_mx == 1 ? "" : "s", domain);
	sts_progress_show(progress, what);
}

/* NULL: out of memory. */
static const struct sts_answer *
wait_for(struct sts_own *own, struct sts_ticket *ticket, const char *domain,
    struct sts_progress *progress)
{
	const struct sts_answer *answer = NULL;
	int64_t until =
	    sts_mono_ms(&sts_clock_system) + sts_own_longest_ms(own);
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
ask_engine(struct sts_cli *cli, struct sts_own *own, const char *domain,
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
	struct sts_own own = { .engine = NULL };
	enum sts_exit status = sts_own_init(cli, &own);

	if (status == STS_EXIT_OK)
		status = ask_engine(cli, &own, domain, ask, out);
	sts_own_deinit(&own);
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
