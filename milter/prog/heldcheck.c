/* Looks again at the domains that held mail is for. */
#include "sts/base/clock.h"
#include "sts/prog/daemon.h"
#include "sts/prog/held.h"
#include "sts/prog/js.h"
#include "sts/prog/survey.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	AT_ONCE = 8, /* of the daemon, which serves 16 */
	DOING_SIZE = 64,
};

struct checking {
	struct sts_cli *cli;
	const struct sts_conf *conf;
	json_t *answers; /* by domain */
	bool by_daemon;
	bool failed; /* memory */
};

/* --- the answers --- */

static void
keep(struct checking *c, const char *domain, json_t *answer)
{
	if (json_object_set(c->answers, domain, answer) != 0)
		c->failed = true;
}

/* The domains of all messages, each once, and null for its answer. */
static json_t *
gather(const json_t *messages)
{
	json_t *domains = json_object();
	bool failed = domains == NULL;

	for (size_t i = 0; i < json_array_size(messages); i++) {
		const json_t *of =
		    json_object_get(json_array_get(messages, i), "domains");

		for (size_t j = 0; j < json_array_size(of); j++)
			failed |= json_object_set_new(domains,
				      json_string_value(json_array_get(of, j)),
				      json_null()) != 0;
	}
	if (!failed)
		return domains;
	json_decref(domains);
	return NULL;
}

static void
on_surveyed(void *cookie, json_t *answer)
{
	struct checking *c = cookie;

	keep(c, sts_js_text(answer, "domain"), answer);
}

static enum sts_exit
ask_engine(struct checking *c, const char **names, size_t n)
{
	char(*domains)[STS_DOMAIN_SIZE] = calloc(n, sizeof(*domains));
	enum sts_exit status;

	if (domains == NULL)
		return STS_EXIT_SOFTWARE;
	for (size_t i = 0; i < n; i++)
		(void)snprintf(domains[i], sizeof(domains[i]), "%s", names[i]);
	status = sts_survey(c->cli, domains, n, on_surveyed, c);
	free(domains);
	return status;
}

static bool
daemon_answers(const struct sts_conf *conf)
{
	const char *why;
	int fd;

	if (sts_sockspec_connect(&conf->control, &fd, &why) != STS_OK)
		return false;
	(void)close(fd);
	return true;
}

/* Asked without waiting for it: several are under way. */
static enum sts_exit
open_next(struct checking *c, struct sts_daemon *daemon, const char *domain)
{
	return sts_daemon_open(
	    c->cli, "cache-refresh", domain, "asking the daemon", daemon);
}

static enum sts_exit
take_answer(struct checking *c, struct sts_daemon *daemon, const char *domain)
{
	json_t *line;
	enum sts_exit status = sts_daemon_line(daemon, &line);

	sts_daemon_close(daemon);
	if (status != STS_EXIT_OK)
		return status;
	keep(c, domain, json_object_get(line, "answer"));
	json_decref(line);
	return STS_EXIT_OK;
}

static enum sts_exit
ask_daemon(struct checking *c, const char **names, size_t n)
{
	struct sts_daemon daemons[AT_ONCE];
	enum sts_exit status = STS_EXIT_OK;
	size_t asked = 0, taken = 0;
	char doing[DOING_SIZE];

	while (status == STS_EXIT_OK && taken < n) {
		while (asked < n && asked - taken < AT_ONCE &&
		       status == STS_EXIT_OK) {
			status = open_next(
			    c, &daemons[asked % AT_ONCE], names[asked]);
			asked += status == STS_EXIT_OK;
		}
		if (status != STS_EXIT_OK)
			break;
		(void)snprintf(doing, sizeof(doing),
		    "checking domain %zu of %zu", taken + 1, n);
		daemons[taken % AT_ONCE].doing = doing;
		status =
		    take_answer(c, &daemons[taken % AT_ONCE], names[taken]);
		taken++;
	}
	while (taken < asked)
		sts_daemon_close(&daemons[taken++ % AT_ONCE]);
	return status;
}

static enum sts_exit
ask_all(struct checking *c)
{
	size_t n = json_object_size(c->answers), i = 0;
	const char **names = calloc(n == 0 ? 1 : n, sizeof(*names));
	enum sts_exit status = STS_EXIT_OK;
	const char *name;
	json_t *answer;

	if (names == NULL)
		return STS_EXIT_SOFTWARE;
	/* Setting a key that is there keeps its place and its text. */
	json_object_foreach(c->answers, name, answer) names[i++] = name;
	if (n > 0)
		status = c->by_daemon ? ask_daemon(c, names, n)
				      : ask_engine(c, names, n);
	free(names);
	return status;
}

