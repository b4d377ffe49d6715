/*
 * What each domain is to publish, and what that is to what it published last.
 *
 * The id changes exactly when the text of the policy does (RFC 8461 section
 * 3.1); a policy is taken away by way of mode none (section 8.3).
 */
#include "sts/prog/generate.h"

#include "sts/base/clock.h"
#include "sts/prog/js.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

enum {
	DAY = 86400, /* s */
	WEEK = 7 * DAY,
};

/* Testing and none are to be left soon; enforce protects as long as it is
 * remembered. */
static uint32_t
usual_max_age(enum sts_mode mode)
{
	return mode == STS_MODE_ENFORCE ? WEEK : DAY;
}

const char *
sts_change_text(enum sts_change change)
{
	static const char *const texts[] = {
		[STS_CHANGE_NEW] = "new",
		[STS_CHANGE_POLICY] = "policy",
		[STS_CHANGE_RECORDS] = "records",
		[STS_CHANGE_NONE] = "none",
		[STS_CHANGE_REMOVED] = "removed",
	};

	return texts[change];
}

/* --- findings --- */

static void add_finding(struct sts_target *target, const char *severity,
    const char *fmt, va_list ap) STS_PRINTF(3, 0);

static void
add_finding(struct sts_target *target, const char *severity, const char *fmt,
    va_list ap)
{
	struct sts_buf b;

	sts_buf_init(&b, 4096);
	sts_buf_vprintf(&b, fmt, ap);
	(void)json_array_append_new(
	    target->findings, json_pack("{s:s, s:s}", "severity", severity,
				  "message", sts_buf_cstr(&b)));
	sts_buf_deinit(&b);
}

void
sts_target_find(
    struct sts_target *target, enum sts_refusal refusal, const char *fmt, ...)
{
	va_list ap;

	if (refusal > target->refusal)
		target->refusal = refusal;
	va_start(ap, fmt);
	add_finding(target, "error", fmt, ap);
	va_end(ap);
}

void
sts_target_warn(struct sts_target *target, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_finding(target, "warning", fmt, ap);
	va_end(ap);
}

bool
sts_target_is_refused(
    const struct sts_generate *g, const struct sts_target *target)
{
	return target->refusal == STS_REFUSAL_FINAL ||
	       (target->refusal == STS_REFUSAL_MAIL && !g->options.force);
}

/* --- the plan --- */

/* Tells that nothing says which MX hosts. */
static void
find_no_hosts(const struct sts_generate *g, struct sts_target *target)
{
	static const char remedy[] =
	    "--mx HOST names them, --from-dns takes those of DNS";

	if (g->options.update && target->old == NULL)
		sts_target_find(target, STS_REFUSAL_FINAL,
		    "%s is not in the folder yet, and which are its MX hosts? "
		    "%s",
		    target->now.domain, remedy);
	else
		sts_target_find(
		    target, STS_REFUSAL_FINAL, "which MX hosts? %s", remedy);
}

/* What counts where an option says nothing: with --update, what is there. */
static const struct sts_published *
base_of(const struct sts_generate *g, const struct sts_target *target)
{
	return g->options.update || g->options.remove ? target->old : NULL;
}

static enum sts_mode
mode_of(const struct sts_generate *g, const struct sts_target *target)
{
	const struct sts_published *base = base_of(g, target);

	if (g->options.remove)
		return STS_MODE_NONE;
	if (g->options.has_mode)
		return g->options.mode;
	return base != NULL ? base->policy->mode : STS_MODE_TESTING;
}

static uint32_t
max_age_of(const struct sts_generate *g, const struct sts_target *target)
{
	const struct sts_published *base = base_of(g, target);
	enum sts_mode mode = mode_of(g, target);

	if (g->options.max_age >= 0)
		return (uint32_t)g->options.max_age;
	if (base != NULL && base->policy->mode == mode)
		return base->policy->max_age;
	return usual_max_age(mode);
}

enum sts_err
sts_target_set_policy(struct sts_generate *g, struct sts_target *target,
    const struct sts_patterns *mx)
{
	struct sts_policy *policy;
	enum sts_err err = sts_policy_new(mode_of(g, target),
	    max_age_of(g, target), (const char *const *)mx->p, mx->n, &policy);

	if (err != STS_OK)
		return err;
	sts_policy_put(target->now.policy);
	target->now.policy = policy;
	return STS_OK;
}

bool
sts_target_wants_dns(
    const struct sts_generate *g, const struct sts_target *target)
{
	return g->options.from_dns && target->mx.n == 0 &&
	       mode_of(g, target) != STS_MODE_NONE;
}

