#include "sts/prog/survey.h"

#include "sts/engine/check.h"
#include "sts/engine/tlsalookup.h"
#include "sts/engine/tlsrptlookup.h"
#include "sts/front/answerjson.h"
#include "sts/prog/findings.h"
#include "sts/prog/js.h"
#include "sts/prog/ownengine.h"
#include "sts/prog/progress.h"
#include "sts/prog/remembered.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct survey {
	struct sts_own own;
	char (*domains)[STS_DOMAIN_SIZE];
	size_t n;
	bool tlsa; /* their MX hosts' TLSA records are wanted */

	pthread_mutex_t daemon; /* one question at a time: it has few places */
	bool no_daemon; /* guarded by it */

	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t news; /* an answer came */
	size_t next; /* to be begun */
	size_t done;
	size_t told; /* all before it were told of */
	json_t **answers; /* one a domain, until it was told of */
	bool failed; /* memory ran out, or the engine did not take one */
};

static const char *
tlsrpt_status(const struct sts_tlsrpt_found *found)
{
	if (found->status == STS_DNS_FAILED)
		return "unknown";
	switch (found->tlsrpt.status) {
	case STS_TLSRPT_FOUND:
		return "found";
	case STS_TLSRPT_NONE:
		return "none";
	case STS_TLSRPT_MULTIPLE:
		return "multiple";
	case STS_TLSRPT_INVALID:
		return "invalid";
	}
	return "unknown";
}

/* NULL: out of memory. */
static json_t *
rua_json(const struct sts_tlsrpt *tlsrpt)
{
	json_t *array = json_array();
	bool failed = array == NULL;

	for (size_t i = 0; i < tlsrpt->n; i++) {
		const struct sts_tlsrpt_rua *rua = &tlsrpt->rua[i];
		bool is_mail = rua->scheme == STS_TLSRPT_MAILTO;
		json_t *uri =
		    json_sprintf("%s%s", is_mail ? "mailto:" : "", rua->target);

		failed |= json_array_append_new(array, uri) != 0;
	}
	if (!failed)
		return array;
	json_decref(array);
	return NULL;
}

static json_t *
tlsrpt_json(const struct sts_tlsrpt_found *found)
{
	const char *detail =
	    found->status == STS_DNS_FAILED ? found->detail : found->tlsrpt.why;

	return json_pack("{s:s, s:o, s:s*}", "status", tlsrpt_status(found),
	    "rua", rua_json(&found->tlsrpt), "detail",
	    detail[0] == '\0' ? NULL : detail);
}

/* NULL: out of memory, or the engine is closed. */
static json_t *
look_up_tlsrpt(struct survey *s, const char *domain)
{
	struct sts_tlsrpt_found *found = calloc(1, sizeof(*found));
	json_t *json = NULL;

	if (found != NULL &&
	    sts_tlsrpt_lookup(s->own.engine, &domain, 1, found) == STS_OK)
		json = tlsrpt_json(found);
	free(found);
	return json;
}

static json_t *
tlsa_json(const struct sts_tlsa_found *found)
{
	const char *status = found->status == STS_DNS_FAILED ? "unknown"
			     : found->records > 0            ? "found"
							     : "none";

	return json_pack("{s:s, s:I, s:b}", "status", status, "records",
	    (json_int_t)found->records, "secure", found->secure);
}

/* Adds "tlsa" to each MX host. False: out of memory, or the engine is closed.
 */
static bool
look_up_tlsa(struct survey *s, json_t *mx)
{
	struct sts_tlsa_found found[STS_CHECK_MX_MAX];
	const char *hosts[STS_CHECK_MX_MAX];
	size_t n = json_array_size(mx);
	bool all = true;

	if (n > STS_CHECK_MX_MAX)
		n = STS_CHECK_MX_MAX;
	for (size_t i = 0; i < n; i++)
		hosts[i] = sts_js_text(json_array_get(mx, i), "host");
	if (sts_tlsa_lookup(s->own.engine, hosts, n, found) != STS_OK)
		return false;
	for (size_t i = 0; i < n; i++)
		all &= json_object_set_new(json_array_get(mx, i), "tlsa",
			   tlsa_json(&found[i])) == 0;
	return all;
}

static json_t *
ask_daemon(struct survey *s, const char *domain)
{
	json_t *record = NULL;
	bool reached;

	pthread_mutex_lock(&s->daemon);
	if (!s->no_daemon) {
		record = sts_remembered(s->own.conf, domain, &reached);
		s->no_daemon = !reached;
	}
	pthread_mutex_unlock(&s->daemon);
	return record;
}

/* NULL: out of memory. */
static json_t *
wait_answer(struct survey *s, struct sts_ticket *ticket)
{
	const struct sts_answer *answer = NULL;
	json_t *json;

	/* What is not complete after all that time is told as it is. */
	(void)!sts_ticket_wait(ticket, sts_own_longest_ms(&s->own), &answer);
	json = answer == NULL ? NULL : sts_answer_json(answer);
	sts_answer_put(answer);
	return json;
}

