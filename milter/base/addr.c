#include "sts/base/addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define V4(a, b, c, prefix)                                                    \
	{                                                                      \
		{ AF_INET, { (a), (b), (c) } }, (prefix)                       \
	}
#define V6(w0, w1, prefix)                                                     \
	{                                                                      \
		{ AF_INET6, { (w0) >> 8, (w0)&255, (w1) >> 8, (w1)&255 } },    \
		    (prefix)                                                   \
	}

/*
 * The IANA IPv4 and IPv6 Special-Purpose Address Registries.  The few addresses
 * in them that are globally reachable (PCP and TURN anycast, AS112, AMT) serve
 * neither policies nor mail: their blocks are refused whole.  Of IPv6 only what
 * lies in 2000::/3 is listed: nothing else is global unicast (RFC 4291 2.4).
 */
static const struct sts_network special[] = {
	V4(0, 0, 0, 8), /* this network, RFC 791 */
	V4(10, 0, 0, 8), /* private use, RFC 1918 */
	V4(100, 64, 0, 10), /* shared address space, RFC 6598 */
	V4(127, 0, 0, 8), /* loopback, RFC 1122 */
	V4(169, 254, 0, 16), /* link local, RFC 3927 */
	V4(172, 16, 0, 12), /* private use, RFC 1918 */
	V4(192, 0, 0, 24), /* IETF protocol assignments, RFC 6890 */
	V4(192, 0, 2, 24), /* TEST-NET-1, RFC 5737 */
	V4(192, 31, 196, 24), /* AS112, RFC 7535 */
	V4(192, 52, 193, 24), /* AMT, RFC 7450 */
	V4(192, 88, 99, 24), /* 6to4 relay anycast, RFC 7526 */
	V4(192, 168, 0, 16), /* private use, RFC 1918 */
	V4(192, 175, 48, 24), /* AS112, RFC 7534 */
	V4(198, 18, 0, 15), /* benchmarking, RFC 2544 */
	V4(198, 51, 100, 24), /* TEST-NET-2, RFC 5737 */
	V4(203, 0, 113, 24), /* TEST-NET-3, RFC 5737 */
	V4(224, 0, 0, 4), /* multicast, RFC 5771 */
	V4(240, 0, 0, 4), /* reserved, RFC 1112, and broadcast, RFC 919 */
	V6(0x2001, 0, 23), /* IETF assignments: Teredo, ORCHID, …, RFC 2928 */
	V6(0x2001, 0xdb8, 32), /* documentation, RFC 3849 */
	V6(0x2620, 0x4f, 32), /* AS112, RFC 7534 (2620:4f:8000::/48) */
	V6(0x3fff, 0, 20), /* documentation, RFC 9637 */
};

/* Prefixes behind which a packet ends at the IPv4 address that stands at byte
 * `at`: as public as that one is. */
static const struct {
	struct sts_network net;
	size_t at;
} embedding[] = {
	{ V6(0x64, 0xff9b, 96), 12 }, /* NAT64, RFC 6052 */
	{ V6(0x2002, 0, 16), 2 }, /* 6to4, RFC 3056 */
};

static const struct sts_network mapped = { /* ::ffff:0:0/96, RFC 4291 2.5.5.2 */
	{ AF_INET6, { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff } }, 96
};

static size_t
addr_size(const struct sts_addr *a)
{
	return a->family == AF_INET ? 4 : 16;
}

static struct sts_addr
embedded_v4(const struct sts_addr *a, size_t at)
{
	struct sts_addr v4 = { .family = AF_INET };

	memcpy(v4.bytes, a->bytes + at, 4);
	return v4;
}

enum sts_err
sts_addr_parse(struct sts_slice s, struct sts_addr *out)
{
	struct sts_addr a = { .family = AF_INET };
	char text[STS_ADDR_TEXT];

	if (sts_slice_copy(s, text, sizeof(text)) != STS_OK)
		return STS_E_SYNTAX;
	if (strchr(text, ':') != NULL)
		a.family = AF_INET6;
	if (inet_pton(a.family, text, a.bytes) != 1)
		return STS_E_SYNTAX;
	*out = a;
	return STS_OK;
}

/* One to three digits. */
static enum sts_err
parse_prefix(struct sts_slice s, unsigned *out)
{
	unsigned prefix = 0;

	if (s.n < 1 || s.n > 3)
		return STS_E_SYNTAX;
	for (size_t i = 0; i < s.n; i++) {
		if (!sts_is_digit(s.p[i]))
			return STS_E_SYNTAX;
		prefix = prefix * 10 + (unsigned)(s.p[i] - '0');
	}
	*out = prefix;
	return STS_OK;
}

