/* `mta-sts report dry-run`: what a configuration would have held. */
#include "sts/base/clock.h"
#include "sts/prog/dryrun.h"
#include "sts/prog/js.h"

#include <stdlib.h>

enum { DAY = 86400, DAYS = 7, DAYS_MAX = 3660 };

static bool
take_days(const char *text, int64_t *out)
{
	char *end;
	unsigned long n;

	if (!sts_is_digit(text[0]))
		return false;
	n = strtoul(text, &end, 10);
	if (n < 1 || n > DAYS_MAX || *end != '\0')
		return false;
	*out = (int64_t)n;
	return true;
}

static bool
take_decide_at(const char *word, enum sts_decide_at *out)
{
	static const char *const words[] = {
		[STS_DECIDE_AUTO] = "auto",
		[STS_DECIDE_RCPT] = "rcpt",
		[STS_DECIDE_EOM] = "eom",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i]) == 0) {
			*out = (enum sts_decide_at)i;
			return true;
		}
	return false;
}

static bool
take_action(const struct sts_cli *cli, const char *option, enum sts_action *out)
{
	const char *word = sts_cli_value(cli, option);

	if (word == NULL ||
	    sts_action_parse(sts_slice_str(word), out) == STS_OK)
		return true;
	(void)sts_cli_usage(cli,
	    "--%s %s: tag, defer, quarantine, reject and log are accepted",
	    option, word);
	return false;
}

/* The options over the configuration. */
static enum sts_exit
take_settings(struct sts_cli *cli, struct sts_dryrun_settings *s)
{
	const char *days = sts_cli_value(cli, "days");
	const char *decide_at = sts_cli_value(cli, "decide-at");
	int64_t n = DAYS;

	if (days != NULL && !take_days(days, &n))
		return sts_cli_usage(
		    cli, "--days %s: 1 to %d are accepted", days, DAYS_MAX);
	if (decide_at != NULL && !take_decide_at(decide_at, &s->decide_at))
		return sts_cli_usage(cli,
		    "--decide-at %s: auto, rcpt and eom are accepted",
		    decide_at);
	if (!take_action(cli, "on-fail", &s->actions.on_fail) ||
	    !take_action(cli, "on-unreachable", &s->actions.on_unreachable) ||
	    !take_action(cli, "on-temperror", &s->actions.on_temperror))
		return STS_EXIT_USAGE;
	s->since = s->now - n * DAY;
	return STS_EXIT_OK;
}

static enum sts_exit
exit_status(const json_t *outcome)
{
	if (json_array_size(json_object_get(outcome, "unread")) > 0)
		return STS_EXIT_NOINPUT;
	if (sts_js_is(outcome, "answer", "no"))
		return STS_EXIT_NO;
	return sts_js_is(outcome, "answer", "unknown") ? STS_EXIT_TEMPERROR
						       : STS_EXIT_OK;
}

static enum sts_exit
tell(struct sts_cli *cli, const struct sts_dryrun_settings *settings,
    const struct sts_dryrun *dryrun, const struct sts_dryrun_input *input)
{
	json_t *outcome = sts_dryrun_json(settings, dryrun, input);
	enum sts_exit status;

	if (outcome == NULL)
		return sts_cli_fail(
		    cli, STS_EXIT_SOFTWARE, "failed", "out of memory");
	if (cli->json)
		sts_cli_print_json(cli, outcome);
	else
		sts_dryrun_show(&cli->ui, outcome);
	status = exit_status(outcome);
	json_decref(outcome);
	return status;
}

static enum sts_exit
run(struct sts_cli *cli, const struct sts_dryrun_settings *settings)
{
	struct sts_dryrun_input input = { .lines = 0 };
	struct sts_dryrun *dryrun;
	enum sts_exit status;

	if (sts_dryrun_new(settings, &dryrun) != STS_OK)
		return sts_cli_fail(
		    cli, STS_EXIT_SOFTWARE, "failed", "out of memory");
	status = sts_dryrun_read(cli, settings, dryrun, &input);
	if (status == STS_EXIT_OK)
		status = tell(cli, settings, dryrun, &input);
	sts_dryrun_input_deinit(&input);
	sts_dryrun_free(dryrun);
	return status;
}

enum sts_exit
sts_cmd_dryrun(struct sts_cli *cli)
{
	struct sts_dryrun_settings settings = {
		.now = sts_wall_s(&sts_clock_system),
	};
	enum sts_exit status = sts_cli_conf(cli, &settings.conf);

	if (status != STS_EXIT_OK)
		return status;
	settings.actions = settings.conf->actions;
	settings.decide_at = settings.conf->decide_at;
	status = take_settings(cli, &settings);
	if (status == STS_EXIT_OK)
		status = run(cli, &settings);
	sts_conf_put(settings.conf);
	return status;
}
