#include "sts/conf/conf.h"
#include "sts/conf/endtime.h"
#include "sts/conf/fieldname.h"
#include "sts/conf/option.h"
#include "sts/core/domain.h"

#include <stdlib.h>

enum { DNS_PORT = 53 };

/* All fields that hold an enum or a syslog facility are of this size, so that
 * one function can fill them. */
_Static_assert(sizeof(enum sts_action) == sizeof(unsigned) &&
		   sizeof(enum sts_decide_at) == sizeof(unsigned) &&
		   sizeof(enum sts_header_when) == sizeof(unsigned) &&
		   sizeof(enum sts_log_level) == sizeof(unsigned) &&
		   sizeof(int) == sizeof(unsigned),
    "words are stored as unsigned");

static enum sts_err
parse_word(const struct sts_option *option, struct sts_slice text, void *field,
    void *also)
{
	const struct sts_word *word = option->words;

	while (word->text != NULL &&
	       !sts_slice_eq(sts_slice_str(word->text), text))
		word++;
	if (word->text == NULL)
		return STS_E_SYNTAX;
	memcpy(field, &word->value, sizeof(word->value));
	if (also != NULL)
		*(bool *)also = true;
	return STS_OK;
}

static enum sts_err
parse_bool(const struct sts_option *option, struct sts_slice text, void *field,
    void *also)
{
	unsigned value;
	enum sts_err err = parse_word(option, text, &value, also);

	if (err == STS_OK)
		*(bool *)field = value != 0;
	return err;
}

/* Decimal digits up to 2^32 - 1. */
static enum sts_err
parse_number(struct sts_slice s, uint32_t *out)
{
	uint64_t n = 0;

	if (s.n == 0)
		return STS_E_SYNTAX;
	for (size_t i = 0; i < s.n; i++) {
		if (!sts_is_digit(s.p[i]))
			return STS_E_SYNTAX;
		n = n * 10 + (uint64_t)(s.p[i] - '0');
		if (n > UINT32_MAX)
			return STS_E_RANGE;
	}
	*out = (uint32_t)n;
	return STS_OK;
}

static enum sts_err
parse_seconds(const struct sts_option *option, struct sts_slice text,
    void *field, void *also)
{
	uint32_t n;
	enum sts_err err = parse_number(text, &n);

	(void)also;
	if (err != STS_OK)
		return err;
	if (n < option->min || n > option->max)
		return STS_E_RANGE;
	*(uint32_t *)field = n;
	return STS_OK;
}

static void
clear_text(void *field)
{
	char **text = field;

	free(*text);
	*text = NULL;
}

static enum sts_err
parse_text(const struct sts_option *option, struct sts_slice text, void *field,
    void *also)
{
	char *copy = malloc(text.n + 1);

	(void)option;
	(void)also;
	if (copy == NULL)
		return STS_E_NOMEM;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	clear_text(field);
	*(char **)field = copy;
	return STS_OK;
}

static enum sts_err
parse_path(const struct sts_option *option, struct sts_slice text, void *field,
    void *also)
{
	if (text.n > 0 && text.p[0] != '/')
		return STS_E_SYNTAX;
	return parse_text(option, text, field, also);
}

static enum sts_err
parse_socket(const struct sts_option *option, struct sts_slice text,
    void *field, void *also)
{
	struct sts_sockspec spec = { .family = AF_UNSPEC };
	enum sts_err err = STS_OK;

	if (text.n > 0)
		err = sts_sockspec_parse(text, &spec);
	if (err == STS_OK)
		err = parse_text(option, text, field, NULL);
	if (err == STS_OK)
		*(struct sts_sockspec *)also = spec;
	return err;
}

static enum sts_err
parse_hostname(const struct sts_option *option, struct sts_slice text,
    void *field, void *also)
{
	struct sts_domain domain = { .kind = STS_DOMAIN_NAME };
	enum sts_err err = STS_OK;

	if (text.n > 0)
		err = sts_domain_from_name(text, &domain);
	if (err == STS_OK && domain.kind != STS_DOMAIN_NAME)
		err = STS_E_SYNTAX;
	if (err == STS_OK)
		err =
		    parse_text(option, sts_slice_str(domain.name), field, also);
	return err;
}

/* One that needs no quotes anywhere: in a command, a header field, a file. */
static enum sts_err
parse_address(const struct sts_option *option, struct sts_slice text,
    void *field, void *also)
{
	struct sts_domain domain;

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] <= ' ' || text.p[i] > '~' ||
		    strchr("<>()[],;:\\\"%", text.p[i]) != NULL)
			return STS_E_SYNTAX;
	if (text.n > 0 &&
	    (text.p[0] == '@' ||
		sts_domain_from_recipient(text, &domain) != STS_OK ||
		domain.kind != STS_DOMAIN_NAME))
		return STS_E_SYNTAX;
	return parse_text(option, text, field, also);
}

static enum sts_err
parse_header_name(const struct sts_option *option, struct sts_slice text,
    void *field, void *also)
{
	enum sts_err err = sts_field_name_check(text);

	return err == STS_OK ? parse_text(option, text, field, also) : err;
}