/* The patterns as they are in the policy that is there. */
static enum sts_err
keep_patterns(struct sts_generate *g, struct sts_target *target)
{
	const struct sts_policy *old = target->old->policy;
	struct sts_policy *policy;
	enum sts_err err = sts_policy_new(mode_of(g, target),
	    max_age_of(g, target), old->mx, old->n_mx, &policy);

	if (err == STS_OK)
		target->now.policy = policy;
	return err;
}

/* STS_E_NOTFOUND: nothing says which MX hosts. */
static enum sts_err
plan_policy(struct sts_generate *g, struct sts_target *target)
{
	static const struct sts_patterns none;
	const struct sts_published *base = base_of(g, target);
	enum sts_mode mode = mode_of(g, target);

	if (mode == STS_MODE_NONE || sts_target_wants_dns(g, target))
		return sts_target_set_policy(g, target, &none);
	if (target->mx.n > 0)
		return sts_target_set_policy(g, target, &target->mx);
	if (g->options.mx.n > 0)
		return sts_target_set_policy(g, target, &g->options.mx);
	if (base != NULL && base->policy->n_mx > 0)
		return keep_patterns(g, target);
	return STS_E_NOTFOUND;
}

static enum sts_err
plan_records(struct sts_generate *g, struct sts_target *target)
{
	const struct sts_published *base = base_of(g, target);
	const char *tlsrpt = g->options.tlsrpt, *host_at = g->options.host_at;

	if (tlsrpt == NULL && base != NULL)
		tlsrpt = base->tlsrpt;
	if (host_at[0] == '\0' && base != NULL)
		host_at = base->host_at;
	(void)snprintf(
	    target->now.host_at, sizeof(target->now.host_at), "%s", host_at);
	if (tlsrpt == NULL)
		return STS_OK;
	target->now.tlsrpt = strdup(tlsrpt);
	return target->now.tlsrpt == NULL ? STS_E_NOMEM : STS_OK;
}

static void
warn_of_max_age(struct sts_target *target)
{
	const struct sts_policy *policy = target->now.policy;

	if (policy->mode == STS_MODE_ENFORCE && policy->max_age < WEEK)
		sts_target_warn(target,
		    "max_age %u is shorter than a week: enforce protects only "
		    "senders that remember the policy (604800 and more)",
		    (unsigned)policy->max_age);
	if (policy->mode == STS_MODE_NONE && policy->max_age > DAY)
		sts_target_warn(target,
		    "max_age %u: for mode none a small one is meant, such as "
		    "86400 (RFC 8461 section 8.3)",
		    (unsigned)policy->max_age);
}

/* Without --update all is as the options say, which a person may not mean. */
static void
warn_of_losses(const struct sts_generate *g, struct sts_target *target)
{
	const struct sts_published *old = target->old, *now = &target->now;
	static const char loses[] =
	    "its %s goes away, since --%s was not given; --update keeps what "
	    "is not said";

	if (old == NULL || base_of(g, target) != NULL)
		return;
	if (old->policy->mode == STS_MODE_ENFORCE && !g->options.has_mode)
		sts_target_warn(target, loses, "mode enforce", "mode");
	if (old->tlsrpt != NULL && now->tlsrpt == NULL)
		sts_target_warn(target, loses, "record _smtp._tls", "rua");
	if (old->host_at[0] != '\0' && now->host_at[0] == '\0')
		sts_target_warn(target, loses, "CNAME record", "host-at");
}

static enum sts_err
plan(struct sts_generate *g, struct sts_target *target)
{
	enum sts_err err;

	if (g->options.remove && target->old == NULL) {
		sts_target_find(target, STS_REFUSAL_FINAL, "%s is not there",
		    target->now.domain);
		return STS_OK;
	}
	err = plan_policy(g, target);
	if (err == STS_E_NOTFOUND) {
		find_no_hosts(g, target);
		return STS_OK;
	}
	if (err == STS_OK)
		err = plan_records(g, target);
	if (err != STS_OK)
		return err;
	warn_of_max_age(target);
	warn_of_losses(g, target);
	return STS_OK;
}

enum sts_exit
sts_generate_plan(struct sts_generate *g)
{
	enum sts_err err = STS_OK;

	for (size_t i = 0; err == STS_OK && i < g->n; i++)
		err = plan(g, &g->targets[i]);
	if (err != STS_OK)
		return sts_cli_fail(
		    g->cli, STS_EXIT_SOFTWARE, "failed", "out of memory");
	if (g->options.domains == NULL && !g->options.remove &&
	    g->targets[0].refusal == STS_REFUSAL_FINAL)
		return sts_cli_usage(g->cli, "%s",
		    sts_js_text(
			json_array_get(g->targets[0].findings, 0), "message"));
	return STS_EXIT_OK;
}

/* --- the change --- */