/* --- what they say of a message --- */

/* A verdict from its words.  false: they are none. */
static bool
verdict_of(const json_t *answer, struct sts_verdict *v)
{
	const char *mode =
	    sts_js_text(json_object_get(answer, "policy"), "mode");

	*v = (struct sts_verdict){ .mx = STS_NO_MX };
	v->in_policy = mode[0] != '\0';
	return sts_result_parse(sts_slice_str(sts_js_text(answer, "result")),
		   &v->result) == STS_OK &&
	       sts_reason_parse(sts_slice_str(sts_js_text(answer, "reason")),
		   &v->reason) == STS_OK &&
	       (!v->in_policy ||
		   sts_mode_parse(sts_slice_str(mode), &v->mode) == STS_OK);
}

/*
 * Why the message stays, a literal; NULL: it may go.  Where no policy is found
 * now, only the daemon knows that none is in force: an attacker who keeps us
 * from the record must not have the message released.  What cannot be told of
 * the policy itself never passes.
 */
static const char *
why_held(const struct checking *c, const struct sts_verdict *v,
    enum sts_action action)
{
	if (v->result == STS_RESULT_TEMPERROR && !v->in_policy)
		return "whether there is a policy cannot be told";
	if (v->result == STS_RESULT_NONE && !c->by_daemon &&
	    v->reason != STS_REASON_NULL_MX)
		return "no policy is found, and the daemon, which would know "
		       "of one in force, does not answer";
	return sts_verdict_holds(action) ? "it would be held again" : NULL;
}

static json_t *
check_json(const char *domain, const struct sts_verdict *v,
    enum sts_action action, const char *why)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:b, s:s?}", "domain", domain,
	    "result", sts_result_text(v->result), "reason",
	    sts_reason_text(v->reason), "action", sts_action_text(action),
	    "passes", why == NULL, "why", why);
}

/* One domain of a message; *why stays the first reason against it. */
static void
check_domain(struct checking *c, const json_t *message, const char *domain,
    json_t *checks, const char **why)
{
	const json_t *answer = json_object_get(c->answers, domain);
	const struct sts_exception *exception;
	struct sts_actions words;
	struct sts_verdict v;
	enum sts_action action;
	const char *wrong;

	if (!verdict_of(answer, &v)) {
		*why = *why == NULL ? "it could not be checked" : *why;
		return;
	}
	if (sts_js_true(message, "requiretls"))
		v = sts_verdict_require_tls(v);
	words = sts_conf_actions(c->conf, sts_slice_str(domain),
	    sts_wall_s(&sts_clock_system), &exception);
	action = sts_verdict_action(&v, &words);
	wrong = why_held(c, &v, action);
	if (json_array_append_new(
		checks, check_json(domain, &v, action, wrong)) != 0)
		c->failed = true;
	*why = *why == NULL ? wrong : *why;
}

static void
check_message(struct checking *c, json_t *message)
{
	const json_t *domains = json_object_get(message, "domains");
	const json_t *problem = json_object_get(message, "problem");
	const char *why = json_string_value(problem);
	json_t *checks = json_array();

	for (size_t i = 0; i < json_array_size(domains); i++)
		check_domain(c, message,
		    json_string_value(json_array_get(domains, i)), checks,
		    &why);
	if (json_array_size(domains) == 0 && why == NULL)
		why = "no domain of it is known";
	if (json_object_set_new(message, "passes", json_boolean(why == NULL)) !=
		0 ||
	    json_object_set_new(message, "why",
		why == NULL ? json_null() : json_string(why)) != 0 ||
	    json_object_set_new(message, "checks", checks) != 0)
		c->failed = true;
}

enum sts_exit
sts_held_check(struct sts_cli *cli, const struct sts_conf *conf,
    json_t *messages, const char **by)
{
	struct checking c = {
		.cli = cli,
		.conf = conf,
		.answers = gather(messages),
		.by_daemon = daemon_answers(conf),
	};
	enum sts_exit status;

	if (c.answers == NULL)
		return sts_cli_fail(
		    cli, STS_EXIT_SOFTWARE, "failed", "out of memory");
	*by = c.by_daemon ? "daemon" : "engine";
	status = ask_all(&c);
	for (size_t i = 0;
	     status == STS_EXIT_OK && i < json_array_size(messages); i++)
		check_message(&c, json_array_get(messages, i));
	if (status == STS_EXIT_OK && c.failed)
		status = sts_cli_fail(
		    cli, STS_EXIT_SOFTWARE, "failed", "out of memory");
	json_decref(c.answers);
	return status;
}
