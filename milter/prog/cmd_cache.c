/* `mta-sts cache`: what the daemon remembers. */
#include "sts/base/clock.h"
#include "sts/core/domain.h"
#include "sts/prog/cache.h"
#include "sts/prog/daemon.h"
#include "sts/prog/js.h"
#include "sts/prog/show.h"

#include <inttypes.h>

static void
show_record(struct sts_ui *ui, const json_t *record)
{
	static const char *const names[] = { "fetched", "confirmed", "used" };
	const char *failed = sts_js_text(record, "failed");
	char line[256];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		sts_ui_field(ui, names[i], STS_STYLE_PLAIN,
		    sts_js_text(record, names[i]));
	if (failed[0] == '\0')
		return;
	(void)snprintf(line, sizeof(line), "%s, id %s: %s", failed,
	    sts_js_text(record, "failed_id"),
	    sts_js_text(record, "failed_reason"));
	sts_ui_field(ui, "failed fetch", STS_STYLE_BAD, line);
}

static void
print_entry(struct sts_cli *cli, const json_t *entry, int64_t now)
{
	const json_t *answer = json_object_get(entry, "answer");
	const char *result = sts_js_text(answer, "result");
	const char *reason = sts_js_text(answer, "reason");
	struct sts_ui *ui = &cli->ui;

	sts_ui_put(ui, STS_STYLE_BOLD, sts_js_text(answer, "domain"));
	if (sts_js_true(answer, "complete")) {
		sts_ui_put(ui, STS_STYLE_PLAIN, ": ");
		sts_ui_put(ui, sts_show_style(result), result);
		if (reason[0] != '\0')
			sts_ui_printf(ui, " (%s)", reason);
	}
	sts_ui_newline(ui);
	sts_show_policy(ui, json_object_get(answer, "policy"));
	show_record(ui, json_object_get(entry, "record"));
	sts_show_mx(ui, json_object_get(answer, "mx"), now);
}

static enum sts_exit
tell_entry(struct sts_cli *cli, const char *command, const char *domain,
    const char *doing)
{
	json_t *entry;
	enum sts_exit status =
	    sts_daemon_call(cli, command, domain, doing, &entry);

	if (status != STS_EXIT_OK)
		return status;
	if (cli->json)
		sts_cli_print_json(cli, entry);
	else
		print_entry(cli, entry, sts_wall_s(&sts_clock_system));
	json_decref(entry);
	return STS_EXIT_OK;
}

static enum sts_exit
show(struct sts_cli *cli, const char *domain)
{
	return tell_entry(cli, "cache-show", domain, "asking the daemon");
}

static enum sts_exit
refresh(struct sts_cli *cli, const char *domain)
{
	return tell_entry(
	    cli, "cache-refresh", domain, "the daemon looks again");
}

static enum sts_exit
flush(struct sts_cli *cli, const char *domain)
{
	int64_t removed;
	json_t *reply;
	enum sts_exit status = sts_daemon_call(
	    cli, "cache-flush", domain, "asking the daemon", &reply);

	if (status != STS_EXIT_OK)
		return status;
	removed = sts_js_int(reply, "removed");
	if (cli->json) {
		sts_cli_print_json(cli, reply);
	} else {
		sts_ui_printf(&cli->ui, "%" PRId64 " entr%s removed", removed,
		    removed == 1 ? "y" : "ies");
		sts_ui_newline(&cli->ui);
	}
	json_decref(reply);
	return STS_EXIT_OK;
}

enum domain_use { NO_DOMAIN, MAY_HAVE_DOMAIN, NEEDS_DOMAIN };

static const struct verb {
	const char *name;
	enum domain_use use;
	enum sts_exit (*run)(struct sts_cli *cli, const char *domain);
} verbs[] = {
	{ "list", NO_DOMAIN, sts_cache_list },
	{ "show", NEEDS_DOMAIN, show },
	{ "refresh", NEEDS_DOMAIN, refresh },
	{ "flush", MAY_HAVE_DOMAIN, flush },
};

static const struct verb *
find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

enum sts_exit
sts_cmd_cache(struct sts_cli *cli)
{
	const struct verb *verb = find_verb(cli->operands[0]);
	bool has_domain = cli->n_operands > 1;
	char domain[STS_DOMAIN_SIZE];

	if (verb == NULL)
		return sts_cli_usage(cli,
		    "%s: list, show, refresh and flush are accepted",
		    cli->operands[0]);
	if (has_domain && verb->use == NO_DOMAIN)
		return sts_cli_usage(cli, "%s takes no DOMAIN", verb->name);
	if (!has_domain && verb->use == NEEDS_DOMAIN)
		return sts_cli_usage(cli, "%s needs a DOMAIN", verb->name);
	if (has_domain &&
	    sts_cli_domain(cli, cli->operands[1], domain) != STS_OK)
		return STS_EXIT_USAGE;
	return verb->run(cli, has_domain ? domain : NULL);
}
