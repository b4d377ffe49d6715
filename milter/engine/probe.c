#include "sts/engine/probe.h"

#include "sts/base/escape.h"
#include "sts/engine/dane.h"
#include "sts/engine/smtpwire.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

enum {
	LINGER_MS = 1000, /* for the answer to QUIT */
	STAGE_MAX = 24, /* bytes of a state's name, ": " and a NUL */
	TEXT_SIZE = STS_DETAIL_SIZE - STAGE_MAX,
};

enum state { /* what is waited for */
	TURN, /* too many are at the address */
	CONNECT,
	GREETING,
	EHLO,
	STARTTLS,
	HANDSHAKE,
	TLS_EHLO,
	QUIT, /* the outcome is told already */
	END,
};

static const char *const state_name[] = {
	[TURN] = "turn at the address",
	[CONNECT] = "connect",
	[GREETING] = "greeting",
	[EHLO] = "EHLO",
	[STARTTLS] = "STARTTLS",
	[HANDSHAKE] = "TLS handshake",
	[TLS_EHLO] = "EHLO after STARTTLS",
	[QUIT] = "QUIT",
	[END] = "end",
};

struct sts_probe {
	TAILQ_ENTRY(sts_probe) others;
	struct sts_prober *prober;
	struct sts_loop *loop;
	enum state state;
	struct sts_smtpwire wire;
	struct sts_timer timer; /* the deadline; in QUIT, of the answer */
	const struct sts_conf *conf;
	const struct sts_tls *tls;
	const struct sts_dns_answer *tlsa; /* of no use any more when told */
	struct sts_host_finding *found; /* NULL: told */
	struct sts_addr addr;
	uint16_t port;
	int64_t started_ms;
	sts_probe_done *done;
	void *cookie;
};

struct sts_prober {
	struct sts_loop *loop;
	TAILQ_HEAD(probe_list, sts_probe) probes; /* the oldest first */
	bool closed;
};

static bool
is_at(const struct sts_probe *probe, const struct sts_addr *addr)
{
	return sts_addr_eq(&probe->addr, addr);
}

/* Whether one more may be at the address: many MX hosts may share it, and to
 * who sits there they are one visitor's. */
static bool
may_visit(const struct sts_prober *prober, const struct sts_addr *addr)
{
	const struct sts_probe *probe;
	unsigned n = 0;

	TAILQ_FOREACH (probe, &prober->probes, others)
		n += probe->state != TURN && is_at(probe, addr);
	return n < STS_PROBER_VISITS;
}

static void begin(struct sts_probe *probe);

/* Of those that wait for the address, the first. */
static void
let_next_visit(struct sts_prober *prober, const struct sts_addr *addr)
{
	struct sts_probe *probe;

	TAILQ_FOREACH (probe, &prober->probes, others)
		if (probe->state == TURN && is_at(probe, addr)) {
			begin(probe);
			return;
		}
}

static void
probe_free(struct sts_probe *probe)
{
	struct sts_prober *prober = probe->prober;

	TAILQ_REMOVE(&prober->probes, probe, others);
	if (probe->state != TURN && !prober->closed)
		let_next_visit(prober, &probe->addr);
	sts_smtpwire_deinit(&probe->wire);
	sts_timer_deinit(&probe->timer);
	free(probe->found);
	sts_tls_put(probe->tls);
	sts_conf_put(probe->conf);
	free(probe);
}

/* Tells the outcome; the probe lives on while it waits for the answer to QUIT.
 * The caller must not touch it afterwards: `done` may free the prober. */
static void
tell(struct sts_probe *probe)
{
	struct sts_host_finding *o = probe->found;
	sts_probe_done *done = probe->done;
	void *cookie = probe->cookie;

	o->took_ms = (uint32_t)(sts_mono_ms(sts_loop_clock(probe->loop)) -
				probe->started_ms);
	probe->found = NULL;
	if (probe->state == END)
		probe_free(probe);
	done(cookie, o);
	free(o);
}

/* What decides, with the stage at which it did; `text` is escaped. */
static void
conclude(struct sts_probe *probe, enum sts_path path, enum sts_reason reason,
    const char *text)
{
	struct sts_host_finding *o = probe->found;

	o->path = path;
	o->reason = reason;
	(void)snprintf(o->detail, sizeof(o->detail), "%s: %s",
	    state_name[probe->state], text);
}

/* The same, in the server's own words. */
static void
conclude_reply(
    struct sts_probe *probe, enum sts_path path, enum sts_reason reason)
{
	const struct sts_smtp_reply *reply = &probe->wire.reply;
	char words[STS_DETAIL_SIZE], text[TEXT_SIZE];
	int n = snprintf(words, sizeof(words), "%d ", reply->code);
	char *at = words + n;

	for (size_t i = 0; i < reply->text.n && at < words + sizeof(words);
	     i++, at++) {
		*at = reply->text.p[i];
		if (*at == '\n')
			*at = ' ';
	}
	conclude(probe, path, reason,
	    sts_escape_to(
		text, sizeof(text), sts_slice(words, (size_t)(at - words))));
}

