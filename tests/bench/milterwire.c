#include "milterwire.h"

#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUF_MAX = 1 << 20, CHUNK = 4096, HEAD = 5 };

/* What is before a command (macros) and what is in it; NUL is written as |. */
struct packet {
	char letter;
	const char *macros, *payload;
	uint32_t spared, unanswered;
};

static const struct packet packets[] = {
	[WIRE_NEGOTIATE] = { .letter = SMFIC_OPTNEG },
	[WIRE_CONNECT] = { SMFIC_CONNECT, "j|relay.example.org|",
	    "client.example.org|4\x9c\x40"
	    "127.0.0.1|",
	    SMFIP_NOCONNECT, SMFIP_NR_CONN },
	[WIRE_HELO] = { SMFIC_HELO, NULL, "client.example.org|", SMFIP_NOHELO,
	    SMFIP_NR_HELO },
	[WIRE_MAIL] = { SMFIC_MAIL, NULL, "<sender@example.org>|", SMFIP_NOMAIL,
	    SMFIP_NR_MAIL },
	[WIRE_RCPT] = { .letter = SMFIC_RCPT, .unanswered = SMFIP_NR_RCPT },
	[WIRE_DATA] = { SMFIC_DATA, "i|4R00000001|", "", SMFIP_NODATA,
	    SMFIP_NR_DATA },
	[WIRE_HEADER] = { SMFIC_HEADER, NULL,
	    "Subject|a header that is about as long as they are|", SMFIP_NOHDRS,
	    SMFIP_NR_HDR },
	[WIRE_EOH] = { SMFIC_EOH, NULL, "", SMFIP_NOEOH, SMFIP_NR_EOH },
	[WIRE_BODY] = { SMFIC_BODY, NULL, "Hello.\r\n", SMFIP_NOBODY,
	    SMFIP_NR_BODY },
	[WIRE_EOM] = { .letter = SMFIC_BODYEOB,
	    .macros = "i|4R00000001|",
	    .payload = "" },
};

void
wire_open(struct wire *w, int fd)
{
	w->fd = fd;
	w->steps = 0;
	sts_buf_init(&w->in, BUF_MAX);
	sts_buf_init(&w->out, BUF_MAX);
}

void
wire_close(struct wire *w)
{
	sts_buf_deinit(&w->in);
	sts_buf_deinit(&w->out);
	(void)close(w->fd);
	w->fd = -1;
}

static void
put_number(struct wire *w, uint32_t n)
{
	uint32_t wire_n = htonl(n);

	sts_buf_add(&w->out, &wire_n, sizeof(wire_n));
}

static void
put_text(struct wire *w, const char *text)
{
	for (; *text != '\0'; text++)
		sts_buf_char(&w->out, *text == '|' ? '\0' : *text);
}

static void
put_packet(struct wire *w, char letter, const char *payload)
{
	put_number(w, (uint32_t)(1 + strlen(payload)));
	sts_buf_char(&w->out, letter);
	put_text(w, payload);
}

static void
put_macros(struct wire *w, char letter, const char *macros)
{
	put_number(w, (uint32_t)(2 + strlen(macros)));
	sts_buf_char(&w->out, SMFIC_MACRO);
	sts_buf_char(&w->out, letter);
	put_text(w, macros);
}

static void
put_offer(struct wire *w)
{
	put_number(w, 1 + 3 * sizeof(uint32_t));
	sts_buf_char(&w->out, SMFIC_OPTNEG);
	put_number(w, SMFI_PROT_VERSION);
	put_number(w, SMFI_CURR_ACTS);
	put_number(w, SMFI_CURR_PROT);
}

void
wire_put(struct wire *w, enum wire_step step)
{
	const struct packet *p = &packets[step];

	if (step == WIRE_NEGOTIATE) {
		put_offer(w);
		return;
	}
	if (p->macros != NULL)
		put_macros(w, p->letter, p->macros);
	put_packet(w, p->letter, p->payload);
}

void
wire_put_rcpt(struct wire *w, const char *domain)
{
	char macros[1024], payload[512];

	(void)snprintf(macros, sizeof(macros),
	    "{rcpt_addr}|u@%s|{rcpt_host}|%s|{rcpt_mailer}|smtp|", domain,
	    domain);
	(void)snprintf(payload, sizeof(payload), "<u@%s>|", domain);
	put_macros(w, SMFIC_RCPT, macros);
	put_packet(w, SMFIC_RCPT, payload);
}

void
wire_flush(struct wire *w)
{
	ssize_t n = send(w->fd, w->out.p, w->out.n, MSG_NOSIGNAL);

	/* A few hundred bytes at a time: they fit. */
	if (n != (ssize_t)w->out.n)
		load_die("send");
	sts_buf_clear(&w->out);
}

void
wire_quit(struct wire *w)
{
	put_packet(w, SMFIC_QUIT, "");
	wire_flush(w);
}

bool
wire_is_spared(const struct wire *w, enum wire_step step)
{
	return (w->steps & packets[step].spared) != 0;
}

bool
wire_is_unanswered(const struct wire *w, enum wire_step step)
{
	return (w->steps & packets[step].unanswered) != 0;
}

bool
wire_receive(struct wire *w)
{
	char chunk[CHUNK];
	ssize_t n = recv(w->fd, chunk, sizeof(chunk), 0);

	if (n > 0)
		sts_buf_add(&w->in, chunk, (size_t)n);
	return n > 0 || (n < 0 && errno == EAGAIN);
}

static uint32_t
number_at(const struct wire *w, size_t offset)
{
	uint32_t n;

	memcpy(&n, w->in.p + offset, sizeof(n));
	return ntohl(n);
}

static bool
ends_step(char letter)
{
	return letter == SMFIC_OPTNEG || letter == SMFIR_CONTINUE ||
	       letter == SMFIR_ACCEPT || letter == SMFIR_REJECT ||
	       letter == SMFIR_TEMPFAIL || letter == SMFIR_REPLYCODE ||
	       letter == SMFIR_DISCARD || letter == SMFIR_SKIP;
}

bool
wire_take(struct wire *w, char *letter)
{
	size_t length;

	while (w->in.n >= HEAD) {
		length = number_at(w, 0);
		if (length == 0 || length > BUF_MAX)
			load_die("an answer of no length");
		if (w->in.n < 4 + length)
			break;
		*letter = w->in.p[4];
		if (*letter == SMFIC_OPTNEG && length >= 13)
			w->steps = number_at(w, 13);
		sts_buf_drop(&w->in, 4 + length);
		if (ends_step(*letter))
			return true;
	}
	return false;
}
