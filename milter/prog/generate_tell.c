/* What `mta-sts generate` says to people. */
#include "sts/prog/generate.h"

#include "sts/prog/js.h"

#include <stdlib.h>

enum {
	TOLD_MAX = 20, /* domains: of more, only those that need a look */
	RECORDS_MAX = STS_POLICY_TEXT_MAX * 16,
};

static void
tell_findings(struct sts_ui *ui, const struct sts_target *target)
{
	size_t n = json_array_size(target->findings);

	for (size_t i = 0; i < n; i++) {
		const json_t *finding = json_array_get(target->findings, i);
		bool is_error = sts_js_is(finding, "severity", "error");

		sts_ui_put(ui, STS_STYLE_PLAIN, "  ");
		sts_ui_put(ui, is_error ? STS_STYLE_BAD : STS_STYLE_WARN,
		    sts_js_text(finding, "severity"));
		sts_ui_put(ui, STS_STYLE_PLAIN, ": ");
		sts_ui_put(
		    ui, STS_STYLE_PLAIN, sts_js_text(finding, "message"));
		sts_ui_newline(ui);
	}
}

static void
tell_target(const struct sts_generate *g, const struct sts_target *target)
{
	static const char *const words[] = {
		[STS_CHANGE_NEW] = "new",
		[STS_CHANGE_POLICY] = "changed",
		[STS_CHANGE_RECORDS] = "the same policy, other records",
		[STS_CHANGE_NONE] = "unchanged",
		[STS_CHANGE_REMOVED] = "removed",
	};
	struct sts_ui *ui = &g->cli->ui;
	const struct sts_policy *policy = target->now.policy;
	char age[STS_DURATION_TEXT];

	sts_ui_put(ui, STS_STYLE_BOLD, target->now.domain);
	sts_ui_put(ui, STS_STYLE_PLAIN, ": ");
	if (sts_target_is_refused(g, target)) {
		sts_ui_put(ui, STS_STYLE_BAD, "refused");
	} else if (target->change == STS_CHANGE_REMOVED) {
		sts_ui_put(ui, STS_STYLE_PLAIN, "removed");
	} else {
		sts_ui_printf(ui, "%s, mode %s, max_age %u (%s), id %s",
		    words[target->change], sts_mode_text(policy->mode),
		    (unsigned)policy->max_age,
		    sts_duration_text(policy->max_age, age), target->now.id);
		if (policy->mode == STS_MODE_ENFORCE && !target->checked &&
		    target->change != STS_CHANGE_NONE)
			sts_ui_put(
			    ui, STS_STYLE_WARN, ", its MX hosts not checked");
	}
	sts_ui_newline(ui);
	tell_findings(ui, target);
}

/* Lines of a text that is ASCII, their CR dropped. */
static void
print_lines(struct sts_ui *ui, struct sts_slice text)
{
	struct sts_slice line;
	char *copy;

	while (sts_slice_cut(&text, '\n', &line)) {
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		copy = strndup(line.p, line.n);
		sts_ui_put(ui, STS_STYLE_PLAIN, copy);
		sts_ui_newline(ui);
		free(copy);
	}
}

/* What is to be published, where no folder gets it. */
static void
print_published(struct sts_ui *ui, const struct sts_published *now)
{
	struct sts_buf b;

	sts_buf_init(&b, RECORDS_MAX);
	sts_ui_newline(ui);
	sts_ui_printf(
	    ui, "# https://mta-sts.%s/.well-known/mta-sts.txt", now->domain);
	sts_ui_newline(ui);
	sts_generate_policy_text(now, &b);
	print_lines(ui, sts_buf_view(&b));
	sts_ui_newline(ui);
	sts_ui_put(ui, STS_STYLE_PLAIN, "# records");
	sts_ui_newline(ui);
	sts_buf_clear(&b);
	sts_published_print(now, &b);
	print_lines(ui, sts_buf_view(&b));
	sts_ui_newline(ui);
	sts_buf_deinit(&b);
}

static void
tell_counts(const struct sts_generate *g)
{
	size_t changes[STS_CHANGE_REMOVED + 1] = { 0 }, refused = 0;

	for (size_t i = 0; i < g->n; i++)
		if (sts_target_is_refused(g, &g->targets[i]))
			refused++;
		else
			changes[g->targets[i].change]++;
	sts_ui_printf(&g->cli->ui,
	    "%zu domains: %zu new, %zu changed, %zu unchanged, %zu removed, "
	    "%zu refused",
	    g->n, changes[STS_CHANGE_NEW],
	    changes[STS_CHANGE_POLICY] + changes[STS_CHANGE_RECORDS],
	    changes[STS_CHANGE_NONE], changes[STS_CHANGE_REMOVED], refused);
	sts_ui_newline(&g->cli->ui);
}

static void
tell_steps(const struct sts_generate *g)
{
	struct sts_ui *ui = &g->cli->ui;
	json_t *steps = sts_generate_steps(g);
	char first[32];

	if (json_array_size(steps) > 0) {
		sts_ui_newline(ui);
		sts_ui_put(ui, STS_STYLE_BOLD, "In this order:");
		if (g->n > 1)
			sts_ui_put(ui, STS_STYLE_PLAIN,
			    " (for all of them, as for this one)");
		sts_ui_newline(ui);
	}
	for (size_t i = 0; i < json_array_size(steps); i++) {
		(void)snprintf(first, sizeof(first), "%3zu. ", i + 1);
		sts_ui_wrap(
		    ui, first, json_string_value(json_array_get(steps, i)));
	}
	json_decref(steps);
}

/* Of many, those that nothing is to be said of are only counted. */
static bool
is_told(const struct sts_generate *g, const struct sts_target *target)
{
	return g->n <= TOLD_MAX || json_array_size(target->findings) > 0;
}

static void
tell_written(const struct sts_generate *g)
{
	struct sts_ui *ui = &g->cli->ui;
	size_t n = 0;

	while (sts_outdir_changed(g->dir, n) != NULL)
		n++;
	sts_ui_newline(ui);
	if (n == 0)
		sts_ui_printf(
		    ui, "%s: nothing changed", sts_outdir_path(g->dir));
	else
		sts_ui_printf(ui, "%s: %zu file%s changed",
		    sts_outdir_path(g->dir), n, n == 1 ? "" : "s");
	sts_ui_newline(ui);
	for (size_t i = 0; i < n && n <= TOLD_MAX; i++) {
		sts_ui_printf(ui, "  %s", sts_outdir_changed(g->dir, i));
		sts_ui_newline(ui);
	}
}

void
sts_generate_tell(struct sts_generate *g)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct sts_target *target = &g->targets[i];

		if (g->dir == NULL || is_told(g, target))
			tell_target(g, target);
		if (g->dir == NULL && !sts_target_is_refused(g, target))
			print_published(&g->cli->ui, &target->now);
	}
	if (g->n > 1)
		tell_counts(g);
	if (g->dir != NULL)
		tell_written(g);
	tell_steps(g);
}
