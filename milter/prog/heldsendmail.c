/* What Sendmail holds: sendmail -bp -qQ -v; sendmail -qQ -qIID -Q lets it go.
 */
#include "sts/base/clock.h"
#include "sts/prog/held.h"
#include "sts/prog/js.h"
#include "sts/prog/mailq.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { ARGUMENTS = 8, DAY = 86400 };

static const struct sts_slice ours = STS_LIT("mta-sts: ");
static const char unnamed[] = "no validated path"; /* front/edits.c */

static enum sts_err
run(const struct sts_held_mta *mta, const char *const *words, int64_t ms,
    sts_spawn_take *take, void *cookie, char *why)
{
	const char *argv[ARGUMENTS] = { mta->programs };
	size_t n = 1;

	if (mta->config != NULL) {
		argv[n++] = "-C";
		argv[n++] = mta->config;
	}
	while (*words != NULL)
		argv[n++] = *words++;
	return sts_spawn(argv, ms, take, cookie, why);
}

/* "Nov 22 06:39", of the year that makes it past; 0: unknown. */
static int64_t
queued_at(const char *text, int64_t now_s)
{
	time_t now = (time_t)now_s;
	struct tm today, tm = { .tm_isdst = -1 };
	int64_t at;

	if (localtime_r(&now, &today) == NULL)
		return 0;
	if (strptime(text, "%b %d %H:%M", &tm) == NULL)
		return 0;
	tm.tm_year = today.tm_year;
	tm.tm_isdst = -1;
	at = (int64_t)mktime(&tm);
	if (at <= now_s + DAY)
		return at;
	tm.tm_year--;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm);
}

/* Our own words, of front/edits.c: "DOMAIN: REASON", "REASON".  false: neither,
 * or cut off. */
static bool
read_reason(struct sts_slice text, char *domain, enum sts_reason *reason)
{
	struct sts_domain found;
	struct sts_slice word;

	domain[0] = '\0';
	if (sts_slice_cut(&text, ':', &word)) {
		text = sts_slice_trim(text);
		if (sts_domain_from_name(word, &found) != STS_OK ||
		    found.kind != STS_DOMAIN_NAME)
			return false;
		memcpy(domain, found.name, sizeof(found.name));
	} else {
		text = word;
	}
	*reason = STS_REASON_NONE;
	return sts_slice_eq(text, sts_slice_str(unnamed)) ||
	       (text.n > 0 && sts_reason_parse(text, reason) == STS_OK);
}

struct listing {
	struct sts_mailq mailq;
	struct sts_held_list *list;
	const char *only; /* this queue id; NULL: all */
	int64_t now; /* wall s */
	json_t *message; /* being read, borrowed; NULL: it is not ours */
	bool has_domain; /* its reason says which */
	enum sts_err err;
};

static void
on_entry(void *cookie, const struct sts_mailq_entry *entry)
{
	struct listing *l = cookie;
	struct sts_held_list *list = l->list;
	struct sts_slice reason;
	char domain[STS_DOMAIN_SIZE];
	enum sts_reason word = STS_REASON_NONE;
	bool read;

	l->message = NULL;
	if (l->only != NULL && strcmp(l->only, entry->id) != 0)
		return;
	if (json_array_size(list->messages) + list->others >= STS_HELD_MAX) {
		list->more++;
		return;
	}
	reason = sts_slice_str(entry->reason);
	if (!sts_slice_starts(reason, ours)) {
		list->others++;
		return;
	}
	reason = sts_slice(reason.p + ours.n, reason.n - ours.n);
	read = read_reason(reason, domain, &word);
	l->has_domain = domain[0] != '\0';
	/* Sendmail does not tell of REQUIRETLS, which fails like that. */
	l->message = sts_held_message("sendmail", entry->id,
	    queued_at(entry->time, l->now), word,
	    word == STS_REASON_VALIDATION_FAILURE);
	if (json_array_append_new(list->messages, l->message) != 0 ||
	    (l->has_domain && !sts_held_add_domain(l->message, domain))) {
		l->message = NULL;
		l->err = STS_E_NOMEM;
	} else if (!read) {
		sts_held_set_problem(
		    l->message, "its reason is cut off in the listing");
	}
}

