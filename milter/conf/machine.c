#include "sts/conf/load.h"

#include "sts/core/domain.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

/* Puts the full name in place of a host name without a dot, where the name
 * service knows one. */
static void
qualify(struct sts_domain *domain)
{
	struct addrinfo hints = { .ai_flags = AI_CANONNAME };
	struct addrinfo *found;
	struct sts_domain full;

	if (getaddrinfo(domain->name, NULL, &hints, &found) != 0)
		return;
	if (found->ai_canonname != NULL &&
	    sts_domain_from_name(sts_slice_str(found->ai_canonname), &full) ==
		STS_OK &&
	    full.kind == STS_DOMAIN_NAME)
		*domain = full;
	freeaddrinfo(found);
}

char *
sts_conf_machine_name(void)
{
	char host[256];
	struct sts_domain domain;

	if (gethostname(host, sizeof(host)) != 0)
		host[0] = '\0';
	host[sizeof(host) - 1] = '\0'; /* POSIX does not promise it */
	if (sts_domain_from_name(sts_slice_str(host), &domain) != STS_OK ||
	    domain.kind != STS_DOMAIN_NAME)
		return strdup("localhost");
	if (strchr(domain.name, '.') == NULL)
		qualify(&domain);
	return strdup(domain.name);
}
