/*
 * milterload: an MTA's side of the milter protocol, of many sessions at once.
 *
 *   milterload -s SOCKET [-c SESSIONS] [-r RECIPIENTS] [-t SECONDS | -m
 * MESSAGES]
 *              [-f] [-R RATE] [-n DOMAINS] [-w WAITING [-o]] SUFFIX
 *
 * Each session sends one message after the other; with -f each message has a
 * connection of its own, with -R so many begin in a second, as long as there is
 * a session for them.  A recipient is of the next of d0.SUFFIX, d1.SUFFIX and
 * so on, which begin anew after DOMAINS of them.
 *
 * WAITING further sessions stop at a recipient of a domain of their own,
 * w0.hang.test and so on, and are there until the end; the others begin when
 * all of these wait.
 */
#include "load.h"
#include "milterwire.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	EVENTS = 256,
	RAMP_NS = 1000000, /* from one waiting session to the next */
	HEADERS = 6,
};

struct options {
	const char *socket, *suffix;
	unsigned sessions, recipients, seconds, messages, rate, domains;
	unsigned waiting;
	bool fresh, one_domain;
};

struct session {
	struct wire wire;
	enum wire_step step;
	unsigned left; /* recipients or headers, of the step */
	bool waits; /* for an answer that does not come */
	bool working;
	int64_t opened_ns, asked_ns, began_ns;
};

struct run {
	struct options options;
	int epoll, timer;
	struct session *sessions; /* those that wait are the last ones */
	uint64_t begun, ended, refused, given_up, domain;
	unsigned now_waiting;
	int64_t began_ns, ends_ns, due_ns;
	struct load_latencies start, rcpt, message;
};

static bool
may_begin(const struct run *run)
{
	const struct options *o = &run->options;

	if (o->messages > 0)
		return run->begun < o->messages;
	return load_now_ns() < run->ends_ns;
}

static void
open_session(struct run *run, struct session *s)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = s };

	s->opened_ns = load_now_ns();
	wire_open(&s->wire, load_connect(run->options.socket));
	if (epoll_ctl(run->epoll, EPOLL_CTL_ADD, s->wire.fd, &e) != 0)
		load_die("epoll_ctl");
	s->step = WIRE_NEGOTIATE;
}

static void
close_session(struct session *s)
{
	if (s->wire.fd < 0)
		return;
	wire_quit(&s->wire);
	wire_close(&s->wire);
}

static void
put_rcpt(struct run *run, struct session *s)
{
	const struct options *o = &run->options;
	char domain[256];

	if (s->waits)
		snprintf(domain, sizeof(domain), "w%u.hang.test",
		    o->one_domain ? 0 : run->now_waiting);
	else
		snprintf(domain, sizeof(domain), "d%llu.%s",
		    (unsigned long long)(run->domain++ % o->domains),
		    o->suffix);
	wire_put_rcpt(&s->wire, domain);
	if (s->waits)
		run->now_waiting++;
}

static void
put_step(struct run *run, struct session *s)
{
	if (s->step == WIRE_RCPT)
		put_rcpt(run, s);
	else
		wire_put(&s->wire, s->step);
	s->asked_ns = load_now_ns();
}

static unsigned
times_of(const struct run *run, enum wire_step step)
{
	if (step == WIRE_RCPT)
		return run->options.recipients;
	return step == WIRE_HEADER ? HEADERS : 1;
}

/* Goes on to the next step that has an answer, and sends all up to there. */
static void
ask(struct run *run, struct session *s)
{
	for (;; s->left--) {
		while (s->left == 0)
			s->left = times_of(run, ++s->step);
		if (wire_is_spared(&s->wire, s->step))
			continue;
		put_step(run, s);
		if (!wire_is_unanswered(&s->wire, s->step))
			break;
	}
	wire_flush(&s->wire);
}

static void
begin_message(struct run *run, struct session *s)
{
	s->began_ns = load_now_ns();
	s->working = true;
	s->step = s->step == WIRE_NEGOTIATE ? WIRE_NEGOTIATE : WIRE_HELO;
	s->left = 0;
	ask(run, s);
}

static void
begin(struct run *run, struct session *s)
{
	run->begun++;
	if (s->wire.fd >= 0) {
		begin_message(run, s);
		return;
	}
	open_session(run, s);
	s->working = true;
	wire_put(&s->wire, WIRE_NEGOTIATE);
	wire_flush(&s->wire);
}

static void
end_message(struct run *run, struct session *s)
{
	load_latency_add(&run->message, load_now_ns() - s->began_ns);
	run->ended++;
	s->working = false;
	if (run->options.fresh)
		close_session(s);
	if (run->options.rate == 0 && may_begin(run))
		begin(run, s);
}

/* The answer to the step is here. */
static void
on_answer(struct run *run, struct session *s, char letter)
{
	int64_t now = load_now_ns();

	if (s->step == WIRE_NEGOTIATE) {
		load_latency_add(&run->start, now - s->opened_ns);
		begin_message(run, s);
		return;
	}
	if (s->waits && s->step >= WIRE_RCPT) {
		run->given_up++;
		return;
	}
	if (s->step == WIRE_RCPT)
		load_latency_add(&run->rcpt, now - s->asked_ns);
	if (letter != 'c')
		run->refused++;
	s->left--;
	if (s->step == WIRE_EOM)
		end_message(run, s);
	else
		ask(run, s);
}

