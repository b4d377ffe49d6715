#include "fakedns.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "sts/base/buf.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netinet/in.h>
#include <pthread.h>
#include <resolv.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { PACKET = 16384 };

struct row {
	struct fakedns_row is;
	unsigned asked;
};

struct fakedns {
	int fd;
	pthread_t thread;
	atomic_bool lacked_ad;
	pthread_mutex_t lock; /* guards the rows */
	size_t n;
	struct row rows[];
};

struct question {
	unsigned char raw[PACKET]; /* header and question, to be sent back */
	size_t n;
	char name[NS_MAXDNAME];
	int type;
	bool ad;
	bool edns; /* has an OPT record */
};

static void
add16(struct sts_buf *b, unsigned v)
{
	sts_buf_char(b, (char)(v >> 8));
	sts_buf_char(b, (char)v);
}

static void
add32(struct sts_buf *b, uint32_t v)
{
	add16(b, v >> 16);
	add16(b, v & 0xffff);
}

static void
add_name(struct sts_buf *b, const char *name)
{
	struct sts_slice rest = sts_slice_str(name), label;

	while (rest.n > 0) {
		(void)sts_slice_cut(&rest, '.', &label);
		if (label.n == 0)
			break;
		sts_buf_char(b, (char)label.n);
		sts_buf_slice(b, label);
	}
	sts_buf_char(b, '\0');
}

static void
add_tlsa(struct sts_buf *b, const char *text)
{
	char *at = NULL, digits[3] = "";

	for (int field = 0; field < 3; field++, text = at)
		sts_buf_char(b, (char)strtoul(text, &at, 10));
	for (text++; text[0] != '\0' && text[1] != '\0'; text += 2) {
		memcpy(digits, text, 2);
		sts_buf_char(b, (char)strtoul(digits, NULL, 16));
	}
}

static void
add_data(struct sts_buf *b, int type, const char *text)
{
	unsigned char addr[16];
	char *end;

	switch (type) {
	case ns_t_a:
		assert_int_equal(inet_pton(AF_INET, text, addr), 1);
		sts_buf_add(b, addr, 4);
		break;
	case ns_t_aaaa:
		assert_int_equal(inet_pton(AF_INET6, text, addr), 1);
		sts_buf_add(b, addr, 16);
		break;
	case ns_t_mx:
		add16(b, (unsigned)strtoul(text, &end, 10));
		add_name(b, end + 1);
		break;
	case ns_t_tlsa:
		add_tlsa(b, text);
		break;
	default: /* TXT */
		sts_buf_char(b, (char)strlen(text));
		sts_buf_str(b, text);
	}
}

/* The question's name is pointed to: it stands at offset 12. */
static void
add_record(struct sts_buf *b, const struct fakedns_row *row, struct sts_slice s)
{
	struct sts_buf data;
	char text[256];

	sts_buf_init(&data, 512);
	assert_int_equal(sts_slice_copy(s, text, sizeof(text)), STS_OK);
	add_data(&data, row->type, text);
	add16(b, 0xc00c);
	add16(b, (unsigned)row->type);
	add16(b, ns_c_in);
	add32(b, row->ttl);
	add16(b, (unsigned)data.n);
	sts_buf_slice(b, sts_buf_view(&data));
	sts_buf_deinit(&data);
}

/* The whole code; what servers without EDNS say is for questions with it. */
static unsigned
rcode_of(enum fakedns_kind kind)
{
	switch (kind) {
	case FAKEDNS_NXDOMAIN:
		return ns_r_nxdomain;
	case FAKEDNS_SERVFAIL:
		return ns_r_servfail;
	case FAKEDNS_REFUSED:
		return ns_r_refused;
	case FAKEDNS_FORMERR:
		return ns_r_formerr;
	case FAKEDNS_NOTIMP:
		return ns_r_notimpl;
	case FAKEDNS_BADVERS:
		return ns_r_badvers;
	case FAKEDNS_ANSWER:
	case FAKEDNS_SILENCE:
		break;
	}
	return ns_r_noerror;
}

static bool
knows_edns(enum fakedns_kind kind)
{
	return kind != FAKEDNS_FORMERR && kind != FAKEDNS_NOTIMP;
}

static void
add_opt(struct sts_buf *b, unsigned rcode)
{
	sts_buf_char(b, '\0'); /* the root */
	add16(b, ns_t_opt);
	add16(b, 1232);
	add32(b, (uint32_t)(rcode >> 4) << 24);
	add16(b, 0);
}

static void
make_reply(
    struct sts_buf *b, const struct question *q, const struct fakedns_row *row)
{
	enum fakedns_kind kind = row == NULL ? FAKEDNS_NXDOMAIN : row->kind;
	bool plain = kind >= FAKEDNS_FORMERR && !q->edns;
	bool opt = q->edns && knows_edns(kind);
	unsigned rcode = plain ? ns_r_noerror : rcode_of(kind);
	struct sts_slice rest =
	    sts_slice_str(kind == FAKEDNS_ANSWER || plain ? row->data : NULL);
	struct sts_slice part;
	unsigned count = 0;

	sts_buf_add(b, q->raw, q->n);
	while (rest.n > 0) {
		(void)sts_slice_cut(&rest, '|', &part);
		add_record(b, row, part);
		count++;
	}
	if (opt)
		add_opt(b, rcode);
	b->p[2] = (char)0x81; /* QR, RD */
	b->p[3] =
	    (char)(0x80 | (row != NULL && row->ad ? 0x20 : 0) | (rcode & 0xf));
	b->p[6] = 0;
	b->p[7] = (char)count;
	b->p[10] = 0;
	b->p[11] = opt;
}