/* NULL: out of memory. */
static json_t *
diagnose(struct survey *s, const char *domain)
{
	json_t *answer, *tlsrpt, *record;
	struct sts_ticket *ticket;
	bool failed;

	if (sts_engine_ask(s->own.engine, domain,
		STS_ASK_UNCACHED | STS_ASK_HOSTS, &ticket) != STS_OK)
		return NULL;
	tlsrpt = look_up_tlsrpt(s, domain);
	record = ask_daemon(s, domain);
	answer = wait_answer(s, ticket);
	sts_ticket_free(ticket);
	failed = answer == NULL ||
		 json_object_set_new(answer, "tlsrpt", tlsrpt) != 0 ||
		 (s->tlsa && !look_up_tlsa(s, json_object_get(answer, "mx"))) ||
		 sts_findings_add(
		     answer, record, sts_wall_s(&sts_clock_system)) != STS_OK;
	if (answer == NULL)
		json_decref(tlsrpt);
	json_decref(record);
	if (!failed)
		return answer;
	json_decref(answer);
	return NULL;
}

/* One of the threads: takes the next domain until there is none. */
static void *
work(void *arg)
{
	struct survey *s = arg;
	json_t *answer;
	size_t i;

	pthread_mutex_lock(&s->lock);
	while (!s->failed && s->next < s->n) {
		i = s->next++;
		pthread_mutex_unlock(&s->lock);
		answer = diagnose(s, s->domains[i]);
		pthread_mutex_lock(&s->lock);
		s->answers[i] = answer;
		s->failed |= answer == NULL;
		s->done++;
		pthread_cond_signal(&s->news);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* Waits a moment for news; the lock is held. */
static void
wait_news(struct survey *s)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)STS_PROGRESS_MS * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	(void)pthread_cond_timedwait(&s->news, &s->lock, &until);
}

static void
show_progress(
    const struct survey *s, struct sts_progress *progress, size_t done)
{
	char what[STS_DOMAIN_SIZE + 32];

	if (s->n > 1) {
		sts_progress_bar(progress, "checking domains", done, s->n);
		return;
	}
	(void)snprintf(what, sizeof(what), "checking %s", s->domains[0]);
	sts_progress_show(progress, what);
}

/* Tells of what came, in order, as long as there is more. */
static void
tell_all(struct survey *s, struct sts_progress *progress, sts_surveyed *told,
    void *cookie)
{
	pthread_mutex_lock(&s->lock);
	while (!s->failed && s->told < s->n) {
		json_t *answer = s->answers[s->told];
		size_t done = s->done;

		if (answer == NULL)
			wait_news(s);
		else
			s->answers[s->told++] = NULL;
		pthread_mutex_unlock(&s->lock);
		if (answer == NULL) {
			show_progress(s, progress, done);
		} else {
			sts_progress_clear(progress);
			told(cookie, answer);
			json_decref(answer);
		}
		pthread_mutex_lock(&s->lock);
	}
	pthread_mutex_unlock(&s->lock);
	sts_progress_clear(progress);
}

static void
survey_deinit(struct survey *s)
{
	for (size_t i = s->told; s->answers != NULL && i < s->n; i++)
		json_decref(s->answers[i]);
	free(s->answers);
	pthread_cond_destroy(&s->news);
	pthread_mutex_destroy(&s->lock);
	pthread_mutex_destroy(&s->daemon);
	sts_own_deinit(&s->own);
}

static void
survey_init(struct survey *s, char (*domains)[STS_DOMAIN_SIZE], size_t n)
{
	pthread_condattr_t monotonic;

	*s = (struct survey){ .domains = domains, .n = n };
	json_object_seed(0); /* once, before any thread might */
	pthread_mutex_init(&s->daemon, NULL);
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&s->news, &monotonic);
	pthread_condattr_destroy(&monotonic);
	s->answers = calloc(n, sizeof(json_t *));
}

/* Fewer threads than wanted do, if there is one. */
static enum sts_exit
run(struct sts_cli *cli, struct survey *s, sts_surveyed *told, void *cookie)
{
	pthread_t threads[STS_SURVEY_AT_ONCE];
	struct sts_progress progress;
	size_t n_threads = 0;

	sts_progress_init(&progress, !cli->verbose);
	while (n_threads < STS_SURVEY_AT_ONCE && n_threads < s->n &&
	       pthread_create(&threads[n_threads], NULL, work, s) == 0)
		n_threads++;
	if (n_threads == 0)
		return sts_cli_fail(cli, STS_EXIT_SOFTWARE, "failed",
		    "no thread can be made: %s", strerror(errno));
	tell_all(s, &progress, told, cookie);
	for (size_t i = 0; i < n_threads; i++)
		(void)pthread_join(threads[i], NULL);
	if (s->failed)
		return sts_cli_fail(
		    cli, STS_EXIT_SOFTWARE, "failed", "out of memory");
	return STS_EXIT_OK;
}

enum sts_exit
sts_survey(struct sts_cli *cli, char (*domains)[STS_DOMAIN_SIZE], size_t n,
    sts_surveyed *told, void *cookie)
{
	enum sts_exit status;
	struct survey s;

	survey_init(&s, domains, n);
	s.tlsa = sts_cli_count(cli, "dane") > 0;
	status = sts_own_init(cli, &s.own);
	if (status == STS_EXIT_OK && s.answers == NULL)
		status = sts_cli_fail(
		    cli, STS_EXIT_SOFTWARE, "failed", "out of memory");
	if (status == STS_EXIT_OK)
		status = run(cli, &s, told, cookie);
	survey_deinit(&s);
	return status;
}
