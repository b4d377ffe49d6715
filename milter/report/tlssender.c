#include "sts/report/tlssender.h"

#include "sts/engine/poster.h"
#include "sts/report/tlsmail.h"
#include "sts/report/tlsmaker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEDIA_TYPE "application/tlsrpt+gzip"

enum { HTTPS_PORT = 443 };

struct sts_tlssender {
	struct sts_tlssender_options options;
	const struct sts_conf *conf; /* a reference, of the run */
	struct sts_tlsqueue_domains domains;
	struct sts_tlsrpt_found found[STS_TLSQUEUE_BATCH];
	struct sts_deliveries deliveries;
	struct sts_post posts[STS_TLSQUEUE_BATCH];
	struct sts_tlsrpt_rua targets[STS_TLSQUEUE_BATCH]; /* of the posts */
	const struct sts_delivery *posted[STS_TLSQUEUE_BATCH];
};

enum sts_err
sts_tlssender_new(
    const struct sts_tlssender_options *options, struct sts_tlssender **out)
{
	struct sts_tlssender *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return STS_E_NOMEM;
	s->options = *options;
	*out = s;
	return STS_OK;
}

void
sts_tlssender_free(struct sts_tlssender *s)
{
	free(s);
}

static bool
go_on(const struct sts_tlssender *s, const struct sts_tlssender_sums *sums)
{
	return s->options.go_on == NULL ||
	       s->options.go_on(s->options.cookie, sums);
}

static int64_t
now(const struct sts_tlssender *s)
{
	return sts_wall_s(s->options.clock);
}

/* Each run has the configuration in force at its begin. */
static void
begin(struct sts_tlssender *s)
{
	s->conf = sts_engine_conf(s->options.engine);
}

static enum sts_err
end(struct sts_tlssender *s, enum sts_err err)
{
	sts_conf_put(s->conf);
	s->conf = NULL;
	return err;
}

/* The next domains behind *after, and what their records say. */
static enum sts_err
next_domains(struct sts_tlssender *s, int64_t day, bool open, char *after)
{
	const char *names[STS_TLSQUEUE_BATCH];
	enum sts_err err =
	    sts_tlsqueue_domains(s->options.db, day, after, open, &s->domains);

	if (err != STS_OK || s->domains.n == 0)
		return err;
	for (size_t i = 0; i < s->domains.n; i++)
		names[i] = s->domains.name[i];
	(void)snprintf(after, STS_DOMAIN_SIZE, "%s", names[s->domains.n - 1]);
	err =
	    sts_tlsrpt_lookup(s->options.engine, names, s->domains.n, s->found);
	for (size_t i = 0; err == STS_OK && i < s->domains.n; i++)
		sts_tlsrpt_refuse_ports(&s->found[i].tlsrpt);
	return err;
}

static enum sts_err
queue_report(struct sts_tlssender *s, int64_t day, const char *domain,
    const struct sts_tlsrpt *targets)
{
	char id[STS_REPORT_ID_SIZE];
	struct sts_tlsqueue_report report = {
		.day = day,
		.domain = domain,
		.report_id = id,
		.targets = targets,
	};
	json_t *json = NULL;
	struct sts_buf body;
	enum sts_err err;

	sts_tlsmaker_id(s->conf, day, domain, id);
	err = sts_tlsmaker_json(s->options.db, s->conf, day, domain, &json);
	if (err != STS_OK)
		return err;
	sts_buf_init(&body, STS_TLSREPORT_MAX);
	err = sts_tlsmaker_pack(json, &body);
	report.body = sts_buf_view(&body);
	if (err == STS_OK)
		err = sts_tlsqueue_put(s->options.db, &report, now(s));
	sts_buf_deinit(&body);
	json_decref(json);
	return err;
}

static void
log_lookup(const struct sts_tlssender *s, const char *domain, const char *why)
{
	sts_log(s->options.log, STS_LOG_INFO, "tlsrpt-unwanted",
	    STS_KV_STR("domain", domain), STS_KV_STR("why", why));
}

static enum sts_err
make_one(struct sts_tlssender *s, int64_t day, size_t i,
    struct sts_tlssender_sums *sums)
{
	const struct sts_tlsrpt_found *found = &s->found[i];
	const char *domain = s->domains.name[i];

	if (found->status == STS_DNS_FAILED) {
		sums->unknown++;
		return STS_OK;
	}
	if (found->tlsrpt.status == STS_TLSRPT_FOUND) {
		sums->made++;
		return queue_report(s, day, domain, &found->tlsrpt);
	}
	if (found->tlsrpt.why[0] != '\0')
		log_lookup(s, domain, found->tlsrpt.why);
	sums->unwanted++;
	return sts_tlsqueue_put_none(s->options.db, day, domain, now(s));
}

enum sts_err
sts_tlssender_make(
    struct sts_tlssender *s, int64_t day, struct sts_tlssender_sums *sums)
{
	char after[STS_DOMAIN_SIZE] = "";
	enum sts_err err;

	begin(s);
	do {
		err = next_domains(s, day, true, after);
		for (size_t i = 0; err == STS_OK && i < s->domains.n; i++)
			err = make_one(s, day, i, sums);
	} while (err == STS_OK && s->domains.n > 0 && go_on(s, sums));
	return end(s, err);
}