static enum state
unreachable(struct sts_probe *probe)
{
	probe->found->busy = probe->wire.reply.code / 100 == 4;
	conclude_reply(probe, STS_PATH_UNREACHABLE, STS_REASON_UNREACHABLE);
	return QUIT;
}

static enum state
no_starttls(struct sts_probe *probe)
{
	conclude_reply(
	    probe, STS_PATH_INVALID, STS_REASON_STARTTLS_NOT_SUPPORTED);
	return QUIT;
}

static enum state
after_ehlo(struct sts_probe *probe)
{
	const struct sts_smtp_reply *reply = &probe->wire.reply;

	/* A server without EHLO has no STARTTLS to offer; one that says 4xx
	 * may have it another time. */
	if (reply->code / 100 == 5)
		return no_starttls(probe);
	if (reply->code != 250)
		return unreachable(probe);
	if (sts_smtp_reply_offers(reply, STS_LIT("STARTTLS")))
		return STARTTLS;
	conclude(probe, STS_PATH_INVALID, STS_REASON_STARTTLS_NOT_SUPPORTED,
	    "no STARTTLS in the answer");
	return QUIT;
}

static enum state
after_starttls(struct sts_probe *probe)
{
	if (probe->wire.reply.code != 220)
		return no_starttls(probe);
	if (!sts_smtpwire_excess(&probe->wire))
		return HANDSHAKE;
	conclude(probe, STS_PATH_INVALID, STS_REASON_VALIDATION_FAILURE,
	    "injection: clear text follows the answer");
	return END;
}

static enum state
after_handshake(struct sts_probe *probe)
{
	struct sts_host_finding *o = probe->found;

	sts_tls_judge(
	    probe->wire.ssl, sts_wall_s(sts_loop_clock(probe->loop)), o);
	if (o->reason == STS_REASON_TLSA_INVALID)
		sts_dane_explain(probe->tlsa, o->detail, sizeof(o->detail));
	return o->path == STS_PATH_VALIDATED ? TLS_EHLO : QUIT;
}

/* The transition function: what the state waits for has come. */
static enum state
next_state(struct sts_probe *probe)
{
	int code = probe->wire.reply.code;

	switch (probe->state) {
	case TURN:
	case CONNECT:
		return GREETING;
	case GREETING:
		return code == 220 ? EHLO : unreachable(probe);
	case EHLO:
		return after_ehlo(probe);
	case STARTTLS:
		return after_starttls(probe);
	case HANDSHAKE:
		return after_handshake(probe);
	case TLS_EHLO:
		/* The certificate is fine, and yet no mail can be sent. */
		return code == 250 ? QUIT : unreachable(probe);
	case QUIT:
	case END:
		break;
	}
	return END;
}

/* The same, where it will not come. */
static enum state
broken(struct sts_probe *probe, enum sts_err err)
{
	const char *why = sts_err_text(err);

	if (probe->state == QUIT)
		return END;
	if (err == STS_E_IO)
		why = probe->wire.why;
	else if (err == STS_E_SYNTAX)
		why = "the answer is not SMTP";
	else if (err == STS_E_LIMIT)
		why = "the answer is too long";
	/* Whoever is in the way can break a handshake by cutting it: that is
	 * a failed one and no accident (row 57). */
	if (probe->state == HANDSHAKE &&
	    (err == STS_E_IO || err == STS_E_LIMIT))
		conclude(probe, STS_PATH_INVALID, STS_REASON_VALIDATION_FAILURE,
		    why);
	else
		conclude(
		    probe, STS_PATH_UNREACHABLE, STS_REASON_UNREACHABLE, why);
	return END;
}

static enum sts_err
begin_tls(struct sts_probe *probe)
{
	const char *host = probe->found->host;
	SSL *ssl;
	enum sts_err err = sts_tls_client(probe->tls, host, &ssl);

	if (err != STS_OK)
		return err;
	if (probe->tlsa != NULL)
		err = sts_dane_apply(ssl, host, probe->tlsa);
	if (err == STS_OK)
		return sts_smtpwire_secure(&probe->wire, ssl);
	SSL_free(ssl);
	return err;
}

/* What is done on the way into the state that the probe is in now. */
static enum sts_err
enter(struct sts_probe *probe)
{
	switch (probe->state) {
	case EHLO:
	case TLS_EHLO:
		return sts_smtpwire_say(
		    &probe->wire, "EHLO", probe->conf->hostname);
	case STARTTLS:
		return sts_smtpwire_say(&probe->wire, "STARTTLS", "");
	case HANDSHAKE:
		return begin_tls(probe);
	case QUIT:
		sts_timer_start(&probe->timer, LINGER_MS);
		return sts_smtpwire_say(&probe->wire, "QUIT", "");
	case TURN:
	case CONNECT:
	case GREETING:
	case END:
		break;
	}
	return STS_OK;
}

