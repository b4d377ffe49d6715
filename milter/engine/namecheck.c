#include "sts/engine/namecheck.h"

#include "sts/engine/addresses.h"

#include <stdlib.h>

struct sts_namecheck {
	struct sts_log *log;
	const struct sts_conf *conf; /* a reference */
	struct sts_address_lookup *lookup; /* NULL: done */
};

static void
on_addresses(void *cookie, const struct sts_addresses *addresses)
{
	struct sts_namecheck *check = cookie;

	check->lookup = NULL;
	switch (addresses->status) {
	case STS_DNS_NODATA:
	case STS_DNS_NXDOMAIN:
		break;
	case STS_DNS_OK: /* whether public or not */
	case STS_DNS_FAILED: /* could not tell */
		return;
	}
	sts_log(check->log, STS_LOG_WARNING, "hostname-unknown",
	    STS_KV_STR("hostname", check->conf->hostname),
	    STS_KV_STR("problem", "it has no address in DNS, and MX hosts may "
				  "turn away who says so in EHLO"),
	    STS_KV_STR("remedy", "set the key `hostname`"));
}

enum sts_err
sts_namecheck_new(const struct sts_env *env, struct sts_namecheck **out)
{
	struct sts_namecheck *check = calloc(1, sizeof(*check));

	if (check == NULL)
		return STS_E_NOMEM;
	check->log = env->log;
	check->conf = sts_conf_get(env->conf);
	/* What cannot be asked for is no reason not to start. */
	if (sts_address_lookup_start(env->resolver, check->conf,
		check->conf->hostname, on_addresses, check,
		&check->lookup) != STS_OK)
		check->lookup = NULL;
	*out = check;
	return STS_OK;
}

void
sts_namecheck_free(struct sts_namecheck *check)
{
	if (check == NULL)
		return;
	sts_address_lookup_cancel(check->lookup);
	sts_conf_put(check->conf);
	free(check);
}
