/* What the daemon remembers: the commands cache-* of the control socket. */
#include "sts/front/answerjson.h"
#include "sts/front/controlclient.h"

#include <stdio.h>

enum { SLICE_MS = 200 }; /* of a wait, to see whether the server ends */

static struct sts_engine *
engine_of(const struct sts_control_client *client)
{
	return sts_control_options_of(client)->engine;
}

static int64_t
now_s(const struct sts_control_client *client)
{
	return sts_wall_s(sts_engine_clock(engine_of(client)));
}

struct listing {
	struct sts_control_client *client;
	int64_t now;
	json_int_t n;
	enum sts_err err;
};

static bool
on_record(void *cookie, const struct sts_record *record)
{
	struct listing *listing = cookie;

	listing->err = sts_control_reply(
	    listing->client, sts_record_json(record, listing->now, false));
	listing->n++;
	if (listing->err == STS_OK && sts_control_stopping(listing->client))
		listing->err = STS_E_CLOSED;
	return listing->err == STS_OK;
}

/* Line by line as the store reads them: however many there are, few are in
 * memory, and a client that does not read holds up its own thread only. */
enum sts_err
sts_control_cache_list(struct sts_control_client *client)
{
	struct listing listing = { client, now_s(client), 0, STS_OK };
	enum sts_err err;

	err = sts_store_list(
	    sts_engine_store(engine_of(client)), on_record, &listing);
	if (listing.err != STS_OK)
		return listing.err;
	if (err != STS_OK)
		return sts_control_refuse(client, "failed", sts_err_text(err));
	return sts_control_reply(
	    client, json_pack("{s:b, s:I}", "ok", 1, "records", listing.n));
}

/* A reference; NULL where nothing is remembered. */
static const struct sts_record *
get_record(struct sts_control_client *client, const char *domain)
{
	return sts_store_read(sts_engine_store(engine_of(client)), domain);
}

/* What the record says of the policy: in force, or why there is none. */
static void
fill_discovery(
    struct sts_discovery *found, const struct sts_record *record, int64_t now)
{
	found->from_cache = true;
	found->txt_asked = true;
	if (sts_record_in_force(record, now)) {
		found->status = STS_FETCH_NOT_CHANGED;
		found->state = STS_POLICY_IN_FORCE;
		found->policy = sts_policy_get(record->policy);
		found->expires = sts_record_expires(record, now);
		found->id = record->id;
	} else if (record->failed_at != 0) {
		found->status = STS_FETCH_FETCH_ERROR;
		found->state = STS_POLICY_FAILED;
		found->reason = record->failed_reason;
		found->id = record->failed_id;
	} else {
		found->status = STS_FETCH_NONE;
		found->state = STS_POLICY_ABSENT;
		found->txt_asked = false;
		found->detail = "the remembered policy has expired";
	}
}

/* What would be said of the domain if nothing but the record were known; a new
 * reference, or NULL. */
static const struct sts_answer *
answer_of_record(const struct sts_record *record, int64_t now)
{
	struct sts_discovery found = { .policy = NULL };

	fill_discovery(&found, record, now);
	return sts_answer_of_discovery(record->domain, &found);
}

/* Takes both references over; either may be NULL. */
static enum sts_err
reply_entry(struct sts_control_client *client, const struct sts_record *record,
    const struct sts_answer *answer)
{
	int64_t now = now_s(client);
	enum sts_err err;

	if (answer == NULL && record != NULL)
		answer = answer_of_record(record, now);
	if (answer == NULL)
		err = sts_control_refuse(client, "not-found",
		    "nothing is remembered of this domain");
	else
		err = sts_control_reply(client,
		    json_pack("{s:b, s:o, s:o}", "ok", 1, "record",
			record == NULL ? json_null()
				       : sts_record_json(record, now, true),
			"answer", sts_answer_json(answer)));
	sts_answer_put(answer);
	sts_record_put(record);
	return err;
}

enum sts_err
sts_control_cache_show(struct sts_control_client *client, const char *domain)
{
	return reply_entry(client, get_record(client, domain),
	    sts_engine_known(engine_of(client), domain));
}

/* The engine's own deadlines end it; a server that ends does not wait. */
static enum sts_err
wait_answer(struct sts_control_client *client, struct sts_ticket *ticket,
    const struct sts_answer **out)
{
	enum sts_err err;

	for (;;) {
		err = sts_ticket_wait(ticket, SLICE_MS, out);
		if (err != STS_E_TIMEOUT || sts_control_stopping(client))
			return err;
		sts_answer_put(*out);
	}
}

enum sts_err
sts_control_cache_refresh(struct sts_control_client *client, const char *domain)
{
	const struct sts_answer *answer = NULL;
	struct sts_ticket *ticket;
	enum sts_err err;

	err =
	    sts_engine_ask(engine_of(client), domain, STS_ASK_REFRESH, &ticket);
	if (err == STS_OK) {
		err = wait_answer(client, ticket, &answer);
		sts_ticket_free(ticket);
		sts_control_extend(client);
	}
	if (err == STS_OK)
		return reply_entry(client, get_record(client, domain), answer);
	sts_answer_put(answer);
	return sts_control_refuse(
	    client, err == STS_E_LIMIT ? "busy" : "closed", sts_err_text(err));
}

enum sts_err
sts_control_cache_flush(struct sts_control_client *client, const char *domain)
{
	struct sts_engine *engine = engine_of(client);
	const struct sts_answer *known =
	    domain == NULL ? NULL : sts_engine_known(engine, domain);
	bool was_known = known != NULL;
	size_t n = 0;
	enum sts_err err;

	sts_answer_put(known);
	err = sts_store_flush(sts_engine_store(engine), domain, &n);
	if (err != STS_OK)
		return sts_control_refuse(client, "failed", sts_err_text(err));
	sts_engine_forget(engine, domain);
	if (n == 0 && was_known)
		n = 1; /* only an answer was known, that there is no policy */
	sts_log(sts_engine_log(engine), STS_LOG_NOTICE, "cache-flushed",
	    STS_KV_STR("domain", domain == NULL ? "*" : domain),
	    STS_KV_INT("removed", n));
	if (n == 0 && domain != NULL)
		return sts_control_refuse(client, "not-found",
		    "nothing is remembered of this domain");
	return sts_control_reply(
	    client, json_pack("{s:b, s:I}", "ok", 1, "removed", (json_int_t)n));
}