char *
sts_generate_policy_name(const char *domain, char *dst)
{
	(void)snprintf(
	    dst, PATH_MAX, "mta-sts.%s/.well-known/mta-sts.txt", domain);
	return dst;
}

void
sts_generate_policy_text(
    const struct sts_published *published, struct sts_buf *b)
{
	sts_policy_print(published->policy, b);
}

/*
 * Whether the policy is what the id in the zone is for, and what lies in the
 * folder too: a run that was cut short wrote the one and not the other, and a
 * person may have changed either.
 */
static enum sts_err
is_same_policy(struct sts_generate *g, struct sts_target *target, bool *same)
{
	char name[PATH_MAX];
	struct sts_buf text, there;
	enum sts_err err;

	*same = sts_policy_eq(target->now.policy, target->old->policy);
	if (!*same)
		return STS_OK;
	sts_buf_init(&text, STS_POLICY_TEXT_MAX);
	sts_buf_init(&there, STS_POLICY_TEXT_MAX);
	sts_generate_policy_text(&target->now, &text);
	err = sts_outdir_read(
	    g->dir, sts_generate_policy_name(target->now.domain, name), &there);
	*same = err == STS_E_NOTFOUND ||
		(err == STS_OK &&
		    sts_slice_eq(sts_buf_view(&text), sts_buf_view(&there)));
	if (err == STS_E_NOTFOUND || err == STS_E_LIMIT)
		err = sts_buf_err(&text);
	sts_buf_deinit(&there);
	sts_buf_deinit(&text);
	return err;
}

static bool
are_same_records(const struct sts_published *a, const struct sts_published *b)
{
	return strcmp(a->host_at, b->host_at) == 0 &&
	       sts_slice_eq(sts_slice_str(a->tlsrpt), sts_slice_str(b->tlsrpt));
}

/* Until when senders may remember what was published so far (RFC 8461 section
 * 8.3); mode none asks for nothing, and may be remembered. */
static int64_t
earlier_until(const struct sts_generate *g, const struct sts_published *old)
{
	int64_t until = g->now + old->policy->max_age;

	if (old->policy->mode == STS_MODE_NONE || until < old->earlier)
		until = old->earlier;
	return until > g->now ? until : 0;
}

/* "20260101T120000": letters and digits, and it grows. */
static void
make_stamp(int64_t now, char dst[STS_ID_SIZE])
{
	char text[STS_TIME_TEXT];
	size_t n = 0;

	(void)sts_time_rfc3339(now, text);
	for (const char *c = text; *c != '\0' && *c != 'Z'; c++)
		if (sts_is_alnum(*c))
			dst[n++] = *c;
	dst[n] = '\0';
}

static void
settle_new_policy(struct sts_generate *g, struct sts_target *target)
{
	const struct sts_published *old = target->old;
	char stamp[STS_ID_SIZE];

	make_stamp(g->now, stamp);
	(void)sts_id_next(stamp, old == NULL ? "" : old->id, target->now.id);
	target->now.earlier = old == NULL ? 0 : earlier_until(g, old);
	target->change = old == NULL ? STS_CHANGE_NEW : STS_CHANGE_POLICY;
}

static void
settle_old_policy(struct sts_generate *g, struct sts_target *target)
{
	const struct sts_published *old = target->old;
	char until[STS_TIME_TEXT];

	memcpy(target->now.id, old->id, sizeof(target->now.id));
	target->now.earlier = old->earlier;
	target->change = are_same_records(&target->now, old)
			     ? STS_CHANGE_NONE
			     : STS_CHANGE_RECORDS;
	if (!g->options.remove)
		return;
	target->change = STS_CHANGE_REMOVED;
	if (old->earlier > g->now)
		sts_target_find(target, STS_REFUSAL_MAIL,
		    "senders may remember a policy from before mode none until "
		    "%s: run this again then (RFC 8461 section 8.3)",
		    sts_time_rfc3339(old->earlier, until));
}

enum sts_exit
sts_generate_settle(struct sts_generate *g)
{
	for (size_t i = 0; i < g->n; i++) {
		struct sts_target *target = &g->targets[i];
		bool same = false;
		enum sts_err err = STS_OK;

		if (target->refusal == STS_REFUSAL_FINAL)
			continue;
		if (target->old != NULL)
			err = is_same_policy(g, target, &same);
		if (err != STS_OK)
			return sts_cli_fail(g->cli, STS_EXIT_IO, "folder",
			    "%s cannot be read: %s", sts_outdir_culprit(g->dir),
			    sts_outdir_why(errno));
		if (same)
			settle_old_policy(g, target);
		else
			settle_new_policy(g, target);
	}
	return STS_EXIT_OK;
}
