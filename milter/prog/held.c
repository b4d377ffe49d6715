#include "sts/prog/held.h"

#include "sts/base/clock.h"
#include "sts/core/domain.h"
#include "sts/prog/js.h"

#include <string.h>

void
sts_held_progress(struct sts_held_list *list)
{
	int64_t now = sts_mono_ms(&sts_clock_system);
	char what[64];

	if (list->progress == NULL || now - list->shown_ms < STS_PROGRESS_MS)
		return;
	list->shown_ms = now;
	(void)snprintf(what, sizeof(what),
	    "looking at the queue: held message %zu",
	    json_array_size(list->messages) + (size_t)list->others);
	sts_progress_show(list->progress, what);
}

json_t *
sts_held_message(const char *mta, const char *queue_id, int64_t queued,
    enum sts_reason reason, bool requiretls)
{
	char time[STS_TIME_TEXT] = "";

	if (queued > 0)
		(void)sts_time_rfc3339(queued, time);
	return json_pack("{s:s, s:s, s:o, s:s, s:b, s:[], s:n}", "mta", mta,
	    "queue_id", queue_id, "queued",
	    queued > 0 ? json_string(time) : json_null(), "reason",
	    sts_reason_text(reason), "requiretls", (int)requiretls, "domains",
	    "problem");
}

void
sts_held_set_problem(json_t *message, const char *problem)
{
	if (sts_js_text(message, "problem")[0] == '\0')
		(void)json_object_set_new(
		    message, "problem", json_string(problem));
}

bool
sts_held_add_domain(json_t *message, const char *domain)
{
	json_t *domains = json_object_get(message, "domains");

	for (size_t i = 0; i < json_array_size(domains); i++)
		if (strcmp(json_string_value(json_array_get(domains, i)),
			domain) == 0)
			return true;
	return json_array_append_new(domains, json_string(domain)) == 0;
}

bool
sts_held_add_recipient(json_t *message, struct sts_slice recipient)
{
	struct sts_domain domain;

	if (sts_domain_from_recipient(recipient, &domain) != STS_OK) {
		sts_held_set_problem(
		    message, "the domain of a recipient cannot be read");
		return true;
	}
	if (domain.kind != STS_DOMAIN_NAME)
		return true; /* an address or local: it has no policy */
	return sts_held_add_domain(message, domain.name);
}

bool
sts_held_is_same(const json_t *a, const json_t *b)
{
	static const char *const keys[] = { "mta", "queue_id", "queued",
		"reason", "requiretls", "domains", "problem" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!json_equal(json_object_get(a, keys[i]),
			json_object_get(b, keys[i])))
			return false;
	return true;
}
