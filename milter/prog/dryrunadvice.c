/* What to do about a reason for which mail would be held. */
#include "sts/prog/advice.h"
#include "sts/prog/dryrunparts.h"

/* The entry of the table that a check of the domain would find. */
static const struct sts_advice *
entry_of(const struct sts_dryrun_row *row)
{
	const char *reason = sts_reason_text(row->reason);

	if (row->mx[0] != '\0')
		return sts_advice_find(STS_ABOUT_HOST, reason, "", false);
	if (!row->verdict.in_policy)
		return sts_advice_find(STS_ABOUT_TXT, reason, "", false);
	return sts_advice_find(STS_ABOUT_MX,
	    row->reason == STS_REASON_DNS_FAILURE ? "unknown" : "pending", "",
	    false);
}

/* As much of an answer as the line tells. */
static json_t *
answer_of(const struct sts_dryrun_row *row)
{
	json_t *answer = json_pack(
	    "{s:s, s:{}, s:[]}", "domain", row->domain, "policy", "mx");
	json_t *host;

	if (answer == NULL || row->mx[0] == '\0')
		return answer;
	host = json_pack("{s:s, s:s}", "host", row->mx, "reason",
	    sts_reason_text(row->reason));
	if (json_array_append_new(json_object_get(answer, "mx"), host) == 0)
		return answer;
	json_decref(answer);
	return NULL;
}

/* Whether there was memory for it. */
static bool
add_text(
    struct sts_advising *a, json_t *out, const char *who, const char *template)
{
	const char *text;
	json_t *value;

	if (template == NULL)
		return true;
	text = sts_advising_text(a, template);
	value = text == NULL ? NULL : json_sprintf("%s%s", who, text);
	return json_array_append_new(out, value) == 0;
}

json_t *
sts_dryrun_advice(const struct sts_dryrun_row *row, int64_t now)
{
	const struct sts_advice *entry = entry_of(row);
	json_t *out = json_array(), *answer = answer_of(row);
	char owner[STS_DOMAIN_SIZE + 32];
	struct sts_advising a;
	bool made;

	if (out == NULL || answer == NULL) {
		json_decref(out);
		json_decref(answer);
		return NULL;
	}
	sts_advising_init(&a, answer, now);
	a.entry = entry;
	a.detail = "as of its last message";
	(void)snprintf(owner, sizeof(owner), "The owner of %s: ", row->domain);
	made = entry == NULL ||
	       (add_text(&a, out, "", entry->means) &&
		   add_text(&a, out, owner, entry->owner) &&
		   add_text(&a, out, "The sender: ", entry->sender));
	sts_advising_deinit(&a);
	json_decref(answer);
	if (made)
		return out;
	json_decref(out);
	return NULL;
}
