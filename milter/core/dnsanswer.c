#include "sts/core/dnsanswer.h"

#include <arpa/nameser.h>
#include <stdio.h>
#include <stdlib.h>

/* An answer in the making. */
struct reading {
	ns_msg msg;
	char name[NS_MAXDNAME]; /* where the chain of CNAMEs has led */
	bool has_ttl;
	size_t room; /* records that there is memory for */
	size_t n_bytes; /* in use of answer.bytes */
	bool dropped; /* an MX host that is no domain name */
	struct sts_dns_answer answer;
};

static bool
same_name(const char *a, const char *b)
{
	return sts_slice_eq_nocase(sts_slice_str(a), sts_slice_str(b));
}

/* RFC 2181 section 8: a TTL with the top bit set is zero. */
static void
least_ttl(struct reading *r, unsigned long ttl)
{
	if (ttl > INT32_MAX)
		ttl = 0;
	if (!r->has_ttl || ttl < r->answer.ttl)
		r->answer.ttl = (uint32_t)ttl;
	r->has_ttl = true;
}

/* The name at `offset` of the record's data, which it must end.  The root is
 * ".", others have no final dot. */
static enum sts_err
read_name(
    const struct reading *r, const ns_rr *rr, int offset, char dst[NS_MAXDNAME])
{
	int left = ns_rr_rdlen(*rr) - offset;

	if (left <= 0 ||
	    ns_name_uncompress(ns_msg_base(r->msg), ns_msg_end(r->msg),
		ns_rr_rdata(*rr) + offset, dst, NS_MAXDNAME) != left)
		return STS_E_SYNTAX;
	return STS_OK;
}

/* Copies to memory that holds as much as the whole message does. */
static char *
keep_bytes(struct reading *r, const unsigned char *p, size_t n)
{
	char *kept = r->answer.bytes + r->n_bytes;

	memcpy(kept, p, n);
	r->n_bytes += n;
	return kept;
}

static enum sts_err
read_addr(struct reading *r, const ns_rr *rr, int family, size_t size)
{
	struct sts_addr *addr = &r->answer.addr[r->answer.n];

	if (ns_rr_rdlen(*rr) != size)
		return STS_E_SYNTAX;
	addr->family = family;
	memcpy(addr->bytes, ns_rr_rdata(*rr), size);
	r->answer.n++;
	return STS_OK;
}

/* In its place by preference; STS_OK too where the host is dropped. */
static enum sts_err
read_mx(struct reading *r, const ns_rr *rr)
{
	struct sts_domain host = { .kind = STS_DOMAIN_NAME };
	char written[NS_MAXDNAME];
	struct sts_mx *mx = r->answer.mx;
	size_t at = r->answer.n;
	uint16_t preference;
	enum sts_err err = read_name(r, rr, NS_INT16SZ, written);

	if (err != STS_OK)
		return err;
	if (strcmp(written, ".") != 0)
		err = sts_domain_from_name(sts_slice_str(written), &host);
	if (err == STS_E_SYNTAX || host.kind != STS_DOMAIN_NAME) {
		r->dropped = true;
		return STS_OK;
	}
	if (err != STS_OK)
		return err;
	preference = (uint16_t)ns_get16(ns_rr_rdata(*rr));
	while (at > 0 && mx[at - 1].preference > preference)
		at--;
	memmove(&mx[at + 1], &mx[at], (r->answer.n - at) * sizeof(*mx));
	mx[at].preference = preference;
	memcpy(mx[at].host, host.name, sizeof(host.name));
	r->answer.n++;
	return STS_OK;
}

/* The character-strings, joined without a space (RFC 8461 section 3.1). */
static enum sts_err
read_txt(struct reading *r, const ns_rr *rr)
{
	const unsigned char *p = ns_rr_rdata(*rr);
	const unsigned char *end = p + ns_rr_rdlen(*rr);
	char *start = keep_bytes(r, p, 0);

	while (p < end) {
		size_t n = *p++;

		if (n > (size_t)(end - p))
			return STS_E_SYNTAX;
		(void)keep_bytes(r, p, n);
		p += n;
	}
	r->answer.txt[r->answer.n++] =
	    sts_slice(start, (size_t)(r->answer.bytes + r->n_bytes - start));
	return STS_OK;
}

static enum sts_err
read_tlsa(struct reading *r, const ns_rr *rr)
{
	const unsigned char *p = ns_rr_rdata(*rr);
	size_t n = ns_rr_rdlen(*rr);

	if (n < 3)
		return STS_E_SYNTAX;
	r->answer.tlsa[r->answer.n++] = (struct sts_tlsa){
		.usage = p[0],
		.selector = p[1],
		.mtype = p[2],
		.n = n - 3,
		.data = (const uint8_t *)keep_bytes(r, p + 3, n - 3),
	};
	return STS_OK;
}