static bool
read_question(struct question *q, const unsigned char *packet, size_t n)
{
	ns_msg msg;
	ns_rr rr;

	if (ns_initparse(packet, (int)n, &msg) != 0 ||
	    ns_parserr(&msg, ns_s_qd, 0, &rr) != 0)
		return false;
	q->type = (int)ns_rr_type(rr);
	memcpy(q->name, ns_rr_name(rr), strlen(ns_rr_name(rr)) + 1);
	q->n =
	    (size_t)(ns_msg_base(msg) - packet) + 12 + strlen(q->name) + 2 + 4;
	memcpy(q->raw, packet, q->n);
	q->edns = ns_msg_count(msg, ns_s_ar) == 1;
	q->ad = (packet[3] & 0x20) != 0 && q->edns;
	return true;
}

/* Whether the row is of this name: "*.test" is of each below test. */
static bool
is_of(const struct fakedns_row *row, const char *name)
{
	size_t n = strlen(row->name + 1), m = strlen(name);

	if (row->name[0] != '*')
		return strcasecmp(row->name, name) == 0;
	return m > n && strcasecmp(row->name + 1, name + m - n) == 0;
}

/* The first one that fits; the lock is held. */
static struct row *
find(struct fakedns *dns, const char *name, int type)
{
	for (size_t i = 0; i < dns->n; i++)
		if (dns->rows[i].is.type == type &&
		    is_of(&dns->rows[i].is, name))
			return &dns->rows[i];
	return NULL;
}

static void
serve(struct fakedns *dns, const struct question *q, struct sockaddr_in *peer)
{
	const struct fakedns_row *is;
	struct sts_buf reply;
	struct row *row;

	if (!q->ad)
		dns->lacked_ad = true;
	sts_buf_init(&reply, PACKET);
	pthread_mutex_lock(&dns->lock);
	row = find(dns, q->name, q->type);
	is = row == NULL ? NULL : &row->is;
	if (row != NULL)
		row->asked++;
	if (is == NULL || is->kind != FAKEDNS_SILENCE)
		make_reply(&reply, q, is);
	pthread_mutex_unlock(&dns->lock);
	if (reply.n > 0)
		(void)sendto(dns->fd, reply.p, reply.n, 0,
		    (struct sockaddr *)peer, sizeof(*peer));
	sts_buf_deinit(&reply);
}

static void *
server(void *arg)
{
	struct fakedns *dns = arg;
	static _Thread_local struct question q;
	unsigned char packet[PACKET];
	struct sockaddr_in peer;
	socklen_t len;
	ssize_t n;

	for (;;) {
		len = sizeof(peer);
		n = recvfrom(dns->fd, packet, sizeof(packet), 0,
		    (struct sockaddr *)&peer, &len);
		if (n <= 0) /* shut down */
			return NULL;
		if (read_question(&q, packet, (size_t)n))
			serve(dns, &q, &peer);
	}
}

struct fakedns *
fakedns_start(const struct fakedns_row *table)
{
	struct fakedns *dns;
	struct sockaddr_in any = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	size_t n = 0;

	while (table[n].name != NULL)
		n++;
	dns = calloc(1, sizeof(*dns) + n * sizeof(dns->rows[0]));
	assert_non_null(dns);
	for (dns->n = n; n > 0; n--)
		dns->rows[n - 1].is = table[n - 1];
	pthread_mutex_init(&dns->lock, NULL);
	dns->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(dns->fd >= 0);
	assert_int_equal(
	    bind(dns->fd, (struct sockaddr *)&any, sizeof(any)), 0);
	assert_int_equal(pthread_create(&dns->thread, NULL, server, dns), 0);
	return dns;
}

void
fakedns_stop(struct fakedns *dns)
{
	/* Wakes recvfrom with 0, though the socket was never connected. */
	(void)shutdown(dns->fd, SHUT_RDWR);
	assert_int_equal(pthread_join(dns->thread, NULL), 0);
	close(dns->fd);
	pthread_mutex_destroy(&dns->lock);
	free(dns);
}

uint16_t
fakedns_port(const struct fakedns *dns)
{
	struct sockaddr_in me;
	socklen_t len = sizeof(me);

	assert_int_equal(getsockname(dns->fd, (struct sockaddr *)&me, &len), 0);
	return ntohs(me.sin_port);
}

unsigned
fakedns_asked(struct fakedns *dns, const char *name, int type)
{
	unsigned asked;
	struct row *row;

	pthread_mutex_lock(&dns->lock);
	row = find(dns, name, type);
	assert_non_null(row);
	asked = row->asked;
	pthread_mutex_unlock(&dns->lock);
	return asked;
}

void
fakedns_set(struct fakedns *dns, const char *name, int type,
    enum fakedns_kind kind, const char *data)
{
	struct row *row;

	pthread_mutex_lock(&dns->lock);
	row = find(dns, name, type);
	assert_non_null(row);
	row->is.kind = kind;
	row->is.data = data;
	pthread_mutex_unlock(&dns->lock);
}

bool
fakedns_saw_ad(const struct fakedns *dns)
{
	return !dns->lacked_ad;
}