static void
on_readable(struct run *run, struct session *s)
{
	char letter;

	if (!wire_receive(&s->wire))
		load_die("the milter closed a connection");
	while (s->wire.fd >= 0 && wire_take(&s->wire, &letter))
		on_answer(run, s, letter);
}

static struct session *
idle_session(struct run *run)
{
	for (unsigned i = 0; i < run->options.sessions; i++)
		if (!run->sessions[i].working)
			return &run->sessions[i];
	return NULL;
}

static void
set_timer(struct run *run)
{
	const struct itimerspec when = {
		.it_value = { .tv_sec = run->due_ns / 1000000000,
		    .tv_nsec = run->due_ns % 1000000000 },
	};

	(void)timerfd_settime(run->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

/* Begins the messages whose time has come.  One for which no session is idle
 * waits for the next time. */
static void
on_time(struct run *run)
{
	uint64_t n;
	struct session *s;

	(void)!read(run->timer, &n, sizeof(n));
	while (run->due_ns <= load_now_ns() && may_begin(run) &&
	       (s = idle_session(run)) != NULL) {
		begin(run, s);
		run->due_ns += 1000000000 / run->options.rate;
	}
	if (run->due_ns <= load_now_ns())
		run->due_ns = load_now_ns() + 1000000;
	set_timer(run);
}

static void
turn(struct run *run, int timeout_ms)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(run->epoll, events, EVENTS, timeout_ms);

	for (int i = 0; i < n; i++) {
		if (events[i].data.ptr == NULL)
			on_time(run);
		else
			on_readable(run, events[i].data.ptr);
	}
}

/* One after the other, and on until each is where it is to wait. */
static void
begin_waiting(struct run *run)
{
	const struct options *o = &run->options;
	int64_t next = load_now_ns();

	for (unsigned i = 0; i < o->waiting; i++, next += RAMP_NS) {
		struct session *s = &run->sessions[o->sessions + i];

		while (load_now_ns() < next)
			turn(run, 1);
		s->waits = true;
		open_session(run, s);
		wire_put(&s->wire, WIRE_NEGOTIATE);
		wire_flush(&s->wire);
	}
	while (run->now_waiting < o->waiting)
		turn(run, -1);
}

static void
run_all(struct run *run)
{
	const struct options *o = &run->options;

	begin_waiting(run);
	run->began_ns = run->due_ns = load_now_ns();
	run->ends_ns = run->began_ns + (int64_t)o->seconds * 1000000000;
	if (o->rate > 0)
		set_timer(run);
	else
		for (unsigned i = 0; i < o->sessions && may_begin(run); i++)
			begin(run, &run->sessions[i]);
	while (run->ended < run->begun || may_begin(run))
		turn(run, 10);
}

static void
open_all(struct run *run)
{
	const struct options *o = &run->options;
	struct epoll_event e = { .events = EPOLLIN };
	unsigned n = o->sessions + o->waiting;

	run->epoll = epoll_create1(0);
	run->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	run->sessions = calloc(n, sizeof(*run->sessions));
	if (run->epoll < 0 || run->sessions == NULL ||
	    epoll_ctl(run->epoll, EPOLL_CTL_ADD, run->timer, &e) != 0)
		load_die("epoll");
	for (unsigned i = 0; i < n; i++)
		run->sessions[i].wire.fd = -1;
}

static void
report(const struct run *run)
{
	printf("messages=%llu seconds=%.6f refused=%llu given_up=%llu",
	    (unsigned long long)run->ended,
	    (double)(load_now_ns() - run->began_ns) / 1e9,
	    (unsigned long long)run->refused,
	    (unsigned long long)run->given_up);
	load_latency_print("start", &run->start);
	load_latency_print("rcpt", &run->rcpt);
	load_latency_print("message", &run->message);
	printf("\n");
}

static void
close_all(struct run *run)
{
	const struct options *o = &run->options;

	for (unsigned i = 0; i < o->sessions + o->waiting; i++)
		close_session(&run->sessions[i]);
	free(run->sessions);
	(void)close(run->timer);
	(void)close(run->epoll);
}

static void
read_options(int argc, char **argv, struct options *o)
{
	int c;

	*o = (struct options){
		.sessions = 1, .recipients = 1, .seconds = 1, .domains = 1
	};
	while ((c = getopt(argc, argv, "s:c:r:t:m:fR:n:w:o")) != -1) {
		if (c == 's')
			o->socket = optarg;
		else if (c == 'c')
			o->sessions = load_number(optarg, 10000);
		else if (c == 'r')
			o->recipients = load_number(optarg, 1000);
		else if (c == 't')
			o->seconds = load_number(optarg, 3600);
		else if (c == 'm')
			o->messages = load_number(optarg, 1000000000);
		else if (c == 'f')
			o->fresh = true;
		else if (c == 'R')
			o->rate = load_number(optarg, 1000000);
		else if (c == 'n')
			o->domains = load_number(optarg, 1000000000);
		else if (c == 'w')
			o->waiting = load_number(optarg, 10000);
		else if (c == 'o')
			o->one_domain = true;
		else
			exit(EX_USAGE);
	}
	o->suffix = argv[optind];
	if (o->socket == NULL || o->suffix == NULL || o->domains == 0 ||
	    o->recipients == 0)
		load_die("milterload -s SOCKET [options] SUFFIX");
}

int
main(int argc, char **argv)
{
	static struct run run;

	read_options(argc, argv, &run.options);
	open_all(&run);
	run_all(&run);
	report(&run);
	close_all(&run);
	return 0;
}
