/*
 * Internet addresses and networks, and which of them an outsider may name.
 *
 * Policy hosts and MX hosts are named by whoever owns the recipient domain:
 * without a check they could send us to our own loopback or private networks
 * (rules.md row 27).  Pure; any thread.
 */
#ifndef STS_BASE_ADDR_H
#define STS_BASE_ADDR_H

#include "sts/base/err.h"
#include "sts/base/slice.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct sts_addr {
	int family; /* AF_INET or AF_INET6 */
	uint8_t bytes[16];
};

struct sts_network {
	struct sts_addr addr;
	unsigned prefix; /* bits */
};

enum { STS_ADDR_TEXT = 46 };

/* "192.0.2.1", "2001:db8::1"; no brackets, scope or port.  STS_E_SYNTAX. */
STS_MUST_USE enum sts_err sts_addr_parse(
    struct sts_slice s, struct sts_addr *out);
/* "192.0.2.0/24"; an address alone is a network of one.  STS_E_SYNTAX; bits set
 * behind the prefix are STS_E_RANGE. */
STS_MUST_USE enum sts_err sts_network_parse(
    struct sts_slice s, struct sts_network *out);

/* Into at least STS_ADDR_TEXT bytes.  Returns dst. */
char *sts_addr_text(const struct sts_addr *a, char *dst);
/* Returns the length that the socket calls want. */
socklen_t sts_addr_sockaddr(
    const struct sts_addr *a, uint16_t port, struct sockaddr_storage *out);
/* STS_E_RANGE for another family. */
STS_MUST_USE enum sts_err sts_addr_from_sockaddr(
    const struct sockaddr *sa, socklen_t n, struct sts_addr *out);

bool sts_addr_eq(const struct sts_addr *a, const struct sts_addr *b);
bool sts_network_has(const struct sts_network *net, const struct sts_addr *a);

/*
 * Whether the address is one of the public Internet: not this-network,
 * loopback, private, shared, link-local, multicast, broadcast, documentation,
 * benchmarking or otherwise reserved (RFC 6890 and the IANA special-purpose
 * registries).  With NAT64 and 6to4 the IPv4 address inside decides; mapped,
 * compatible and Teredo addresses never are.
 */
bool sts_addr_is_public(const struct sts_addr *a);

/* Whether a fetch or probe may go there: public, or in one of the networks. An
 * IPv4-mapped address is also looked for as the IPv4 address it stands for. */
bool sts_addr_allowed(
    const struct sts_addr *a, const struct sts_network *nets, size_t n_nets);

#endif
