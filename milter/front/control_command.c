/* The commands of the control socket: which there are, and who does them. */
#include "sts/core/domain.h"
#include "sts/front/controlclient.h"

enum domain_use { NO_DOMAIN, MAY_HAVE_DOMAIN, NEEDS_DOMAIN };

enum { MESSAGE_MAX = 65536 };

static bool
is_configuration_fault(enum sts_err err)
{
	return err == STS_E_SYNTAX || err == STS_E_RANGE ||
	       err == STS_E_NOTFOUND;
}

static enum sts_err
reload(struct sts_control_client *client, const char *domain)
{
	const struct sts_control_options *o = sts_control_options_of(client);
	pthread_mutex_t *lock = sts_control_reload_lock(client);
	struct sts_buf message;
	enum sts_err err;

	(void)domain;
	sts_buf_init(&message, MESSAGE_MAX);
	pthread_mutex_lock(lock);
	err = o->reload(o->cookie, &message);
	pthread_mutex_unlock(lock);
	if (err != STS_OK && message.n == 0)
		sts_buf_str(&message, sts_err_text(err));
	sts_control_extend(client);
	if (err == STS_OK)
		err = sts_control_reply(
		    client, json_pack("{s:b, s:o}", "ok", 1, "message",
				sts_control_text(sts_buf_cstr(&message))));
	else
		err = sts_control_refuse(client,
		    is_configuration_fault(err) ? "configuration" : "failed",
		    sts_buf_cstr(&message));
	sts_buf_deinit(&message);
	return err;
}

static const struct command {
	const char *name;
	enum domain_use use;
	sts_control_command *run;
} commands[] = {
	{ "status", NO_DOMAIN, sts_control_status },
	{ "reload", NO_DOMAIN, reload },
	{ "cache-list", NO_DOMAIN, sts_control_cache_list },
	{ "cache-show", NEEDS_DOMAIN, sts_control_cache_show },
	{ "cache-refresh", NEEDS_DOMAIN, sts_control_cache_refresh },
	{ "cache-flush", MAY_HAVE_DOMAIN, sts_control_cache_flush },
};

static const struct command *
find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static enum sts_err
run_for_domain(struct sts_control_client *client, const struct command *command,
    const json_t *value)
{
	struct sts_domain domain;

	if (!json_is_string(value) ||
	    sts_domain_from_name(
		sts_slice(json_string_value(value), json_string_length(value)),
		&domain) != STS_OK ||
	    domain.kind != STS_DOMAIN_NAME)
		return sts_control_refuse(
		    client, "usage", "\"domain\" is not a domain name");
	return command->run(client, domain.name);
}

static enum sts_err
obey(struct sts_control_client *client, const json_t *request)
{
	const json_t *name = json_object_get(request, "command");
	const json_t *domain = json_object_get(request, "domain");
	const struct command *command;

	if (!json_is_string(name))
		return sts_control_refuse(client, "usage",
		    "an object with a text \"command\" is wanted");
	command = find_command(json_string_value(name));
	if (command == NULL)
		return sts_control_refuse(
		    client, "usage", "there is no such command");
	if (command->use == NO_DOMAIN && domain != NULL)
		return sts_control_refuse(
		    client, "usage", "this command takes no \"domain\"");
	if (command->use == NEEDS_DOMAIN && domain == NULL)
		return sts_control_refuse(
		    client, "usage", "this command needs a \"domain\"");
	if (domain != NULL)
		return run_for_domain(client, command, domain);
	return command->run(client, NULL);
}

enum sts_err
sts_control_obey(struct sts_control_client *client, struct sts_slice line)
{
	json_t *request =
	    json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, NULL);
	enum sts_err err = obey(client, request);

	json_decref(request);
	return err;
}
