#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engineworld.h"

#include "../conf/conffile.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define NAMES(domain)                                                          \
	{ "_mta-sts." domain, TXT, FAKEDNS_ANSWER, "v=STSv1; id=1;", 60,       \
		false },                                                       \
	{                                                                      \
		"mta-sts." domain, A, FAKEDNS_ANSWER, POLICY_HOSTS_ADDRESS,    \
		    60, false                                                  \
	}
#define MX_OF(domain, list)                                                    \
	{                                                                      \
		domain, MX, FAKEDNS_ANSWER, list, 60, false                    \
	}
#define AT(host, address)                                                      \
	{                                                                      \
		host, A, FAKEDNS_ANSWER, address, 60, false                    \
	}
#define NO_AAAA                                                                \
	{                                                                      \
		"*.test", AAAA, FAKEDNS_ANSWER, NULL, 60, false                \
	}
#define SILENT(type)                                                           \
	{                                                                      \
		"*.silent.test", type, FAKEDNS_SILENCE, NULL, 0, false         \
	}

static const struct fakedns_row table[] = {
	{ "_25._tcp.mx.good.test", TLSA, FAKEDNS_NXDOMAIN, NULL, 60, false },
	{ "_25._tcp.mx.slow.test", TLSA, FAKEDNS_NXDOMAIN, NULL, 60, false },
	{ "_smtp._tls.good.test", TXT, FAKEDNS_NXDOMAIN, NULL, 60, false },
	{ "_smtp._tls.shared.test", TXT, FAKEDNS_NXDOMAIN, NULL, 60, false },
	{ "_smtp._tls.slow.test", TXT, FAKEDNS_NXDOMAIN, NULL, 60, false },
	NAMES("good.test"),
	NAMES("shared.test"),
	NAMES("slow.test"),
	MX_OF("good.test", "10 mx.good.test"),
	MX_OF("shared.test", "10 mx.good.test"),
	MX_OF("slow.test", "10 mx.slow.test"),
	AT("mx.good.test", MX_GOOD),
	AT("mx.slow.test", MX_SLOW),
	AT("*.slow.test", MX_SLOW),
	{ "*.slow.test", MX, FAKEDNS_ANSWER, NULL, 60, false },
	{ "*.slow.test", TXT, FAKEDNS_ANSWER, "v=STSv1; id=1;", 60, false },
	SILENT(TXT),
	SILENT(MX),
	NO_AAAA,
	{ NULL, 0, FAKEDNS_ANSWER, NULL, 0, false },
};

/* A host that is as it should be, to whoever comes. */
static const struct smtp_step good_mx[] = { SAY("220 mx.good.test ESMTP\r\n"),
	HEAR, SAY("250-mx.good.test\r\n250 STARTTLS\r\n"), HEAR,
	SAY("220 go\r\n"), TLS, HEAR, SAY("250 mx.good.test\r\n"), HEAR,
	SAY("221 bye\r\n"), CLOSE };

static const struct testpki_spec leaf_spec = {
	.dns = { "mx.good.test", "mta-sts.good.test", "mta-sts.shared.test",
	    "mta-sts.slow.test" },
};

static int64_t
wall_s(const struct sts_clock *clock)
{
	const struct world *w = (const struct world *)(const void *)clock;

	return sts_wall_s(&sts_clock_system) + w->wall_offset_s;
}

static int64_t
mono_ms(const struct sts_clock *clock)
{
	const struct world *w = (const struct world *)(const void *)clock;

	return sts_mono_ms(&sts_clock_system) + w->mono_offset_ms;
}

void
world_pass(struct world *w, int64_t s)
{
	w->wall_offset_s += s;
	w->mono_offset_ms += s * 1000;
}

void
world_jump(struct world *w, int64_t s)
{
	w->wall_offset_s += s;
}

int64_t
world_now(const struct world *w)
{
	return wall_s(&w->clock);
}

static void
keep_line(void *cookie, enum sts_log_level level, const char *line)
{
	struct world *w = cookie;

	(void)level;
	pthread_mutex_lock(&w->lock);
	w->n += (size_t)snprintf(
	    w->lines + w->n, sizeof(w->lines) - w->n, "%s\n", line);
	assert_true(w->n < sizeof(w->lines));
	pthread_mutex_unlock(&w->lock);
}

