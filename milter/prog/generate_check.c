/*
 * What the world says of a policy that is not published yet: which MX hosts a
 * domain has, and whether senders that obey the policy would reach them.
 */
#include "sts/prog/generate.h"

#include "sts/engine/engine.h"
#include "sts/prog/ownengine.h"
#include "sts/prog/progress.h"

#include <stdlib.h>

enum {
	AT_ONCE = 64, /* domains asked about at once */
	SOON = 14 * 86400, /* s: a certificate that ends so soon */
};

/* A way through all targets: what is asked, and what becomes of the answer. */
struct pass {
	const char *what; /* for the person who waits */
	bool (*wanted)(
	    const struct sts_generate *g, const struct sts_target *target);
	enum sts_err (*take)(struct sts_generate *g, struct sts_target *target,
	    const struct sts_answer *answer);
};

struct asking {
	struct sts_generate *g;
	struct sts_own own;
	struct sts_progress progress;
	const struct pass *pass;
	size_t wanted, done;
};

static void
show(struct asking *a)
{
	char what[128];

	if (a->wanted == 1)
		(void)snprintf(what, sizeof(what), "%s", a->pass->what);
	else
		(void)snprintf(what, sizeof(what), "%s: %zu of %zu domains",
		    a->pass->what, a->done, a->wanted);
	sts_progress_show(&a->progress, what);
}

/* A reference; NULL: out of memory. */
static const struct sts_answer *
wait_for(struct asking *a, struct sts_ticket *ticket)
{
	const struct sts_answer *answer = NULL;
	int64_t until =
	    sts_mono_ms(&sts_clock_system) + sts_own_longest_ms(&a->own);
	enum sts_err err;

	for (;;) {
		show(a);
		err = sts_ticket_wait(ticket, STS_PROGRESS_MS, &answer);
		if (err != STS_E_TIMEOUT ||
		    sts_mono_ms(&sts_clock_system) >= until)
			return answer;
		sts_answer_put(answer);
		answer = NULL;
	}
}

/* Asked and not answered yet, in order. */
struct window {
	struct sts_ticket *ticket[AT_ONCE];
	struct sts_target *target[AT_ONCE];
	size_t first, n;
};

static enum sts_err
take_first(struct asking *a, struct window *w)
{
	struct sts_ticket *ticket = w->ticket[w->first];
	const struct sts_answer *answer = wait_for(a, ticket);
	enum sts_err err = STS_E_NOMEM;

	if (answer != NULL)
		err = a->pass->take(a->g, w->target[w->first], answer);
	sts_answer_put(answer);
	sts_ticket_free(ticket);
	w->first = (w->first + 1) % AT_ONCE;
	w->n--;
	a->done++;
	return err;
}

static enum sts_err
ask(struct asking *a, struct window *w, struct sts_target *target)
{
	size_t i = (w->first + w->n) % AT_ONCE;
	enum sts_err err = sts_engine_try(a->own.engine, target->now.domain,
	    target->now.policy, &w->ticket[i]);

	if (err != STS_OK)
		return err;
	w->target[i] = target;
	w->n++;
	return STS_OK;
}

static enum sts_err
ask_all(struct asking *a)
{
	struct sts_generate *g = a->g;
	struct window w = { .n = 0 };
	enum sts_err err = STS_OK;

	for (size_t i = 0; err == STS_OK && i < g->n; i++) {
		if (!a->pass->wanted(g, &g->targets[i]))
			continue;
		if (w.n == AT_ONCE)
			err = take_first(a, &w);
		if (err == STS_OK)
			err = ask(a, &w, &g->targets[i]);
	}
	while (err == STS_OK && w.n > 0)
		err = take_first(a, &w);
	for (; w.n > 0; w.n--) {
		sts_ticket_free(w.ticket[w.first]);
		w.first = (w.first + 1) % AT_ONCE;
	}
	return err;
}

/* --- MX hosts from DNS --- */

/* DNS gives hosts of one preference in any order, and the policy's text is to
 * be the same each time. */
