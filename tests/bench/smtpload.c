/*
 * smtpload -p PORT [-t SECONDS | -m MESSAGES] [-n DOMAINS] SUFFIX: one SMTP
 * session with a mail server at 127.0.0.1, one message after the other, each
 * with a recipient of the next of d0.SUFFIX, d1.SUFFIX and so on.
 */
#include "load.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

enum { LINE_SIZE = 4096 };

static const char content[] =
    "From: sender@example.org\r\nTo: u@x.test\r\nSubject: a message\r\n"
    "Date: Thu, 1 Jan 2026 00:00:00 +0000\r\nMessage-Id: <1@example.org>\r\n"
    "\r\nHello.\r\n.\r\n";

struct load {
	FILE *in;
	int fd;
	unsigned port, seconds, messages, domains;
	const char *suffix;
};

/* The reply to what was sent last; anything but success is the end. */
static void
want_success(struct load *l)
{
	char line[LINE_SIZE];

	do {
		if (fgets(line, sizeof(line), l->in) == NULL)
			load_die("the server closed the connection");
	} while (strlen(line) > 3 && line[3] == '-');
	if (line[0] != '2' && line[0] != '3')
		load_die(line);
}

static void
say(struct load *l, const char *text)
{
	size_t n = strlen(text);

	if (send(l->fd, text, n, MSG_NOSIGNAL) != (ssize_t)n)
		load_die("send");
	want_success(l);
}

static void
send_message(struct load *l, unsigned number)
{
	char rcpt[512];

	(void)snprintf(rcpt, sizeof(rcpt), "RCPT TO:<u@d%u.%s>\r\n",
	    number % l->domains, l->suffix);
	say(l, "MAIL FROM:<sender@example.org>\r\n");
	say(l, rcpt);
	say(l, "DATA\r\n");
	say(l, content);
}

static void
open_session(struct load *l)
{
	char spec[64];

	(void)snprintf(spec, sizeof(spec), "inet:%u@127.0.0.1", l->port);
	l->fd = load_connect_blocking(spec);
	l->in = fdopen(l->fd, "r");
	if (l->in == NULL)
		load_die("fdopen");
	want_success(l);
	say(l, "EHLO client.example.org\r\n");
}

static void
read_options(int argc, char **argv, struct load *l)
{
	int c;

	*l = (struct load){ .seconds = 1, .domains = 1 };
	while ((c = getopt(argc, argv, "p:t:m:n:")) != -1) {
		if (c == 'p')
			l->port = load_number(optarg, 65535);
		else if (c == 't')
			l->seconds = load_number(optarg, 3600);
		else if (c == 'm')
			l->messages = load_number(optarg, 1000000);
		else if (c == 'n')
			l->domains = load_number(optarg, 1000000);
		else
			exit(EX_USAGE);
	}
	l->suffix = argv[optind];
	if (l->suffix == NULL || l->port == 0 || l->domains == 0)
		load_die("smtpload -p PORT [options] SUFFIX");
}

int
main(int argc, char **argv)
{
	static struct load_latencies latencies;
	struct load l;
	int64_t began_ns, ends_ns, at_ns;
	unsigned n = 0;

	read_options(argc, argv, &l);
	open_session(&l);
	began_ns = at_ns = load_now_ns();
	ends_ns = began_ns + (int64_t)l.seconds * 1000000000;
	while (l.messages > 0 ? n < l.messages : at_ns < ends_ns) {
		send_message(&l, n++);
		load_latency_add(&latencies, load_now_ns() - at_ns);
		at_ns = load_now_ns();
	}
	printf("messages=%u seconds=%.6f", n, (double)(at_ns - began_ns) / 1e9);
	load_latency_print("message", &latencies);
	printf("\n");
	say(&l, "QUIT\r\n");
	(void)fclose(l.in);
	return 0;
}