static enum sts_err
parse_end_time(const struct sts_option *option, struct sts_slice text,
    void *field, void *also)
{
	(void)option;
	(void)also;
	if (text.n > 0)
		return sts_end_time_parse(text, field);
	*(int64_t *)field = 0;
	return STS_OK;
}

/* "[IPV6]:PORT" or "IPV4:PORT". */
static enum sts_err
parse_addr_port(struct sts_slice s, struct sts_addr *addr, uint32_t *port)
{
	struct sts_slice host;
	int family = AF_INET;
	enum sts_err err;

	if (sts_slice_starts(s, STS_LIT("["))) {
		family = AF_INET6;
		s = sts_slice(s.p + 1, s.n - 1);
		if (!sts_slice_cut(&s, ']', &host) ||
		    !sts_slice_starts(s, STS_LIT(":")))
			return STS_E_SYNTAX;
		s = sts_slice(s.p + 1, s.n - 1);
	} else if (!sts_slice_cut(&s, ':', &host)) {
		return STS_E_SYNTAX;
	}
	err = sts_addr_parse(host, addr);
	if (err != STS_OK)
		return err;
	return addr->family == family ? parse_number(s, port) : STS_E_SYNTAX;
}

static enum sts_err
parse_dns_server(const struct sts_option *option, struct sts_slice text,
    void *field, void *also)
{
	struct sts_dns_server *server = field;
	struct sts_addr addr;
	uint32_t port = DNS_PORT;
	enum sts_err err;

	(void)option;
	(void)also;
	err = sts_addr_parse(text, &addr);
	if (err != STS_OK)
		err = parse_addr_port(text, &addr, &port);
	if (err == STS_OK && (port == 0 || port > UINT16_MAX))
		err = STS_E_RANGE;
	if (err == STS_OK)
		*server = (struct sts_dns_server){ addr, (uint16_t)port };
	return err;
}

static enum sts_err
parse_network(const struct sts_option *option, struct sts_slice text,
    void *field, void *also)
{
	(void)option;
	(void)also;
	return sts_network_parse(text, field);
}

/* A mailer's name, as the MTA says it in {rcpt_mailer}. */
static enum sts_err
parse_name(const struct sts_option *option, struct sts_slice text, void *field,
    void *also)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] <= ' ' || text.p[i] == 0x7f)
			return STS_E_SYNTAX;
	if (text.n == 0)
		return STS_E_SYNTAX;
	return parse_text(option, text, field, also);
}

const struct sts_option_type sts_type_bool = {
	.name = "boolean",
	.bare = true,
	.parse = parse_bool,
};

const struct sts_option_type sts_type_seconds = {
	.name = "seconds",
	.bare = true,
	.parse = parse_seconds,
};

const struct sts_option_type sts_type_word = {
	.name = "word",
	.parse = parse_word,
};

const struct sts_option_type sts_type_text = {
	.name = "text",
	.accepted = "any text",
	.parse = parse_text,
	.clear = clear_text,
};

const struct sts_option_type sts_type_path = {
	.name = "path",
	.accepted = "an absolute path",
	.parse = parse_path,
	.clear = clear_text,
};

const struct sts_option_type sts_type_socket = {
	.name = "socket",
	.accepted = "inet:PORT@HOST, inet6:PORT@HOST, unix:/PATH",
	.parse = parse_socket,
	.clear = clear_text,
};

const struct sts_option_type sts_type_hostname = {
	.name = "host name",
	.accepted = "a host name such as \"mail.example.com\"",
	.parse = parse_hostname,
	.clear = clear_text,
};

const struct sts_option_type sts_type_address = {
	.name = "address",
	.accepted = "an address such as \"tlsrpt@example.com\"",
	.parse = parse_address,
	.clear = clear_text,
};

const struct sts_option_type sts_type_header_name = {
	.name = "header name",
	.accepted = "a header name of its own: up to 64 printable ASCII "
		    "characters, no colon, and none that mail already uses",
	.parse = parse_header_name,
	.clear = clear_text,
};

const struct sts_option_type sts_type_end_time = {
	.name = "end",
	.accepted = "a day as \"2026-12-31\" (its end in UTC), or a time as "
		    "\"2026-12-31T18:00:00Z\"",
	.parse = parse_end_time,
};

const struct sts_option_type sts_type_dns_servers = {
	.name = "list of DNS servers",
	.accepted = "addresses such as \"127.0.0.1\", \"127.0.0.1:53\" or "
		    "\"[::1]:53\"",
	.element = sizeof(struct sts_dns_server),
	.parse = parse_dns_server,
};

const struct sts_option_type sts_type_networks = {
	.name = "list of networks",
	.accepted = "networks such as \"10.0.0.0/8\" or \"fd00::/8\", with no "
		    "bit set behind the prefix",
	.element = sizeof(struct sts_network),
	.parse = parse_network,
};

const struct sts_option_type sts_type_names = {
	.name = "list of names",
	.accepted = "names without spaces",
	.element = sizeof(char *),
	.parse = parse_name,
	.clear = clear_text,
};