static int
by_name(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static enum sts_err
add_hosts(struct sts_target *target, const struct sts_answer *answer)
{
	enum sts_err err = STS_OK;
	const char *why;

	for (size_t i = 0; err != STS_E_NOMEM && i < answer->n_mx; i++) {
		err = sts_patterns_add(
		    &target->mx, sts_slice_str(answer->mx[i].host), &why);
		if (err == STS_E_SYNTAX)
			sts_target_find(target, STS_REFUSAL_FINAL,
			    "MX host \"%s\" %s", answer->mx[i].host, why);
	}
	if (target->mx.n > 0)
		qsort(
		    target->mx.p, target->mx.n, sizeof(*target->mx.p), by_name);
	return err == STS_E_NOMEM ? err : STS_OK;
}

static enum sts_err
take_hosts(struct sts_generate *g, struct sts_target *target,
    const struct sts_answer *answer)
{
	enum sts_err err;

	if (answer->mx_state == STS_MX_NULL) {
		sts_target_find(target, STS_REFUSAL_FINAL,
		    "the domain takes no mail (null MX): there is nothing to "
		    "protect; mode none needs no MX host");
		return STS_OK;
	}
	if (answer->mx_state != STS_MX_KNOWN || answer->n_mx == 0) {
		sts_target_find(target, STS_REFUSAL_FINAL,
		    "its MX hosts cannot be told (%s); --mx HOST names them",
		    answer->mx_detail[0] == '\0' ? "no answer in time"
						 : answer->mx_detail);
		return STS_OK;
	}
	if (answer->implicit_mx)
		sts_target_warn(target,
		    "there is no MX record: mail goes to %s itself",
		    target->now.domain);
	err = add_hosts(target, answer);
	return err == STS_OK ? sts_target_set_policy(g, target, &target->mx)
			     : err;
}

/* --- would enforce lock mail out? --- */

static bool
is_enforced(const struct sts_generate *g, const struct sts_target *target)
{
	const struct sts_policy *now = target->now.policy;
	bool same = target->old != NULL && now != NULL &&
		    sts_policy_eq(now, target->old->policy);

	(void)g;
	return target->refusal == STS_REFUSAL_NONE && now != NULL &&
	       now->mode == STS_MODE_ENFORCE && !same;
}

/* Whether this host is a validated path. */
static bool
judge_host(
    struct sts_target *target, const struct sts_mx_outcome *mx, int64_t now)
{
	const struct sts_host_outcome *seen = mx->seen;
	char until[STS_TIME_TEXT];

	if (!mx->match) {
		sts_target_find(target, STS_REFUSAL_MAIL,
		    "MX host %s is in DNS and not in the policy; add --mx %s",
		    mx->host, mx->host);
		return false;
	}
	if (seen == NULL) {
		sts_target_warn(target,
		    "MX host %s was not connected to (probe = false)",
		    mx->host);
		return true;
	}
	switch (seen->path) {
	case STS_PATH_VALIDATED:
		if (seen->not_after > 0 && seen->not_after < now + SOON)
			sts_target_warn(target,
			    "MX host %s: its certificate ends %s", mx->host,
			    sts_time_rfc3339(seen->not_after, until));
		return true;
	case STS_PATH_INVALID:
		sts_target_find(target, STS_REFUSAL_MAIL, "MX host %s: %s%s%s",
		    mx->host, sts_reason_text(seen->reason),
		    seen->detail[0] == '\0' ? "" : ": ", seen->detail);
		return false;
	case STS_PATH_UNREACHABLE:
		sts_target_warn(target, "MX host %s could not be reached%s%s",
		    mx->host, seen->detail[0] == '\0' ? "" : ": ",
		    seen->detail);
		return false;
	}
	return false;
}

static void
warn_of_idle_patterns(
    struct sts_target *target, const struct sts_answer *answer)
{
	const struct sts_policy *policy = target->now.policy;

	for (size_t i = 0; i < policy->n_mx; i++) {
		bool used = false;

		for (size_t k = 0; !used && k < answer->n_mx; k++)
			used = sts_mx_match(sts_slice_str(policy->mx[i]),
			    sts_slice_str(answer->mx[k].host));
		if (!used)
			sts_target_warn(target,
			    "mx %s matches no MX host that DNS has now",
			    policy->mx[i]);
	}
}

static void
judge_hosts(struct sts_generate *g, struct sts_target *target,
    const struct sts_answer *answer)
{
	size_t good = 0;

	for (size_t i = 0; i < answer->n_mx; i++)
		good += judge_host(target, &answer->mx[i], g->now);
	if (good == 0)
		sts_target_find(target, STS_REFUSAL_MAIL,
		    "no MX host was proven to take mail securely");
	warn_of_idle_patterns(target, answer);
}

static enum sts_err
take_verdict(struct sts_generate *g, struct sts_target *target,
    const struct sts_answer *answer)
{
	target->checked = true;
	switch (answer->mx_state) {
	case STS_MX_KNOWN:
		judge_hosts(g, target, answer);
		break;
	case STS_MX_NULL:
		sts_target_warn(target,
		    "the domain takes no mail (null MX): there is nothing to "
		    "protect");
		break;
	case STS_MX_UNKNOWN:
	case STS_MX_PENDING:
		sts_target_find(target, STS_REFUSAL_MAIL,
		    "its MX hosts cannot be told (%s)",
		    answer->mx_detail[0] == '\0' ? "no answer in time"
						 : answer->mx_detail);
		break;
	}
	return STS_OK;
}

static const struct pass from_dns = {
	"looking up MX hosts",
	sts_target_wants_dns,
	take_hosts,
};

static const struct pass enforced = {
	"connecting to MX hosts",
	is_enforced,
	take_verdict,
};

static enum sts_exit
run_pass(struct asking *a, const struct pass *pass)
{
	struct sts_generate *g = a->g;
	enum sts_exit status = STS_EXIT_OK;
	enum sts_err err;

	a->pass = pass;
	a->wanted = a->done = 0;
	for (size_t i = 0; i < g->n; i++)
		a->wanted += pass->wanted(g, &g->targets[i]);
	if (a->wanted == 0)
		return STS_EXIT_OK;
	if (a->own.engine == NULL)
		status = sts_own_init(g->cli, &a->own);
	if (status != STS_EXIT_OK)
		return status;
	sts_progress_init(&a->progress, !g->cli->verbose);
	err = ask_all(a);
	sts_progress_clear(&a->progress);
	if (err == STS_OK)
		return STS_EXIT_OK;
	return sts_cli_fail(
	    g->cli, STS_EXIT_SOFTWARE, "failed", "%s", sts_err_text(err));
}

enum sts_exit
sts_generate_check(struct sts_generate *g)
{
	struct asking a = { .g = g };
	enum sts_exit status = run_pass(&a, &from_dns);

	if (status == STS_EXIT_OK && !g->options.offline)
		status = run_pass(&a, &enforced);
	sts_own_deinit(&a.own);
	return status;
}
