/*
 * The milter protocol as an MTA speaks it: the packets of a usual message, and
 * the answers to them.  tests/internet/milterwire.py has the protocol's words.
 */
#ifndef STS_TESTS_BENCH_MILTERWIRE_H
#define STS_TESTS_BENCH_MILTERWIRE_H

#include "sts/base/buf.h"

#include <stdbool.h>
#include <stdint.h>

/* In the order in which a message goes through them. */
enum wire_step {
	WIRE_NEGOTIATE,
	WIRE_CONNECT,
	WIRE_HELO,
	WIRE_MAIL,
	WIRE_RCPT,
	WIRE_DATA,
	WIRE_HEADER,
	WIRE_EOH,
	WIRE_BODY,
	WIRE_EOM,
};

struct wire {
	int fd; /* -1: not open */
	uint32_t steps; /* that the milter does not want, or not to answer */
	struct sts_buf in, out;
};

/* Takes the descriptor. */
void wire_open(struct wire *w, int fd);
void wire_close(struct wire *w);

/* Each puts a packet where wire_flush() sends it from. */
void wire_put(struct wire *w, enum wire_step step);
void wire_put_rcpt(struct wire *w, const char *domain);
void wire_flush(struct wire *w);

/* Says that the session ends. */
void wire_quit(struct wire *w);

/* Whether the milter wants no such packet; whether it does not answer it. */
bool wire_is_spared(const struct wire *w, enum wire_step step);
bool wire_is_unanswered(const struct wire *w, enum wire_step step);

/* Reads what is there; false: the milter has closed the connection. */
bool wire_receive(struct wire *w);

/* Takes the next answer that ends a step, and leaves out what goes before it
 * (changes to the message, requests for patience); false: it is not yet there.
 */
bool wire_take(struct wire *w, char *letter);

#endif