/* Whether what the state waits for has come. */
static enum sts_err
await(struct sts_probe *probe)
{
	switch (probe->state) {
	case CONNECT:
		return sts_smtpwire_connected(&probe->wire);
	case HANDSHAKE:
		return sts_smtpwire_handshake(&probe->wire);
	case GREETING:
	case EHLO:
	case STARTTLS:
	case TLS_EHLO:
	case QUIT:
		return sts_smtpwire_listen(&probe->wire);
	case TURN:
	case END:
		break;
	}
	return STS_OK;
}

static void
on_ready(void *cookie)
{
	struct sts_probe *probe = cookie;
	enum sts_err err = await(probe);

	while (probe->state != END && err != STS_E_AGAIN) {
		probe->state =
		    err == STS_OK ? next_state(probe) : broken(probe, err);
		err = enter(probe);
		if (err == STS_OK)
			err = await(probe);
	}
	if (probe->found != NULL && probe->state >= QUIT)
		tell(probe);
	else if (probe->state == END)
		probe_free(probe);
}

static void
on_timer(void *cookie)
{
	struct sts_probe *probe = cookie;

	if (probe->state == QUIT) {
		probe_free(probe);
		return;
	}
	if (probe->state != END)
		conclude(probe, STS_PATH_UNREACHABLE, STS_REASON_UNREACHABLE,
		    "no answer in time");
	probe->state = END;
	tell(probe);
}

/* The last look at the address, whoever looked before (row 27). */
static enum sts_err
start_connecting(struct sts_probe *probe)
{
	const struct sts_conf *conf = probe->conf;

	if (sts_addr_allowed(
		&probe->addr, conf->allow_networks, conf->n_allow_networks))
		return sts_smtpwire_connect(
		    &probe->wire, &probe->addr, probe->port);
	conclude(probe, STS_PATH_UNREACHABLE, STS_REASON_ADDRESS_REFUSED,
	    "not a public address, nor in allow_networks");
	return STS_E_REFUSED;
}

/* Connects.  Where that is over at once, the next turn of the loop says so, for
 * `done` may not fire from in here. */
static void
begin(struct sts_probe *probe)
{
	enum sts_err err;

	probe->state = CONNECT;
	err = start_connecting(probe);
	if (err == STS_E_AGAIN)
		return;
	if (err != STS_E_REFUSED)
		(void)broken(probe, err);
	probe->state = END;
	sts_timer_start(&probe->timer, 0);
}

enum sts_err
sts_probe_start(struct sts_prober *prober,
    const struct sts_probe_request *request, sts_probe_done *done, void *cookie,
    struct sts_probe **out)
{
	struct sts_probe *probe = calloc(1, sizeof(*probe));
	int64_t ms = request->timeout_ms > 0 ? request->timeout_ms : 0;
	enum sts_err err = STS_E_NOMEM;
	bool may;

	sts_loop_assert(prober->loop);
	if (probe == NULL)
		return STS_E_NOMEM;
	probe->prober = prober;
	probe->addr = request->addr;
	probe->port = request->port == 0 ? STS_SMTP_PORT : request->port;
	may = may_visit(prober, &probe->addr);
	TAILQ_INSERT_TAIL(&prober->probes, probe, others);
	probe->loop = prober->loop;
	probe->conf = sts_conf_get(request->conf);
	probe->tls = sts_tls_get(request->tls);
	probe->tlsa = request->tlsa;
	probe->done = done;
	probe->cookie = cookie;
	probe->started_ms = sts_mono_ms(sts_loop_clock(prober->loop));
	probe->found = calloc(1, sizeof(*probe->found));
	if (probe->found == NULL)
		goto fail;
	(void)snprintf(probe->found->host, sizeof(probe->found->host), "%s",
	    request->host);
	probe->found->dane = probe->tlsa != NULL;
	err = sts_timer_init(&probe->timer, prober->loop, on_timer, probe);
	if (err == STS_OK)
		err = sts_smtpwire_init(
		    &probe->wire, prober->loop, on_ready, probe);
	if (err != STS_OK)
		goto fail;

	(void)sts_addr_text(&probe->addr, probe->found->address);
	sts_timer_start(&probe->timer, ms);
	if (may)
		begin(probe);
	*out = probe;
	return STS_OK;
fail:
	probe_free(probe);
	return err;
}

void
sts_probe_cancel(struct sts_probe *probe)
{
	if (probe != NULL)
		probe_free(probe);
}

bool
sts_probe_connected(const struct sts_probe *probe)
{
	return probe->state > CONNECT && probe->state < END;
}

enum sts_err
sts_prober_new(struct sts_loop *loop, struct sts_prober **out)
{
	struct sts_prober *prober = calloc(1, sizeof(*prober));

	if (prober == NULL)
		return STS_E_NOMEM;
	prober->loop = loop;
	TAILQ_INIT(&prober->probes);
	*out = prober;
	return STS_OK;
}

void
sts_prober_free(struct sts_prober *prober)
{
	struct sts_probe *probe;

	if (prober == NULL)
		return;
	prober->closed = true;
	while ((probe = TAILQ_FIRST(&prober->probes)) != NULL)
		probe_free(probe);
	free(prober);
}
