#include "sts/front/controlrequest.h"

#include <jansson.h>

enum domain_use { NO_DOMAIN, MAY_HAVE_DOMAIN, NEEDS_DOMAIN };

static const struct command {
	const char *name;
	enum domain_use use;
	enum sts_control_word word;
} commands[] = {
	{ "status", NO_DOMAIN, STS_CONTROL_STATUS },
	{ "reload", NO_DOMAIN, STS_CONTROL_RELOAD },
	{ "cache-list", NO_DOMAIN, STS_CONTROL_CACHE_LIST },
	{ "cache-show", NEEDS_DOMAIN, STS_CONTROL_CACHE_SHOW },
	{ "cache-refresh", NEEDS_DOMAIN, STS_CONTROL_CACHE_REFRESH },
	{ "cache-flush", MAY_HAVE_DOMAIN, STS_CONTROL_CACHE_FLUSH },
};

static const struct command *
find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static bool
read_domain(const json_t *value, struct sts_domain *out)
{
	if (!json_is_string(value))
		return false;
	return sts_domain_from_name(sts_slice(json_string_value(value),
					json_string_length(value)),
		   out) == STS_OK &&
	       out->kind == STS_DOMAIN_NAME;
}

/* NULL, or why this is no request. */
static const char *
read_object(const json_t *object, struct sts_control_request *out)
{
	const json_t *name = json_object_get(object, "command");
	const json_t *value = json_object_get(object, "domain");
	struct sts_domain domain = { .name = "" };
	const struct command *command;

	if (!json_is_string(name))
		return "an object with a text \"command\" is wanted";
	command = find_command(json_string_value(name));
	if (command == NULL)
		return "there is no such command";
	if (command->use == NO_DOMAIN && value != NULL)
		return "this command takes no \"domain\"";
	if (command->use == NEEDS_DOMAIN && value == NULL)
		return "this command needs a \"domain\"";
	if (value != NULL && !read_domain(value, &domain))
		return "\"domain\" is not a domain name";
	out->word = command->word;
	memcpy(out->domain, domain.name, sizeof(out->domain));
	return NULL;
}

/*
 * Where its buffer cannot grow jansson goes on, and a name lacks a letter then:
 * only who reads the same twice can believe it.  What is no JSON is NULL.
 */
static enum sts_err
read_twice(struct sts_slice line, json_t **out)
{
	json_error_t error = { .text = "" };
	json_t *object =
	    json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, &error);
	json_t *again =
	    json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, NULL);
	bool same = object == NULL ? again == NULL && error.text[0] != '\0'
				   : json_equal(object, again);

	json_decref(again);
	if (same) {
		*out = object;
		return STS_OK;
	}
	json_decref(object);
	return STS_E_NOMEM;
}

enum sts_err
sts_control_request_parse(
    struct sts_slice line, struct sts_control_request *out, const char **why)
{
	json_t *object;
	const char *fault;
	enum sts_err err = read_twice(line, &object);

	if (err != STS_OK)
		return err;
	fault = read_object(object, out);
	json_decref(object);
	if (fault == NULL)
		return STS_OK;
	*why = fault;
	return STS_E_SYNTAX;
}
