#include "sts/core/outage.h"

bool
sts_outage_may_be_ours(enum sts_reason reason)
{
	switch (reason) {
	case STS_REASON_STARTTLS_NOT_SUPPORTED:
	case STS_REASON_CERTIFICATE_NOT_TRUSTED:
	case STS_REASON_VALIDATION_FAILURE:
	case STS_REASON_DNSSEC_INVALID:
	case STS_REASON_STS_POLICY_FETCH_ERROR:
	case STS_REASON_STS_WEBPKI_INVALID:
	case STS_REASON_UNREACHABLE:
	case STS_REASON_DNS_FAILURE:
		return true;
	case STS_REASON_NONE:
	case STS_REASON_CERTIFICATE_HOST_MISMATCH:
	case STS_REASON_CERTIFICATE_EXPIRED:
	case STS_REASON_TLSA_INVALID:
	case STS_REASON_DANE_REQUIRED:
	case STS_REASON_STS_POLICY_INVALID:
	case STS_REASON_MX_MISMATCH:
	case STS_REASON_ADDRESS_REFUSED:
	case STS_REASON_NULL_MX:
		break;
	}
	return false;
}

/* FNV-1a: a collision merges two places of at most STS_OUTAGE_PLACES. */
uint64_t
sts_outage_group(struct sts_slice host)
{
	uint64_t hash = 14695981039346656037u;
	size_t from = host.n;

	for (int dots = 0; from > 0; from--)
		if (host.p[from - 1] == '.' && ++dots == 2)
			break;
	for (size_t i = from; i < host.n; i++) {
		hash ^= (unsigned char)sts_lower(host.p[i]);
		hash *= 1099511628211u;
	}
	return hash;
}

/* The group's own place, or a free one, or the oldest. */
static struct sts_outage_place *
place_of(struct sts_outage *outage, uint64_t group)
{
	struct sts_outage_place *oldest = &outage->place[0];

	for (size_t i = 0; i < outage->n; i++) {
		struct sts_outage_place *p = &outage->place[i];

		if (p->group == group)
			return p;
		if (p->at_ms < oldest->at_ms)
			oldest = p;
	}
	if (outage->n < STS_OUTAGE_PLACES)
		return &outage->place[outage->n++];
	return oldest;
}

void
sts_outage_note(struct sts_outage *outage, uint64_t group, uint64_t owner,
    enum sts_reason reason, int64_t now_ms)
{
	*place_of(outage, group) = (struct sts_outage_place){
		.group = group,
		.owner = owner,
		.at_ms = now_ms,
		.failed = sts_outage_may_be_ours(reason),
		.reason = reason,
	};
}

static bool
counts(const struct sts_outage_place *p, int64_t now_ms)
{
	return now_ms - p->at_ms < STS_OUTAGE_WINDOW_MS;
}

/* Whether a failure of the same owner's was counted before the i-th place's. */
static bool
is_counted(const struct sts_outage *outage, size_t i, int64_t now_ms)
{
	for (size_t j = 0; j < i; j++) {
		const struct sts_outage_place *p = &outage->place[j];

		if (p->failed && counts(p, now_ms) &&
		    p->owner == outage->place[i].owner)
			return true;
	}
	return false;
}

static struct sts_outage_count
count_places(const struct sts_outage *outage, int64_t now_ms)
{
	struct sts_outage_count count = { 0, 0 };

	for (size_t i = 0; i < outage->n; i++) {
		const struct sts_outage_place *p = &outage->place[i];

		if (!counts(p, now_ms) ||
		    (p->failed && is_counted(outage, i, now_ms)))
			continue;
		count.places++;
		if (p->failed)
			count.failed++;
	}
	return count;
}

static enum sts_reason
most_frequent_reason(const struct sts_outage *outage, int64_t now_ms)
{
	enum sts_reason best = STS_REASON_NONE;
	unsigned n_best = 0;

	for (size_t i = 0; i < outage->n; i++) {
		unsigned n = 0;

		if (!outage->place[i].failed)
			continue;
		for (size_t j = 0; j < outage->n; j++)
			n += outage->place[j].failed &&
			     counts(&outage->place[j], now_ms) &&
			     outage->place[j].reason == outage->place[i].reason;
		if (n > n_best) {
			n_best = n;
			best = outage->place[i].reason;
		}
	}
	return best;
}

bool
sts_outage_update(
    struct sts_outage *outage, int64_t now_ms, struct sts_outage_count *count)
{
	bool was = outage->on;

	*count = count_places(outage, now_ms);
	if (was)
		outage->on = count->failed * 100 >=
				 count->places * STS_OUTAGE_END_PERCENT &&
			     count->failed > 0;
	else
		outage->on = count->failed >= STS_OUTAGE_FAILED &&
			     count->failed * 100 >=
				 count->places * STS_OUTAGE_BEGIN_PERCENT;
	if (outage->on && !was) {
		outage->since_ms = now_ms;
		outage->reason = most_frequent_reason(outage, now_ms);
	}
	return outage->on != was;
}