static enum sts_err
read_record(struct reading *r, const ns_rr *rr)
{
	if (r->answer.n >= r->room)
		return STS_E_LIMIT;
	least_ttl(r, ns_rr_ttl(*rr));
	switch (r->answer.type) {
	case STS_DNS_A:
		return read_addr(r, rr, AF_INET, NS_INADDRSZ);
	case STS_DNS_AAAA:
		return read_addr(r, rr, AF_INET6, NS_IN6ADDRSZ);
	case STS_DNS_MX:
		return read_mx(r, rr);
	case STS_DNS_TXT:
		return read_txt(r, rr);
	case STS_DNS_TLSA:
		return read_tlsa(r, rr);
	}
	return STS_E_SYNTAX;
}

/* Reads the name's records of the type asked for and, if it has one, where its
 * CNAME leads: "" where it has none. */
static enum sts_err
read_link(struct reading *r, char target[NS_MAXDNAME])
{
	enum sts_err err = STS_OK;
	ns_rr rr;

	target[0] = '\0';
	for (int i = 0; i < ns_msg_count(r->msg, ns_s_an); i++) {
		if (ns_parserr(&r->msg, ns_s_an, i, &rr) < 0)
			return STS_E_SYNTAX;
		if (ns_rr_class(rr) != ns_c_in ||
		    !same_name(ns_rr_name(rr), r->name))
			continue;
		if ((int)ns_rr_type(rr) == (int)r->answer.type) {
			err = read_record(r, &rr);
		} else if (ns_rr_type(rr) == ns_t_cname) {
			least_ttl(r, ns_rr_ttl(rr));
			err = read_name(r, &rr, 0, target);
		}
		if (err != STS_OK)
			return err;
	}
	return STS_OK;
}

static enum sts_err
read_chain(struct reading *r)
{
	char target[NS_MAXDNAME];
	enum sts_err err;

	for (unsigned links = 0; links <= STS_CNAME_MAX; links++) {
		err = read_link(r, target);
		if (err != STS_OK || r->answer.n > 0 || target[0] == '\0')
			return err;
		memcpy(r->name, target, sizeof(r->name));
	}
	return STS_E_LIMIT;
}

/* RFC 2308 section 5: the least of the SOA's own TTL and its MINIMUM, which is
 * the last field. */
static enum sts_err
read_negative_ttl(struct reading *r)
{
	ns_rr rr;

	for (int i = 0; i < ns_msg_count(r->msg, ns_s_ns); i++) {
		if (ns_parserr(&r->msg, ns_s_ns, i, &rr) < 0)
			return STS_E_SYNTAX;
		if (ns_rr_type(rr) != ns_t_soa || ns_rr_rdlen(rr) < NS_INT32SZ)
			continue;
		least_ttl(r, ns_rr_ttl(rr));
		least_ttl(r,
		    ns_get32(ns_rr_rdata(rr) + ns_rr_rdlen(rr) - NS_INT32SZ));
		return STS_OK;
	}
	r->answer.ttl = 0; /* without a SOA it may not be remembered */
	return STS_OK;
}

/* Leaves the root only where it stands alone: beside others a null MX means
 * nothing (RFC 7505 section 3). */
static void
settle_mx(struct reading *r)
{
	struct sts_mx *mx = r->answer.mx;
	size_t n = 0;

	for (size_t i = 0; i < r->answer.n; i++)
		if (mx[i].host[0] != '\0')
			mx[n++] = mx[i];
	if (n == 0 && !r->dropped)
		n = 1; /* a root, as all are */
	r->answer.n = n;
}

static void
fail(struct sts_dns_answer *answer, const char *detail)
{
	sts_dns_answer_deinit(answer);
	answer->status = STS_DNS_FAILED;
	answer->secure = false;
	answer->ttl = 0;
	(void)snprintf(answer->detail, sizeof(answer->detail), "%s", detail);
}

static void
fail_by_rcode(struct sts_dns_answer *answer, int rcode)
{
	static const char *const names[] = {
		[ns_r_formerr] = "FORMERR",
		[ns_r_servfail] = "SERVFAIL",
		[ns_r_notimpl] = "NOTIMP",
		[ns_r_refused] = "REFUSED",
		[ns_r_badvers] = "BADVERS",
	};
	char number[16];

	answer->edns_refused = rcode == ns_r_formerr || rcode == ns_r_notimpl ||
			       rcode == ns_r_badvers;
	(void)snprintf(number, sizeof(number), "RCODE %d", rcode);
	if ((size_t)rcode < sizeof(names) / sizeof(names[0]) &&
	    names[rcode] != NULL)
		fail(answer, names[rcode]);
	else
		fail(answer, number);
}

