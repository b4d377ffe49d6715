#include "sts/engine/fetchaddrs.h"

#include <string.h>

enum { ENTRY_MAX = 512 }; /* bytes: a host, a port, two addresses */

void
sts_fetchaddrs_init(
    struct sts_fetchaddrs *addrs, const struct sts_addr *from, size_t n)
{
	addrs->n = n < STS_FETCH_ADDRS_MAX ? n : STS_FETCH_ADDRS_MAX;
	memcpy(addrs->addr, from, addrs->n * sizeof(*from));
}

static struct sts_addr
take(struct sts_fetchaddrs *addrs, size_t i)
{
	struct sts_addr addr = addrs->addr[i];

	addrs->n--;
	memmove(&addrs->addr[i], &addrs->addr[i + 1],
	    (addrs->n - i) * sizeof(addr));
	return addr;
}

static void
add(struct sts_buf *b, const char *separator, struct sts_addr addr)
{
	char text[STS_ADDR_TEXT];

	(void)sts_addr_text(&addr, text);
	sts_buf_printf(
	    b, addr.family == AF_INET6 ? "%s[%s]" : "%s%s", separator, text);
}

struct curl_slist *
sts_fetchaddrs_next(
    struct sts_fetchaddrs *addrs, const char *host, unsigned port)
{
	struct curl_slist *list = NULL;
	struct sts_addr first;
	struct sts_buf entry;
	size_t other = 0;

	if (addrs->n == 0)
		return NULL;
	first = take(addrs, 0);
	sts_buf_init(&entry, ENTRY_MAX);
	sts_buf_printf(&entry, "%s:%u:", host, port);
	add(&entry, "", first);
	while (other < addrs->n && addrs->addr[other].family == first.family)
		other++;
	if (other < addrs->n)
		add(&entry, ",", take(addrs, other));
	if (sts_buf_err(&entry) == STS_OK)
		list = curl_slist_append(NULL, sts_buf_cstr(&entry));
	sts_buf_deinit(&entry);
	return list;
}