enum sts_err
sts_tlssender_preview(struct sts_tlssender *s, int64_t day,
    sts_tlssender_show *show, void *cookie)
{
	char after[STS_DOMAIN_SIZE] = "";
	enum sts_err err;

	begin(s);
	do {
		err = next_domains(s, day, false, after);
		for (size_t i = 0; err == STS_OK && i < s->domains.n; i++) {
			bool wanted =
			    s->found[i].tlsrpt.status == STS_TLSRPT_FOUND;
			json_t *report = NULL;

			if (wanted)
				err = sts_tlsmaker_json(s->options.db, s->conf,
				    day, s->domains.name[i], &report);
			if (err == STS_OK)
				show(cookie, s->domains.name[i], &s->found[i],
				    report);
			json_decref(report);
		}
	} while (err == STS_OK && s->domains.n > 0);
	return end(s, err);
}

static void
log_delivery(const struct sts_tlssender *s, const struct sts_delivery *d,
    enum sts_settled settled, const char *detail)
{
	static const struct {
		enum sts_log_level level;
		const char *event;
	} words[] = {
		[STS_SETTLED_DONE] = { STS_LOG_INFO, "tlsrpt-delivered" },
		[STS_SETTLED_LATER] = { STS_LOG_NOTICE, "tlsrpt-deferred" },
		[STS_SETTLED_FAILED] = { STS_LOG_WARNING, "tlsrpt-given-up" },
	};

	sts_log(s->options.log, words[settled].level, words[settled].event,
	    STS_KV_STR("domain", d->domain), STS_KV_STR("to", d->target),
	    STS_KV_STR("report_id", d->report_id), STS_KV_INT("try", d->tries),
	    STS_KV_STR("detail", detail));
}

/* At once, so that a crash leaves as few as can be uncertain. */
static enum sts_err
settle(struct sts_tlssender *s, const struct sts_delivery *d, bool delivered,
    const char *detail, struct sts_tlssender_sums *sums)
{
	enum sts_settled settled;
	enum sts_err err = sts_tlsqueue_settle(
	    s->options.db, d, delivered, detail, now(s), &settled);

	if (err != STS_OK)
		return err;
	switch (settled) {
	case STS_SETTLED_DONE:
		sums->delivered++;
		break;
	case STS_SETTLED_LATER:
		sums->later++;
		break;
	case STS_SETTLED_FAILED:
		sums->failed++;
		break;
	}
	log_delivery(s, d, settled, detail);
	return STS_OK;
}

/* An outsider names the port, too. */
static enum sts_err
plan_post(struct sts_tlssender *s, const struct sts_delivery *d, size_t *n,
    struct sts_tlssender_sums *sums)
{
	struct sts_tlsrpt_rua *target = &s->targets[*n];
	const char *why =
	    sts_tlsrpt_parse_uri(sts_slice_str(d->target), target);

	if (why == NULL && target->port != HTTPS_PORT)
		why = "its port is not 443";
	if (why != NULL)
		return settle(s, d, false, why, sums);
	s->posted[*n] = d;
	s->posts[(*n)++] = (struct sts_post){
		.url = target->target,
		.host = target->host,
		.port = target->port,
		.type = MEDIA_TYPE,
		.body = sts_slice(d->body, d->n),
	};
	return STS_OK;
}

static enum sts_err
send_mail(struct sts_tlssender *s, const struct sts_delivery *d,
    struct sts_tlssender_sums *sums)
{
	char detail[STS_DETAIL_SIZE] = "";
	bool taken =
	    sts_tlsmail_send(s->conf, d, now(s), detail, sizeof(detail));

	return settle(s, d, taken, detail, sums);
}

/* The posts of a batch all at once; mail, which the local MTA takes fast, one
 * after the other. */
static enum sts_err
deliver_batch(struct sts_tlssender *s, struct sts_tlssender_sums *sums)
{
	enum sts_err err = STS_OK;
	size_t n = 0;

	for (size_t i = 0; err == STS_OK && i < s->deliveries.n; i++) {
		const struct sts_delivery *d = &s->deliveries.one[i];

		if (strncmp(d->target, "https://", 8) == 0)
			err = plan_post(s, d, &n, sums);
		else
			err = send_mail(s, d, sums);
	}
	if (err == STS_OK)
		err = sts_poster_send(s->options.engine, s->posts, n);
	for (size_t i = 0; err == STS_OK && i < n; i++)
		err = settle(s, s->posted[i], s->posts[i].delivered,
		    s->posts[i].detail, sums);
	return err;
}

static enum sts_err
claim(struct sts_tlssender *s, struct sts_tlssender_sums *sums)
{
	int uncertain = 0;
	enum sts_err err = sts_tlsqueue_claim(
	    s->options.db, now(s), &s->deliveries, &uncertain);

	if (err == STS_OK && uncertain > 0) {
		sums->uncertain += (unsigned)uncertain;
		sts_log(s->options.log, STS_LOG_WARNING, "tlsrpt-uncertain",
		    STS_KV_INT("deliveries", uncertain),
		    STS_KV_STR("why", "ended while they were being delivered; "
				      "they are not repeated"));
	}
	return err;
}

enum sts_err
sts_tlssender_deliver(struct sts_tlssender *s, struct sts_tlssender_sums *sums)
{
	enum sts_err err;
	size_t n;

	begin(s);
	do {
		err = claim(s, sums);
		n = s->deliveries.n;
		if (err == STS_OK && n > 0)
			err = deliver_batch(s, sums);
		sts_deliveries_deinit(&s->deliveries);
	} while (err == STS_OK && n > 0 && go_on(s, sums));
	return end(s, err);
}