unsigned
world_logged(struct world *w, const char *text)
{
	unsigned n = 0;

	pthread_mutex_lock(&w->lock);
	for (const char *at = w->lines; (at = strstr(at, text)) != NULL; at++)
		n++;
	w->n = 0;
	w->lines[0] = '\0';
	pthread_mutex_unlock(&w->lock);
	return n;
}

const struct sts_conf *
world_conf(const struct world *w, const char *more)
{
	const struct sts_conf *conf;
	struct sts_buf text;

	sts_buf_init(&text, 4096);
	sts_buf_printf(&text,
	    "dns_servers = {\"127.0.0.1:%u\"}\ndns_timeout = 5\n"
	    "allow_networks = {\"127.0.0.0/8\"}\nca_file = \"%s\"\n%s",
	    (unsigned)w->places.dns, w->places.ca_path, more);
	conf = conffile_good(sts_buf_cstr(&text));
	sts_buf_deinit(&text);
	return conf;
}

static void
set_answer(struct world *w, const char *policy)
{
	int n = policy == NULL
		    ? snprintf(w->answer, sizeof(w->answer),
			  "HTTP/1.1 404 No\r\nContent-Length: 0\r\n"
			  "Connection: close\r\n\r\n")
		    : snprintf(w->answer, sizeof(w->answer),
			  "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
			  "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
			  strlen(policy), policy);

	assert_true(n > 0 && (size_t)n < sizeof(w->answer));
	w->https.answer = sts_slice_str(w->answer);
}

void
world_serve(struct world *w, const char *policy)
{
	https_server_stop(&w->https);
	w->fetched += (unsigned)w->https.accepted;
	set_answer(w, policy);
	https_server_start(&w->https);
}

void
world_txt(struct world *w, const char *record)
{
	fakedns_set(w->dns, "_mta-sts.good.test", TXT,
	    record == NULL ? FAKEDNS_NXDOMAIN : FAKEDNS_ANSWER, record);
}

unsigned
world_fetches(const struct world *w)
{
	return w->fetched + (unsigned)w->https.accepted;
}

unsigned
world_probes(const struct world *w)
{
	return w->mx.clients;
}

unsigned
world_txt_asked(const struct world *w)
{
	return fakedns_asked(w->dns, "_mta-sts.good.test", TXT);
}

static void
start_servers(struct world *w)
{
	struct sockaddr_in slow = { .sin_family = AF_INET };

	w->root = testpki_root();
	w->leaf = testpki_make(&leaf_spec, &w->root);
	testpki_write(&w->root, w->places.ca_path);
	w->dns = fakedns_start(table);
	w->https.address = POLICY_HOSTS_ADDRESS;
	w->https.cert = &w->leaf;
	set_answer(w, ENFORCE);
	https_server_start(&w->https);
	w->mx.script = good_mx;
	w->mx.cert = &w->leaf;
	w->mx.address = MX_GOOD;
	w->mx.each = true;
	assert_true(smtp_server_start(&w->mx));
	w->places.dns = fakedns_port(w->dns);
	w->places.https = w->https.port;
	w->places.smtp = w->mx.port;

	slow.sin_port = htons(w->mx.port);
	assert_int_equal(inet_pton(AF_INET, MX_SLOW, &slow.sin_addr), 1);
	w->slow_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(w->slow_fd >= 0);
	assert_int_equal(
	    bind(w->slow_fd, (struct sockaddr *)&slow, sizeof(slow)), 0);
	assert_int_equal(listen(w->slow_fd, 1024), 0);
}

