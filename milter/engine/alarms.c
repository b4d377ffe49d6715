#include "sts/engine/alarms.h"

static const struct {
	enum sts_alarm alarm;
	const char *event;
} alarms[] = {
	{ STS_ALARM_TXT_GONE, "alarm-txt-gone" },
	{ STS_ALARM_FETCH_FAILED, "alarm-policy-fetch-failed" },
	{ STS_ALARM_EXPIRED, "alarm-policy-expired" },
	{ STS_ALARM_WEAKENED, "alarm-policy-weakened" },
	{ STS_ALARM_DNS_FAILED, "alarm-dns-failed" },
};

static const char *
mode_of(const struct sts_policy *policy)
{
	return policy == NULL ? "none" : sts_mode_text(policy->mode);
}

/* What is not known is left out. */
static struct sts_kv
known_text(const char *key, const char *text)
{
	return STS_KV_STR(text[0] == '\0' ? NULL : key, text);
}

void
sts_alarms_log(struct sts_log *log, const char *domain,
    const struct sts_record *record, const struct sts_discovery *found)
{
	const char *was = mode_of(record == NULL ? NULL : record->policy);
	const char *old_id = record == NULL ? "" : record->id;

	for (size_t i = 0; i < sizeof(alarms) / sizeof(alarms[0]); i++) {
		if (!(found->alarms & alarms[i].alarm))
			continue;
		sts_log(log, STS_LOG_WARNING, alarms[i].event,
		    STS_KV_STR("domain", domain), STS_KV_STR("was", was),
		    known_text("was_id", old_id),
		    STS_KV_STR("policy", mode_of(found->policy)),
		    known_text("id", found->id),
		    known_text("reason", sts_reason_text(found->reason)),
		    STS_KV_INT(
			found->expires == 0 ? NULL : "expires", found->expires),
		    known_text("detail", found->detail));
	}
}
