/*
 * Any bytes of a socketmap's client: however they are cut into pieces, the
 * netstrings are the same, each is what writing it again gives, and a request's
 * domain is one that would be read as itself.
 *
 * The same bytes, the first apart, as a policy: what is replied for it is what
 * the MTA's own reader takes, and nothing of the policy stands where it could
 * be read as something else.
 */
#include "sts/core/netstring.h"
#include "sts/core/socketmap.h"

#include "fuzz.h"

#include <string.h>

enum { MX_MAX = 32 };

/* --- the wire --- */

static void
check_request(struct sts_slice body)
{
	struct sts_socketmap_request request;
	struct sts_domain again;

	if (sts_socketmap_request_parse(body, &request) != STS_OK ||
	    request.domain[0] == '\0')
		return;
	CHECK(sts_domain_from_name(sts_slice_str(request.domain), &again) ==
	      STS_OK);
	CHECK(again.kind == STS_DOMAIN_NAME);
	CHECK(strcmp(again.name, request.domain) == 0);
}

/* Reads all that there are, of a buffer that grows by `piece` bytes; *n counts
 * them, and their bodies are appended to `all`. */
static enum sts_err
read_all(struct sts_slice in, size_t piece, size_t *n, struct sts_buf *all)
{
	struct sts_slice rest = sts_slice(in.p, 0), body;
	size_t have = 0;
	enum sts_err err;

	for (*n = 0;;) {
		const char *before = rest.p;

		err =
		    sts_netstring_read(&rest, STS_SOCKETMAP_REQUEST_MAX, &body);
		if (err == STS_OK) {
			CHECK(rest.p > before);
			CHECK(body.p > before && body.p + body.n < rest.p);
			sts_netstring_add(all, body);
			CHECK(all->n >= (size_t)(rest.p - in.p));
			check_request(body);
			++*n;
			continue;
		}
		CHECK(rest.p == before);
		if (err != STS_E_AGAIN || have == in.n)
			return err;
		piece = in.n - have < piece ? in.n - have : piece;
		have += piece;
		rest.n += piece;
	}
}

static void
check_wire(struct sts_slice in, size_t piece)
{
	struct sts_buf whole, parts;
	size_t n, n_parts;
	enum sts_err err;

	sts_buf_init(&whole, in.n + 64);
	sts_buf_init(&parts, in.n + 64);
	err = read_all(in, in.n, &n, &whole);
	CHECK(read_all(in, piece, &n_parts, &parts) == err);
	CHECK(n == n_parts);
	CHECK(sts_slice_eq(sts_buf_view(&whole), sts_buf_view(&parts)));
	/* There is but one way to write each. */
	CHECK(whole.n <= in.n);
	CHECK(whole.n == 0 || memcmp(whole.p, in.p, whole.n) == 0);
	sts_buf_deinit(&whole);
	sts_buf_deinit(&parts);
}

/* --- replies, read as Postfix reads them --- */

struct seen {
	size_t words, match, servername, type, domain, patterns, strings,
	    failure;
};

/* The next word: what stands between commas and white space, where braces keep
 * together what is inside. */
static struct sts_slice
next_word(struct sts_slice *rest)
{
	size_t from = 0, to, depth = 0;
	struct sts_slice word;

	while (from < rest->n && strchr(", \t\r\n", rest->p[from]) != NULL)
		from++;
	for (to = from; to < rest->n; to++) {
		if (rest->p[to] == '{')
			depth++;
		else if (rest->p[to] == '}' && depth > 0)
			depth--;
		else if (depth == 0 && strchr(", \t\r\n", rest->p[to]) != NULL)
			break;
	}
	CHECK(depth == 0);
	word = sts_slice(rest->p + from, to - from);
	*rest = sts_slice(rest->p + to, rest->n - to);
	return word;
}

/* What is inside the braces: the first closes with the last byte. */
static struct sts_slice
unbrace(struct sts_slice word)
{
	size_t depth = 0;

	if (word.p[0] != '{')
		return word;
	for (size_t i = 0; i < word.n; i++) {
		depth += word.p[i] == '{';
		depth -= word.p[i] == '}';
		CHECK(depth > 0 || i == word.n - 1);
	}
	return sts_slice_trim(sts_slice(word.p + 1, word.n - 2));
}

