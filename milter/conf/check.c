#include "sts/conf/load.h"

struct check {
	const struct sts_conf *conf;
	const struct sts_conf_text *text;
	struct sts_conf_errors *errors;
};

/* The line of a key, else (where its default is at fault) of another one. */
static unsigned
line_of(
    const struct check *c, unsigned block, const char *key, const char *other)
{
	unsigned line = sts_conf_text_line(c->text, block, key);

	return line > 0 ? line : sts_conf_text_line(c->text, 0, other);
}

/* An action that the rest of the configuration keeps from being carried out. */
static void
check_action(const struct check *c, unsigned block, const char *key,
    enum sts_action action)
{
	bool at_eom_only =
	    action == STS_ACTION_TAG || action == STS_ACTION_QUARANTINE;

	if (action == STS_ACTION_TAG && c->conf->header == STS_HEADER_NONE)
		sts_conf_errors_add(c->errors, STS_E_REFUSED,
		    line_of(c, block, key, "header"),
		    "%s: \"tag\" tells it in the header, which "
		    "header = \"none\" turns off; use header = \"failures\" or "
		    "\"all\", or %s = \"log\"",
		    key, key);
	if (at_eom_only && c->conf->decide_at == STS_DECIDE_RCPT)
		sts_conf_errors_add(c->errors, STS_E_REFUSED,
		    line_of(c, block, key, "decide_at"),
		    "%s: \"%s\" acts on a whole message, at its end, where "
		    "decide_at = \"rcpt\" no longer asks; use "
		    "decide_at = \"auto\" (defer and reject at the recipient, "
		    "this at the end) or \"eom\"",
		    key, sts_action_text(action));
}

static void
check_actions(const struct check *c)
{
	const struct sts_actions *actions = &c->conf->actions;
	const struct sts_exception *e = c->conf->exceptions;

	check_action(c, 0, "on_fail", actions->on_fail);
	check_action(c, 0, "on_unreachable", actions->on_unreachable);
	check_action(c, 0, "on_temperror", actions->on_temperror);
	for (unsigned block = 1; block <= c->conf->n_exceptions; block++, e++) {
		if (e->has_on_fail)
			check_action(c, block, "on_fail", e->on_fail);
		if (e->has_on_unreachable)
			check_action(
			    c, block, "on_unreachable", e->on_unreachable);
	}
}

/* The header field comes after the recipients. */
static void
check_tls_required(const struct check *c)
{
	if (c->conf->honor_tls_required_no &&
	    c->conf->decide_at == STS_DECIDE_RCPT)
		sts_conf_errors_add(c->errors, STS_E_REFUSED,
		    line_of(c, 0, "honor_tls_required_no", "decide_at"),
		    "honor_tls_required_no: needs the message's header, which "
		    "comes after decide_at = \"rcpt\"; use "
		    "decide_at = \"auto\" or \"eom\"");
}

static void
check_tlsrpt(const struct check *c)
{
	if (c->conf->tlsrpt && c->conf->tlsrpt_from[0] == '\0')
		sts_conf_errors_add(c->errors, STS_E_REFUSED,
		    line_of(c, 0, "tlsrpt", ""),
		    "tlsrpt: needs tlsrpt_from, the address that reports come "
		    "from, such as tlsrpt_from = \"tlsrpt@example.com\"");
}

static bool
is_same(const struct sts_sockspec *a, const struct sts_sockspec *b)
{
	return a->family != AF_UNSPEC && a->family == b->family &&
	       a->port == b->port && strcmp(a->host, b->host) == 0 &&
	       strcmp(a->path, b->path) == 0;
}

static void
check_sockets(const struct check *c)
{
	const struct {
		const char *key;
		const struct sts_sockspec *spec;
	} sockets[] = {
		{ "milter_socket", &c->conf->milter },
		{ "socketmap_socket", &c->conf->socketmap },
		{ "control_socket", &c->conf->control },
	};

	for (size_t i = 0; i < 3; i++)
		for (size_t j = i + 1; j < 3; j++)
			if (is_same(sockets[i].spec, sockets[j].spec))
				sts_conf_errors_add(c->errors, STS_E_REFUSED,
				    line_of(
					c, 0, sockets[j].key, sockets[i].key),
				    "%s: is the same as %s; "
				    "each needs a socket of its own",
				    sockets[j].key, sockets[i].key);
	/* Whoever can connect there commands the daemon. */
	if (c->conf->control.family != AF_UNIX)
		sts_conf_errors_add(c->errors, STS_E_REFUSED,
		    line_of(c, 0, "control_socket", ""),
		    "control_socket: must be unix:/PATH, "
		    "whose owner and mode guard it");
}

void
sts_conf_check(const struct sts_conf *conf, const struct sts_conf_text *text,
    struct sts_conf_errors *errors)
{
	const struct check c = { conf, text, errors };

	check_actions(&c);
	check_tls_required(&c);
	check_tlsrpt(&c);
	check_sockets(&c);
}