/* Whether a bit is set behind the prefix. */
static bool
has_host_bits(const struct sts_network *net)
{
	for (size_t bit = net->prefix; bit < addr_size(&net->addr) * 8; bit++)
		if ((net->addr.bytes[bit / 8] & (0x80 >> bit % 8)) != 0)
			return true;
	return false;
}

enum sts_err
sts_network_parse(struct sts_slice s, struct sts_network *out)
{
	struct sts_network net;
	struct sts_slice addr;
	enum sts_err err;
	bool has_prefix = sts_slice_cut(&s, '/', &addr);

	err = sts_addr_parse(addr, &net.addr);
	if (err != STS_OK)
		return err;
	net.prefix = (unsigned)addr_size(&net.addr) * 8;
	if (has_prefix) {
		err = parse_prefix(s, &net.prefix);
		if (err != STS_OK)
			return err;
	}
	if (net.prefix > addr_size(&net.addr) * 8 || has_host_bits(&net))
		return STS_E_RANGE;
	*out = net;
	return STS_OK;
}

char *
sts_addr_text(const struct sts_addr *a, char *dst)
{
	if (inet_ntop(a->family, a->bytes, dst, STS_ADDR_TEXT) == NULL)
		dst[0] = '\0'; /* no such family */
	return dst;
}

socklen_t
sts_addr_sockaddr(
    const struct sts_addr *a, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	memset(out, 0, sizeof(*out));
	if (a->family == AF_INET) {
		v4.sin_port = htons(port);
		memcpy(&v4.sin_addr, a->bytes, 4);
		memcpy(out, &v4, sizeof(v4));
		return sizeof(v4);
	}
	v6.sin6_port = htons(port);
	memcpy(&v6.sin6_addr, a->bytes, 16);
	memcpy(out, &v6, sizeof(v6));
	return sizeof(v6);
}

enum sts_err
sts_addr_from_sockaddr(
    const struct sockaddr *sa, socklen_t n, struct sts_addr *out)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sts_addr a = { .family = AF_UNSPEC };

	if (n >= sizeof(v4) && sa->sa_family == AF_INET) {
		memcpy(&v4, sa, sizeof(v4));
		memcpy(a.bytes, &v4.sin_addr, 4);
	} else if (n >= sizeof(v6) && sa->sa_family == AF_INET6) {
		memcpy(&v6, sa, sizeof(v6));
		memcpy(a.bytes, &v6.sin6_addr, 16);
	} else {
		return STS_E_RANGE;
	}
	a.family = sa->sa_family;
	*out = a;
	return STS_OK;
}

bool
sts_network_has(const struct sts_network *net, const struct sts_addr *a)
{
	size_t whole = net->prefix / 8;
	unsigned mask = 0xff00U >> net->prefix % 8 & 0xff;

	if (net->addr.family != a->family ||
	    memcmp(net->addr.bytes, a->bytes, whole) != 0)
		return false;
	return mask == 0 ||
	       ((net->addr.bytes[whole] ^ a->bytes[whole]) & mask) == 0;
}

bool
sts_addr_eq(const struct sts_addr *a, const struct sts_addr *b)
{
	size_t n = a->family == AF_INET6 ? 16 : 4;

	return a->family == b->family && memcmp(a->bytes, b->bytes, n) == 0;
}

bool
sts_addr_is_public(const struct sts_addr *a)
{
	struct sts_addr v4;

	for (size_t i = 0; i < COUNT(embedding); i++)
		if (sts_network_has(&embedding[i].net, a)) {
			v4 = embedded_v4(a, embedding[i].at);
			return sts_addr_is_public(&v4);
		}
	for (size_t i = 0; i < COUNT(special); i++)
		if (sts_network_has(&special[i], a))
			return false;
	if (a->family == AF_INET6)
		return (a->bytes[0] & 0xe0) == 0x20;
	return a->family == AF_INET;
}

static bool
in_any(const struct sts_addr *a, const struct sts_network *nets, size_t n_nets)
{
	for (size_t i = 0; i < n_nets; i++)
		if (sts_network_has(&nets[i], a))
			return true;
	return false;
}

bool
sts_addr_allowed(
    const struct sts_addr *a, const struct sts_network *nets, size_t n_nets)
{
	struct sts_addr v4;

	if (sts_addr_is_public(a) || in_any(a, nets, n_nets))
		return true;
	if (!sts_network_has(&mapped, a))
		return false;
	v4 = embedded_v4(a, 12);
	return in_any(&v4, nets, n_nets);
}