static void
on_recipient(void *cookie, struct sts_slice recipient)
{
	struct listing *l = cookie;

	if (l->message == NULL || l->has_domain)
		return;
	if (recipient.p[0] != '<' || recipient.p[recipient.n - 1] != '>')
		sts_held_set_problem(
		    l->message, "a recipient is cut off in the listing");
	else if (!sts_held_add_recipient(l->message, recipient))
		l->err = STS_E_NOMEM;
}

static bool
take_listing(void *cookie, struct sts_slice bytes)
{
	struct listing *l = cookie;

	sts_mailq_feed(&l->mailq, bytes);
	return l->err == STS_OK;
}

static enum sts_err
list_some(const struct sts_held_mta *mta, struct sts_held_list *list,
    const char *only, char *why)
{
	struct listing l = {
		.list = list,
		.only = only,
		.now = sts_wall_s(&sts_clock_system),
	};
	const struct sts_mailq_told told = { on_entry, on_recipient, &l };
	char id[STS_HELD_ID + 8] = "";
	const char *words[] = { "-bp", "-qQ", "-v", NULL, NULL };
	enum sts_err err;

	if (only != NULL) {
		(void)snprintf(id, sizeof(id), "-qI%s", only);
		words[3] = id;
	}
	sts_mailq_init(&l.mailq, &told);
	err = run(mta, words, STS_HELD_LIST_MS, take_listing, &l, why);
	if (err == STS_OK)
		err = sts_mailq_end(&l.mailq);
	if (err == STS_OK)
		err = l.err;
	sts_mailq_deinit(&l.mailq);
	return err;
}

static enum sts_err
list(const struct sts_held_mta *mta, struct sts_held_list *list, char *why)
{
	return list_some(mta, list, NULL, why);
}

static bool
take_nothing(void *cookie, struct sts_slice bytes)
{
	(void)cookie;
	(void)bytes;
	return true;
}

/* Sendmail takes an id for a part of ids; only a whole one is known to be in
 * its listing, and all have the same length. */
static enum sts_err
release_one(const struct sts_held_mta *mta, const struct sts_conf *conf,
    const json_t *message, char *why)
{
	struct sts_held_list now = { .conf = conf, .messages = json_array() };
	const char *id = sts_js_text(message, "queue_id");
	char word[STS_HELD_ID + 8];
	const char *const words[] = { "-qQ", word, "-Q", NULL };
	enum sts_err err = STS_E_NOMEM;

	(void)snprintf(word, sizeof(word), "-qI%s", id);
	if (now.messages != NULL)
		err = list_some(mta, &now, id, why);
	if (err == STS_OK &&
	    !sts_held_is_same(json_array_get(now.messages, 0), message))
		err = STS_E_NOTFOUND;
	if (err == STS_OK)
		err = run(mta, words, STS_HELD_MS, take_nothing, NULL, why);
	json_decref(now.messages);
	return err;
}

/* Sendmail lists a single message for less than all. */
static void
release(const struct sts_held_mta *mta, const struct sts_conf *conf,
    const json_t *messages, sts_held_told *told, void *cookie)
{
	for (size_t i = 0; i < json_array_size(messages); i++) {
		json_t *message = json_array_get(messages, i);
		char why[STS_SPAWN_WHY] = "";
		enum sts_err err = release_one(mta, conf, message, why);

		told(cookie, message, err, why);
	}
}

void
sts_held_sendmail(struct sts_held_mta *mta)
{
	mta->name = "sendmail";
	mta->list = list;
	mta->release = release;
}
