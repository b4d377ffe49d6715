#include "sts/base/sockspec.h"

#include <sys/socket.h>

enum { MAX_PORT = 65535 };

static enum sts_err
parse_port(struct sts_slice s, uint16_t *out)
{
	unsigned port = 0;

	if (s.n == 0)
		return STS_E_SYNTAX;
	for (size_t i = 0; i < s.n; i++) {
		if (!sts_is_digit(s.p[i]))
			return STS_E_SYNTAX;
		port = port * 10 + (unsigned)(s.p[i] - '0');
		if (port > MAX_PORT)
			return STS_E_RANGE;
	}
	if (port == 0)
		return STS_E_RANGE;
	*out = (uint16_t)port;
	return STS_OK;
}

static bool
is_host_byte(char c)
{
	return sts_is_alnum(c) || strchr("-._:", c) != NULL;
}

/* A name or an address; as libmilter has it, an address may be in brackets. */
static enum sts_err
parse_host(struct sts_slice s, char *dst, size_t size)
{
	if (s.n >= 2 && s.p[0] == '[' && s.p[s.n - 1] == ']')
		s = sts_slice(s.p + 1, s.n - 2);
	if (s.n == 0)
		return STS_E_SYNTAX;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\0' || !is_host_byte(s.p[i]))
			return STS_E_SYNTAX;
	return sts_slice_copy(s, dst, size);
}

static enum sts_err
parse_inet(struct sts_slice s, struct sts_sockspec *spec)
{
	struct sts_slice port;
	enum sts_err err;

	if (!sts_slice_cut(&s, '@', &port))
		return STS_E_SYNTAX;
	err = parse_port(port, &spec->port);
	if (err != STS_OK)
		return err;
	return parse_host(s, spec->host, sizeof(spec->host));
}

static enum sts_err
parse_unix(struct sts_slice s, struct sts_sockspec *spec)
{
	if (s.n < 2 || s.p[0] != '/')
		return STS_E_SYNTAX;
	return sts_slice_copy(s, spec->path, sizeof(spec->path));
}

enum sts_err
sts_sockspec_parse(struct sts_slice s, struct sts_sockspec *out)
{
	static const struct {
		struct sts_slice word;
		int family;
		enum sts_err (*parse)(struct sts_slice, struct sts_sockspec *);
	} kinds[] = {
		{ STS_LIT("inet"), AF_INET, parse_inet },
		{ STS_LIT("inet6"), AF_INET6, parse_inet },
		{ STS_LIT("unix"), AF_UNIX, parse_unix },
		{ STS_LIT("local"), AF_UNIX, parse_unix },
	};
	struct sts_sockspec spec = { .family = AF_UNSPEC };
	struct sts_slice word;
	enum sts_err err = STS_E_SYNTAX;

	if (!sts_slice_cut(&s, ':', &word))
		return STS_E_SYNTAX;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (sts_slice_eq(word, kinds[i].word)) {
			spec.family = kinds[i].family;
			err = kinds[i].parse(s, &spec);
		}
	if (err == STS_OK)
		*out = spec;
	return err;
}
