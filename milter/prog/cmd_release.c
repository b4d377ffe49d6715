/* `mta-sts release`: held mail, and whether it may go now. */
#include "sts/base/clock.h"
#include "sts/prog/held.h"
#include "sts/prog/js.h"
#include "sts/prog/progress.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct releasing {
	struct sts_cli *cli;
	struct sts_held_mta mtas[STS_HELD_MTAS];
	size_t n_mtas;
	struct sts_held_list list;
	struct sts_progress progress;
	size_t n_told; /* let go, or not */
	size_t left_out; /* held by us, and for none of --domain */
	bool failed; /* memory */
};

/* A failure of the MTA's programs. */
static enum sts_exit
tell_failure(struct sts_cli *cli, const struct sts_held_mta *mta,
    enum sts_err err, const char *why)
{
	return sts_cli_fail(cli,
	    err == STS_E_NOMEM ? STS_EXIT_SOFTWARE : STS_EXIT_UNAVAILABLE,
	    "mta", "%s: %s%s", mta->name,
	    why[0] == '\0' ? sts_err_text(err) : why,
	    geteuid() == 0 ? ""
			   : "; only root may look into the queue: run it with "
			     "sudo");
}

static enum sts_exit
list_all(struct releasing *r)
{
	const struct sts_held_mta *mta = &r->mtas[0];
	struct sts_progress progress;
	char why[STS_SPAWN_WHY] = "";
	enum sts_err err = STS_OK;

	sts_progress_init(&progress, true);
	r->list.progress = &progress;
	for (size_t i = 0; i < r->n_mtas && err == STS_OK; i++) {
		mta = &r->mtas[i];
		err = mta->list(mta, &r->list, why);
	}
	sts_progress_clear(&progress);
	r->list.progress = NULL;
	return err == STS_OK ? STS_EXIT_OK
			     : tell_failure(r->cli, mta, err, why);
}

static bool
has_domain(const json_t *message, const char *domain)
{
	const json_t *domains = json_object_get(message, "domains");

	for (size_t i = 0; i < json_array_size(domains); i++)
		if (strcmp(json_string_value(json_array_get(domains, i)),
			domain) == 0)
			return true;
	return false;
}

/* Each --domain is one. */
static enum sts_exit
check_domains(struct sts_cli *cli)
{
	char domain[STS_DOMAIN_SIZE];

	for (size_t i = 0; i < sts_cli_count(cli, "domain"); i++)
		if (sts_cli_domain(
			cli, sts_cli_nth(cli, "domain", i), domain) != STS_OK)
			return STS_EXIT_USAGE;
	return STS_EXIT_OK;
}

/* Whether it has one of the domains of --domain, where there is any. */
static bool
is_wanted(struct sts_cli *cli, const json_t *message)
{
	size_t wanted = sts_cli_count(cli, "domain");
	char domain[STS_DOMAIN_SIZE];
	bool has = wanted == 0;

	for (size_t i = 0; i < wanted && !has; i++)
		has = sts_cli_domain(cli, sts_cli_nth(cli, "domain", i),
			  domain) == STS_OK &&
		      has_domain(message, domain);
	return has;
}

static void
filter(struct releasing *r)
{
	json_t *kept = json_array();

	for (size_t i = 0; i < json_array_size(r->list.messages); i++) {
		json_t *message = json_array_get(r->list.messages, i);

		if (!is_wanted(r->cli, message))
			r->left_out++;
		else if (json_array_append(kept, message) != 0)
			r->failed = true;
	}
	json_decref(r->list.messages);
	r->list.messages = kept;
}

static void
note(struct releasing *r, json_t *message, bool released, const char *why)
{
	if (json_object_set_new(message, "released", json_boolean(released)) !=
		0 ||
	    json_object_set_new(message, "failure",
		released ? json_null() : json_string(why)) != 0)
		r->failed = true;
}

/* What was done stays done, whatever becomes of the next. */
static void
on_told(void *cookie, json_t *message, enum sts_err err, const char *why)
{
	struct releasing *r = cookie;
	char what[64];

	if (err == STS_E_NOTFOUND)
		note(r, message, false,
		    "it is held no more, or is not what it was");
	else
		note(r, message, err == STS_OK,
		    why[0] == '\0' ? sts_err_text(err) : why);
	(void)snprintf(what, sizeof(what), "releasing: message %zu of %zu",
	    ++r->n_told, json_array_size(r->list.messages));
	sts_progress_show(&r->progress, what);
}

