#include "sts/engine/outages.h"

#include "sts/core/outage.h"

#include <pthread.h>
#include <stdlib.h>

struct sts_outages {
	const struct sts_clock *clock;
	struct sts_log *log;
	pthread_mutex_t lock; /* guards outage */
	struct sts_outage outage;
};

enum sts_err
sts_outages_new(const struct sts_clock *clock, struct sts_log *log,
    struct sts_outages **out)
{
	struct sts_outages *outages = calloc(1, sizeof(*outages));

	if (outages == NULL)
		return STS_E_NOMEM;
	outages->clock = clock;
	outages->log = log;
	pthread_mutex_init(&outages->lock, NULL);
	*out = outages;
	return STS_OK;
}

void
sts_outages_free(struct sts_outages *outages)
{
	if (outages == NULL)
		return;
	pthread_mutex_destroy(&outages->lock);
	free(outages);
}

/* Brings the state up to now and tells a change; the lock is held. */
static struct sts_outage_count
update(struct sts_outages *outages, int64_t now_ms)
{
	const struct sts_outage *o = &outages->outage;
	struct sts_outage_count count;

	if (!sts_outage_update(&outages->outage, now_ms, &count))
		return count;
	if (o->on)
		sts_log(outages->log, STS_LOG_ALERT, "alarm-outage-begins",
		    STS_KV_STR("reason", sts_reason_text(o->reason)),
		    STS_KV_INT("failing", count.failed),
		    STS_KV_INT("of", count.places),
		    STS_KV_STR("hint",
			"the fault is probably near this host: its uplink, "
			"port 25, resolver or CA bundle"));
	else
		sts_log(outages->log, STS_LOG_NOTICE, "outage-ends",
		    STS_KV_INT("lasted_s", (now_ms - o->since_ms) / 1000),
		    STS_KV_INT("failing", count.failed),
		    STS_KV_INT("of", count.places));
	return count;
}

static void
note_discovery(struct sts_outages *outages, const struct sts_answer *a,
    uint64_t owner, int64_t now_ms)
{
	const struct sts_discovery *found = &a->discovery;
	enum sts_reason reason = found->reason;

	if (found->state == STS_POLICY_ABSENT)
		return; /* the resolver works: no more is known */
	if (found->alarms & STS_ALARM_DNS_FAILED)
		reason = STS_REASON_DNS_FAILURE;
	else if (found->from_cache)
		return;
	sts_outage_note(&outages->outage, owner, owner, reason, now_ms);
}

static void
note_hosts(struct sts_outages *outages, const struct sts_answer *a,
    uint64_t owner, int64_t now_ms)
{
	for (size_t i = 0; i < a->n_mx; i++) {
		const struct sts_host_outcome *seen = a->mx[i].seen;

		if (seen == NULL || seen->probed_ms < a->made_ms - a->took_ms)
			continue;
		sts_outage_note(&outages->outage,
		    sts_outage_group(sts_slice_str(a->mx[i].host)), owner,
		    seen->reason, now_ms);
	}
}

void
sts_outages_note(struct sts_outages *outages, const struct sts_answer *answer)
{
	uint64_t owner = sts_outage_group(sts_slice_str(answer->domain));
	int64_t now_ms = sts_mono_ms(outages->clock);

	pthread_mutex_lock(&outages->lock);
	note_discovery(outages, answer, owner, now_ms);
	note_hosts(outages, answer, owner, now_ms);
	(void)update(outages, now_ms);
	pthread_mutex_unlock(&outages->lock);
}

bool
sts_outages_now(struct sts_outages *outages, struct sts_engine_outage *out)
{
	int64_t now_ms = sts_mono_ms(outages->clock);
	struct sts_outage_count count;
	bool on;

	pthread_mutex_lock(&outages->lock);
	count = update(outages, now_ms);
	on = outages->outage.on;
	*out = (struct sts_engine_outage){
		.on = on,
		.reason = on ? outages->outage.reason : STS_REASON_NONE,
		.seconds = on ? (now_ms - outages->outage.since_ms) / 1000 : 0,
		.failing = count.failed,
		.places = count.places,
	};
	pthread_mutex_unlock(&outages->lock);
	return on;
}