/* Whether the message is an answer to this question. */
static bool
answers(struct reading *r, struct sts_slice wire)
{
	ns_rr question;

	return wire.n <= NS_MAXMSG &&
	       ns_initparse(
		   (const unsigned char *)wire.p, (int)wire.n, &r->msg) == 0 &&
	       ns_msg_getflag(r->msg, ns_f_qr) == 1 &&
	       ns_msg_getflag(r->msg, ns_f_opcode) == ns_o_query &&
	       ns_msg_count(r->msg, ns_s_qd) == 1 &&
	       ns_parserr(&r->msg, ns_s_qd, 0, &question) == 0 &&
	       (int)ns_rr_type(question) == (int)r->answer.type &&
	       ns_rr_class(question) == ns_c_in &&
	       same_name(ns_rr_name(question), r->name);
}

/* Memory for all that the message can have. */
static enum sts_err
make_room(struct reading *r, struct sts_slice wire)
{
	static const size_t sizes[] = {
		[STS_DNS_A] = sizeof(struct sts_addr),
		[STS_DNS_MX] = sizeof(struct sts_mx),
		[STS_DNS_TXT] = sizeof(struct sts_slice),
		[STS_DNS_AAAA] = sizeof(struct sts_addr),
		[STS_DNS_TLSA] = sizeof(struct sts_tlsa),
	};

	r->room = ns_msg_count(r->msg, ns_s_an);
	if (r->room > STS_RRS_MAX)
		r->room = STS_RRS_MAX;
	/* One more, so that none is no special case. */
	r->answer.records = calloc(r->room + 1, sizes[r->answer.type]);
	r->answer.bytes = malloc(wire.n + 1);
	if (r->answer.records == NULL || r->answer.bytes == NULL)
		return STS_E_NOMEM;
	return STS_OK;
}

/* Sets status and detail from the code and from what was read. */
static enum sts_err
conclude(struct reading *r, int rcode)
{
	struct sts_dns_answer *answer = &r->answer;

	if (answer->type == STS_DNS_MX && answer->n > 0)
		settle_mx(r);
	answer->secure = ns_msg_getflag(r->msg, ns_f_ad) == 1;
	if (answer->n > 0)
		return rcode == ns_r_noerror ? STS_OK : STS_E_SYNTAX;
	if (r->dropped) {
		fail(answer, "no MX host is a domain name");
		return STS_OK;
	}
	answer->status =
	    rcode == ns_r_noerror ? STS_DNS_NODATA : STS_DNS_NXDOMAIN;
	(void)snprintf(answer->detail, sizeof(answer->detail), "%s",
	    rcode == ns_r_noerror ? "NODATA" : "NXDOMAIN");
	return read_negative_ttl(r);
}

/* The whole code: its upper bits stand in the OPT record's TTL, if there is one
 * (RFC 6891 section 6.1.3). */
static enum sts_err
read_rcode(struct reading *r, int *rcode)
{
	ns_rr rr;

	*rcode = ns_msg_getflag(r->msg, ns_f_rcode);
	for (int i = 0; i < ns_msg_count(r->msg, ns_s_ar); i++) {
		if (ns_parserr(&r->msg, ns_s_ar, i, &rr) < 0)
			return STS_E_SYNTAX;
		if (ns_rr_type(rr) != ns_t_opt)
			continue;
		r->answer.edns = true;
		*rcode |= (int)(ns_rr_ttl(rr) >> 24) << 4;
		return STS_OK;
	}
	return STS_OK;
}

static enum sts_err
read_answer(struct reading *r, struct sts_slice wire)
{
	enum sts_err err;
	int rcode;

	if (!answers(r, wire))
		return STS_E_SYNTAX;
	err = read_rcode(r, &rcode);
	if (err != STS_OK)
		return err;
	if (rcode != ns_r_noerror && rcode != ns_r_nxdomain) {
		fail_by_rcode(&r->answer, rcode);
		return STS_OK;
	}
	if (ns_msg_getflag(r->msg, ns_f_tc) == 1) {
		fail(&r->answer, "truncated answer");
		return STS_OK;
	}
	err = make_room(r, wire);
	if (err == STS_OK)
		err = read_chain(r);
	return err == STS_OK ? conclude(r, rcode) : err;
}

enum sts_err
sts_dns_answer_parse(struct sts_slice wire, const char *name,
    enum sts_dns_type type, struct sts_dns_answer *out)
{
	struct reading r = { .answer = { .type = type } };
	enum sts_err err;

	err = sts_slice_copy(sts_slice_str(name), r.name, sizeof(r.name));
	if (err == STS_OK)
		err = read_answer(&r, wire);
	if (err == STS_E_NOMEM) {
		sts_dns_answer_deinit(&r.answer);
		return err;
	}
	if (err != STS_OK)
		fail(&r.answer, err == STS_E_LIMIT ? "too many records"
						   : "malformed answer");
	*out = r.answer;
	return STS_OK;
}

void
sts_dns_answer_deinit(struct sts_dns_answer *answer)
{
	free(answer->records);
	free(answer->bytes);
	answer->records = NULL;
	answer->bytes = NULL;
	answer->n = 0;
}