static bool
is_there(const json_t *messages, const json_t *message)
{
	for (size_t i = 0; i < json_array_size(messages); i++)
		if (sts_held_is_same(json_array_get(messages, i), message))
			return true;
	return false;
}

/* An MTA that did not do as it was told says nothing: the queue tells. */
static enum sts_exit
confirm(struct releasing *r)
{
	struct releasing after = *r;
	enum sts_exit status;

	after.list.messages = json_array();
	after.list.others = 0;
	status = list_all(&after);
	for (size_t i = 0;
	     status == STS_EXIT_OK && i < json_array_size(r->list.messages);
	     i++) {
		json_t *message = json_array_get(r->list.messages, i);

		if (sts_js_true(message, "released") &&
		    is_there(after.list.messages, message))
			note(r, message, false, "it is held as before");
	}
	json_decref(after.list.messages);
	return status;
}

static void
release_batch(
    struct releasing *r, const struct sts_held_mta *mta, json_t *batch)
{
	if (json_array_size(batch) > 0)
		mta->release(mta, r->list.conf, batch, on_told, r);
	(void)json_array_clear(batch);
}

static void
release_of(struct releasing *r, const struct sts_held_mta *mta)
{
	json_t *batch = json_array();

	for (size_t i = 0; i < json_array_size(r->list.messages); i++) {
		json_t *message = json_array_get(r->list.messages, i);

		if (!sts_js_true(message, "passes") ||
		    !sts_js_is(message, "mta", mta->name))
			continue;
		if (json_array_append(batch, message) != 0)
			r->failed = true;
		if (json_array_size(batch) == STS_HELD_BATCH)
			release_batch(r, mta, batch);
	}
	release_batch(r, mta, batch);
	json_decref(batch);
}

static enum sts_exit
release_all(struct releasing *r)
{
	sts_progress_init(&r->progress, true);
	for (size_t i = 0; i < r->n_mtas; i++)
		release_of(r, &r->mtas[i]);
	sts_progress_clear(&r->progress);
	return confirm(r);
}

/* What passes and was not let go is the server's fault. */
static enum sts_exit
exit_status(const struct releasing *r, bool now)
{
	enum sts_exit status = STS_EXIT_OK;

	for (size_t i = 0; i < json_array_size(r->list.messages); i++) {
		const json_t *message = json_array_get(r->list.messages, i);

		if (sts_js_true(message, now ? "released" : "passes"))
			continue;
		status = STS_EXIT_NO;
		if (sts_js_true(message, "passes"))
			return STS_EXIT_UNAVAILABLE;
	}
	return status;
}

static enum sts_exit
tell(struct releasing *r, const char *by, bool now)
{
	json_t *outcome = json_pack("{s:O, s:I, s:I, s:I, s:s, s:b}",
	    "messages", r->list.messages, "left_out", (json_int_t)r->left_out,
	    "others", (json_int_t)r->list.others, "more",
	    (json_int_t)r->list.more, "checked_by", by, "now", (int)now);

	if (outcome == NULL || r->failed) {
		json_decref(outcome);
		return sts_cli_fail(
		    r->cli, STS_EXIT_SOFTWARE, "failed", "out of memory");
	}
	if (r->cli->json)
		sts_cli_print_json(r->cli, outcome);
	else
		sts_held_show(&r->cli->ui, outcome);
	json_decref(outcome);
	return exit_status(r, now);
}

static enum sts_exit
run(struct releasing *r)
{
	bool now = sts_cli_count(r->cli, "now") > 0;
	const char *by = "";
	enum sts_exit status = check_domains(r->cli);

	if (status == STS_EXIT_OK)
		status = sts_held_mtas(r->cli, r->mtas, &r->n_mtas);
	if (status == STS_EXIT_OK)
		status = list_all(r);
	if (status != STS_EXIT_OK)
		return status;
	filter(r);
	status = sts_held_check(r->cli, r->list.conf, r->list.messages, &by);
	if (status == STS_EXIT_OK && now)
		status = release_all(r);
	return status == STS_EXIT_OK ? tell(r, by, now) : status;
}

enum sts_exit
sts_cmd_release(struct sts_cli *cli)
{
	struct releasing r = { .cli = cli };
	enum sts_exit status = sts_cli_conf(cli, &r.list.conf);

	if (status != STS_EXIT_OK)
		return status;
	r.list.messages = json_array();
	status = r.list.messages == NULL ? STS_EXIT_SOFTWARE : run(&r);
	json_decref(r.list.messages);
	sts_conf_put(r.list.conf);
	return status;
}