void
world_start_engine(struct world *w)
{
	struct sts_store_options store = {
		.path = "", .memory_records = 1000, .clock = &w->clock
	};
	struct sts_engine_options engine = { .clock = &w->clock,
		.https_port = w->places.https,
		.smtp_port = w->places.smtp };
	char why[256];

	w->conf = world_conf(w, "");
	assert_int_equal(
	    sts_log_new_sink(keep_line, w, STS_LOG_DEBUG, &w->log), STS_OK);
	store.log = engine.log = w->log;
	assert_int_equal(sts_store_open(&store, &w->store), STS_OK);
	engine.store = w->store;
	engine.conf = w->conf;
	if (sts_engine_new(&engine, why, sizeof(why), &w->engine) != STS_OK)
		fail_msg("%s", why);
}

static struct world *
world_new(void)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	(void)alarm(2 * PATIENCE_MS / 1000);
	w->clock = (struct sts_clock){ wall_s, mono_ms };
	pthread_mutex_init(&w->lock, NULL);
	return w;
}

int
world_set_up(void **state)
{
	struct world *w = world_new();

	start_servers(w);
	world_start_engine(w);
	*state = w;
	return 0;
}

int
world_set_up_servers(void **state)
{
	struct world *w = world_new();

	start_servers(w);
	*state = w;
	return 0;
}

struct world *
world_elsewhere(const struct places *places)
{
	struct world *w = world_new();

	w->places = *places;
	return w;
}

void
world_stop_engine(struct world *w)
{
	if (w->engine == NULL)
		return;
	sts_engine_free(w->engine);
	sts_store_free(w->store);
	sts_log_free(w->log);
	sts_conf_put(w->conf);
}

int
world_tear_down(void **state)
{
	struct world *w = *state;

	world_stop_engine(w);
	smtp_server_stop(&w->mx);
	if (w->slow_fd >= 0)
		(void)close(w->slow_fd);
	https_server_stop(&w->https);
	fakedns_stop(w->dns);
	(void)unlink(w->places.ca_path);
	testpki_free(&w->leaf);
	testpki_free(&w->root);
	pthread_mutex_destroy(&w->lock);
	free(w);
	(void)alarm(0);
	return 0;
}

const struct sts_answer *
world_ask(struct world *w, const char *domain, unsigned ask)
{
	const struct sts_answer *a = NULL;
	struct sts_ticket *ticket;

	assert_int_equal(
	    sts_engine_ask(w->engine, domain, ask, &ticket), STS_OK);
	assert_int_equal(sts_ticket_wait(ticket, PATIENCE_MS, &a), STS_OK);
	assert_true(a->complete);
	sts_ticket_free(ticket);
	return a;
}

void
world_expect(struct world *w, enum sts_result result)
{
	const struct sts_answer *a = world_ask(w, "good.test", 0);

	if (a->verdict.result != result)
		fail_msg("result %d, reason %s, %s; mx: %s",
		    (int)a->verdict.result, sts_reason_text(a->verdict.reason),
		    a->discovery.detail,
		    a->n_mx > 0 && a->mx[0].seen != NULL ? a->mx[0].seen->detail
							 : a->mx_detail);
	sts_answer_put(a);
}

void
world_remember(struct world *w, const char *domain)
{
	struct sts_record draft = { .domain = domain, .id = "1" };
	const struct sts_record *record;
	struct sts_policy *policy;

	assert_int_equal(
	    sts_policy_parse(sts_slice_str(ENFORCE), NULL, NULL, &policy),
	    STS_OK);
	draft.policy = policy;
	draft.fetched_at = draft.confirmed_at = world_now(w);
	record = sts_record_new(&draft);
	assert_non_null(record);
	sts_policy_put(policy);
	assert_int_equal(sts_store_put(w->store, record), STS_OK);
	sts_record_put(record);
}

void
world_wait_stats(struct world *w,
    bool (*enough)(const struct sts_engine_stats *, uint64_t), uint64_t n)
{
	struct sts_engine_stats stats;

	for (;;) {
		sts_engine_stats(w->engine, &stats);
		if (enough(&stats, n))
			return;
		(void)poll(NULL, 0, 5);
	}
}

bool
world_has_probed(const struct sts_engine_stats *stats, uint64_t n)
{
	assert_true(stats->probes <= n);
	return stats->probes == n;
}

bool
world_runs(const struct sts_engine_stats *stats, uint64_t n)
{
	return stats->running == n;
}