static void
note_attribute(struct sts_slice word, struct seen *seen)
{
	struct sts_slice value = unbrace(word), name;

	CHECK(sts_slice_cut(&value, '=', &name));
	name = sts_slice_trim(name);
	value = sts_slice_trim(value);
	CHECK(value.n > 0);
	seen->words++;
	seen->match += sts_slice_eq(name, STS_LIT("match"));
	seen->servername += sts_slice_eq(name, STS_LIT("servername"));
	seen->type += sts_slice_eq(name, STS_LIT("policy_type"));
	seen->domain += sts_slice_eq(name, STS_LIT("policy_domain"));
	seen->patterns += sts_slice_eq(name, STS_LIT("mx_host_pattern"));
	seen->strings += sts_slice_eq(name, STS_LIT("policy_string"));
	seen->failure += sts_slice_eq(name, STS_LIT("policy_failure"));
}

static void
check_secure(enum sts_socketmap_dialect dialect, struct sts_slice rest,
    const struct sts_policy *policy)
{
	struct seen seen = { 0 };
	struct sts_slice word;

	CHECK(sts_slice_eq(next_word(&rest), STS_LIT("secure")));
	while ((word = next_word(&rest)).n > 0)
		note_attribute(word, &seen);
	CHECK(seen.match == 1 && seen.servername == 1);
	if (dialect != STS_SOCKETMAP_POSTFIX310 || seen.words == 2) {
		CHECK(seen.words == 2);
		return;
	}
	CHECK(seen.type == 1 && seen.domain == 1 && seen.failure <= 1);
	CHECK(seen.patterns == policy->n_mx);
	CHECK(seen.strings >= policy->n_mx + 3);
	CHECK(seen.words == 4 + seen.patterns + seen.strings + seen.failure);
}

static void
check_reply(
    enum sts_socketmap_dialect dialect, const struct sts_socketmap_facts *facts)
{
	const struct sts_slice ok = STS_LIT("OK ");
	struct sts_slice reply;
	struct sts_buf b;

	sts_buf_init(&b, STS_SOCKETMAP_REPLY_MAX);
	sts_socketmap_reply(dialect, facts, &b);
	CHECK(sts_buf_err(&b) == STS_OK);
	reply = sts_buf_view(&b);
	for (size_t i = 0; i < reply.n; i++)
		CHECK((unsigned char)reply.p[i] >= 0x20);
	if (sts_slice_starts(reply, ok))
		check_secure(dialect, sts_slice(reply.p + ok.n, reply.n - ok.n),
		    facts->policy);
	else
		CHECK(sts_slice_eq(reply, STS_SOCKETMAP_NOTFOUND) ||
		      sts_slice_starts(reply, STS_LIT("TEMP ")));
	sts_buf_deinit(&b);
}

/* Hosts that the policy allows and others, as `bits` says. */
static size_t
make_hosts(const struct sts_policy *policy, unsigned bits,
    struct sts_mx_outcome mx[MX_MAX])
{
	size_t n = policy->n_mx < MX_MAX ? policy->n_mx : MX_MAX;

	for (size_t i = 0; i < n; i++) {
		mx[i].host = policy->mx[i] + (policy->mx[i][0] == '*' ? 2 : 0);
		mx[i].match = (bits >> (i % 8)) & 1;
	}
	return n;
}

static void
check_policy(struct sts_slice text, unsigned bits)
{
	static const enum sts_mx_state states[] = { STS_MX_KNOWN, STS_MX_NULL,
		STS_MX_UNKNOWN, STS_MX_PENDING };
	struct sts_mx_outcome mx[MX_MAX];
	struct sts_policy *policy;
	struct sts_socketmap_facts facts = {
		.domain = "example.com",
		.state = STS_POLICY_IN_FORCE,
		.mx_state = states[bits % 4],
		.mx = mx,
	};

	if (sts_policy_parse(text, NULL, NULL, &policy) != STS_OK)
		return;
	memset(mx, 0, sizeof(mx));
	facts.policy = policy;
	facts.n_mx = make_hosts(policy, bits, mx);
	check_reply(STS_SOCKETMAP_POSTFIX, &facts);
	check_reply(STS_SOCKETMAP_POSTFIX310, &facts);
	check_reply(STS_SOCKETMAP_SENDMAIL, &facts);
	sts_policy_put(policy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct sts_slice in;

	if (n == 0)
		return 0;
	in = sts_slice(data + 1, n - 1);
	check_wire(in, 1 + (size_t)data[0] % 8);
	check_request(in);
	check_policy(in, data[0]);
	return 0;
}
