/*
 * What a person has to do with what was generated, in the order in which it is
 * safe: RFC 8461 section 8.1 (the policy, then the id) and section 8.3 (taking
 * it away).
 */
#include "sts/prog/generate.h"

#include "sts/base/clock.h"

enum { STEP_MAX = 2048 };

/* What there is to tell about, of all targets. */
struct summary {
	size_t fresh, changed, records, removed, left; /* left: for none */
	const struct sts_target *one; /* the first of those, for examples */
	bool any_host_at, any_address; /* how mta-sts.DOMAIN is found */
	int64_t old_max_age; /* s, the longest of those that changed */
	int64_t earlier; /* wall s, the latest of those left for none */
	bool enforced_before; /* one that changed was */
};

static void
count_change(struct summary *s, const struct sts_target *target)
{
	const struct sts_policy *old =
	    target->old == NULL ? NULL : target->old->policy;

	switch (target->change) {
	case STS_CHANGE_NEW:
		s->fresh++;
		break;
	case STS_CHANGE_POLICY:
		s->changed++;
		if (old->max_age > s->old_max_age)
			s->old_max_age = old->max_age;
		s->enforced_before |= old->mode == STS_MODE_ENFORCE;
		break;
	case STS_CHANGE_RECORDS:
		s->records++;
		break;
	case STS_CHANGE_REMOVED:
		s->removed++;
		break;
	case STS_CHANGE_NONE:
		return;
	}
	if (s->one == NULL)
		s->one = target;
}

static void
summarize(const struct sts_generate *g, struct summary *s)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct sts_target *target = &g->targets[i];

		if (sts_target_is_refused(g, target))
			continue;
		count_change(s, target);
		if (target->change == STS_CHANGE_REMOVED)
			continue;
		s->any_host_at |= target->now.host_at[0] != '\0';
		s->any_address |= target->now.host_at[0] == '\0';
		if (target->now.policy->mode != STS_MODE_NONE ||
		    target->old == NULL)
			continue;
		s->left++;
		if (target->now.earlier > s->earlier)
			s->earlier = target->now.earlier;
	}
}

static void add(json_t *steps, const char *fmt, ...) STS_PRINTF(2, 3);

static void
add(json_t *steps, const char *fmt, ...)
{
	struct sts_buf b;
	va_list ap;

	sts_buf_init(&b, STEP_MAX);
	va_start(ap, fmt);
	sts_buf_vprintf(&b, fmt, ap);
	va_end(ap);
	(void)json_array_append_new(steps, json_string(sts_buf_cstr(&b)));
	sts_buf_deinit(&b);
}

static const char *
folder(const struct sts_generate *g)
{
	return g->dir == NULL ? "DIR" : sts_outdir_path(g->dir);
}

/* A new host needs a name, a certificate and a server. */
static void
add_host_steps(
    const struct sts_generate *g, const struct summary *s, json_t *steps)
{
	const char *domain = s->one->now.domain;

	if (s->any_address)
		add(steps,
		    "Give mta-sts.%s the address of your web server (A and "
		    "AAAA records).",
		    domain);
	if (s->any_host_at)
		add(steps,
		    "Publish the CNAME record of mta-sts.%s; it is where your "
		    "web server is.",
		    domain);
	add(steps, "Get a certificate for mta-sts.%s; it must name that host.",
	    domain);
	if (g->dir == NULL)
		add(steps, "Have a web server serve the policy there, as "
			   "text/plain; with --out and --server its "
			   "configuration is written, too.");
	else
		add(steps,
		    "Have your web server use the configuration in %s, "
		    "and reload it.",
		    folder(g));
}

static void
add_policy_steps(
    const struct sts_generate *g, const struct summary *s, json_t *steps)
{
	const char *domain = s->one->now.domain;

	if (s->changed > 0)
		add(steps,
		    "Serve the policy first: if your web servers are other "
		    "machines, copy %s to all of them now.",
		    folder(g));
	add(steps,
	    "See that the policy is served before any record tells of "
	    "it:\n    curl --fail "
	    "https://mta-sts.%s/.well-known/mta-sts.txt",
	    domain);
}

static void
add_record_step(
    const struct sts_generate *g, const struct summary *s, json_t *steps)
{
	if (g->dir == NULL)
		add(steps, "Only then publish the records.");
	else if (s->fresh + s->changed > 0)
		add(steps, "Only then publish the records of %s/records.zone%s",
		    folder(g),
		    s->changed > 0 ? ": the new id tells senders to fetch the "
				     "policy."
				   : ".");
	else
		add(steps, "Publish the records of %s/records.zone.",
		    folder(g));
}

static void
add_wait(const struct summary *s, json_t *steps)
{
	char ttl[STS_DURATION_TEXT], age[STS_DURATION_TEXT];

	if (s->changed == 0)
		return;
	(void)sts_duration_text(STS_PUBLISHED_TTL, ttl);
	add(steps,
	    "Wait %s (the TTL of the records): until then senders may use the "
	    "policy from before, and those that cannot see the new id for %s "
	    "(its max_age). Keep what it %s working: change MX records "
	    "only after that.",
	    ttl, sts_duration_text(s->old_max_age, age),
	    s->enforced_before ? "enforces" : "says");
}

static void
add_removal(
    const struct sts_generate *g, const struct summary *s, json_t *steps)
{
	char until[STS_TIME_TEXT];

	if (s->left > 0 && s->earlier > g->now)
		add(steps,
		    "To take MTA-STS away altogether, go on serving mode none "
		    "until %s, when no sender remembers an earlier policy (RFC "
		    "8461 section 8.3); later, if you publish later. "
		    "Then:\n    mta-sts generate --remove --out %s %s",
		    sts_time_rfc3339(s->earlier, until), folder(g),
		    s->one == NULL ? "DOMAIN" : s->one->now.domain);
	if (s->removed > 0)
		add(steps,
		    "Take out of DNS what is no longer in %s/records.zone, and "
		    "a TTL later mta-sts.%s with its host and its "
		    "certificate.",
		    folder(g), s->one->now.domain);
}

json_t *
sts_generate_steps(const struct sts_generate *g)
{
	struct summary s = { .one = NULL };
	json_t *steps = json_array();

	summarize(g, &s);
	if (steps == NULL || s.one == NULL)
		return steps;
	if (s.fresh > 0)
		add_host_steps(g, &s, steps);
	if (s.fresh + s.changed > 0)
		add_policy_steps(g, &s, steps);
	if (s.fresh + s.changed + s.records > 0) {
		add_record_step(g, &s, steps);
		add_wait(&s, steps);
		add(steps, "Prove it:\n    mta-sts %s %s",
		    s.one->now.policy->mode == STS_MODE_NONE ? "query"
							     : "check",
		    s.one->now.domain);
	}
	add_removal(g, &s, steps);
	return steps;
}
