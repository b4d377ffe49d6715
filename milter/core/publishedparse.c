/*
 * Reads zone lines as sts_published_print writes them.  What it does not know
 * is an error and not passed over: the file is written anew from what was read,
 * and nobody's line may be lost by that.
 */
#include "sts/core/mxmatch.h"
#include "sts/core/published.h"

#include <stdlib.h>

struct parser {
	sts_published_take *take;
	void *cookie;
	const char *why;
	struct sts_published now; /* of the lines being read */
	bool begun;
	const char **mx; /* patterns of the policy; owned, as each is */
	size_t n_mx, mx_room;
};

static enum sts_err
wrong(struct parser *p, const char *why)
{
	p->why = why;
	return STS_E_SYNTAX;
}

static struct sts_slice
next_word(struct sts_slice *rest)
{
	size_t n = 0;

	*rest = sts_slice_trim(*rest);
	while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '\t')
		n++;
	rest->p += n;
	rest->n -= n;
	return sts_slice(rest->p - n, n);
}

/* --- the comment with the policy --- */

static void
drop_mx(struct parser *p)
{
	while (p->n_mx > 0)
		free((char *)(uintptr_t)p->mx[--p->n_mx]);
}

static enum sts_err
read_mx(struct parser *p, struct sts_slice value)
{
	char pattern[STS_MX_PATTERN_SIZE];
	const char *why, **grown;
	char *copy;

	if (p->n_mx >= STS_POLICY_MX_MAX ||
	    sts_mx_pattern_parse(value, pattern, &why) != STS_OK)
		return wrong(p, "has an mx that is no pattern");
	if (p->n_mx == p->mx_room) {
		p->mx_room = p->mx_room == 0 ? 8 : p->mx_room * 2;
		grown = realloc(p->mx, p->mx_room * sizeof(*grown));
		if (grown == NULL)
			return STS_E_NOMEM;
		p->mx = grown;
	}
	copy = strdup(pattern);
	if (copy == NULL)
		return STS_E_NOMEM;
	p->mx[p->n_mx++] = copy;
	return STS_OK;
}

static enum sts_err
read_number(struct parser *p, struct sts_slice value, int64_t *out)
{
	int64_t n = 0;

	if (value.n == 0 || value.n > 15)
		return wrong(p, "has a number that is none");
	for (size_t i = 0; i < value.n; i++) {
		if (!sts_is_digit(value.p[i]))
			return wrong(p, "has a number that is none");
		n = n * 10 + (value.p[i] - '0');
	}
	*out = n;
	return STS_OK;
}

/* What a domain's first line says of its policy. */
struct state {
	bool has_mode;
	enum sts_mode mode;
	int64_t max_age; /* -1: not said */
};

static enum sts_err
read_pair(struct parser *p, struct state *state, struct sts_slice pair)
{
	struct sts_slice value = pair, key;

	if (!sts_slice_cut(&value, '=', &key))
		return wrong(p, "has a word without a value");
	if (sts_slice_eq(key, STS_LIT("mx")))
		return read_mx(p, value);
	if (sts_slice_eq(key, STS_LIT("max_age")))
		return read_number(p, value, &state->max_age);
	if (sts_slice_eq(key, STS_LIT("earlier")))
		return read_number(p, value, &p->now.earlier);
	if (!sts_slice_eq(key, STS_LIT("mode")) ||
	    sts_mode_parse(value, &state->mode) != STS_OK)
		return wrong(p, "has a word that is unknown");
	state->has_mode = true;
	return STS_OK;
}

static enum sts_err
make_policy(struct parser *p, const struct state *state)
{
	struct sts_policy *policy;
	enum sts_err err;

	if (!state->has_mode || state->max_age < 0 ||
	    state->max_age > STS_MAX_AGE_MAX)
		return wrong(p, "has no mode, or no max_age");
	err = sts_policy_new(
	    state->mode, (uint32_t)state->max_age, p->mx, p->n_mx, &policy);
	if (err == STS_OK)
		p->now.policy = policy;
	return err;
}

static enum sts_err
read_domain(struct parser *p, struct sts_slice name, char *dst)
{
	struct sts_domain domain;

	if (sts_domain_from_name(name, &domain) != STS_OK ||
	    domain.kind != STS_DOMAIN_NAME)
		return wrong(p, "has a name that is no domain name");
	memcpy(dst, domain.name, sizeof(domain.name));
	return STS_OK;
}

/* The lines of one domain are over. */
static enum sts_err
finish(struct parser *p)
{
	enum sts_err err;

	if (!p->begun)
		return STS_OK;
	if (p->now.id[0] == '\0')
		return wrong(p, "follows a domain that has no _mta-sts record");
	p->begun = false;
	err = p->take(p->cookie, &p->now);
	p->now = (struct sts_published){ .policy = NULL };
	return err;
}

static enum sts_err
begin(struct parser *p, struct sts_slice rest)
{
	struct state state = { .max_age = -1 };
	enum sts_err err = finish(p);

	drop_mx(p);
	if (err == STS_OK)
		err = read_domain(p, next_word(&rest), p->now.domain);
	while (err == STS_OK && (rest = sts_slice_trim(rest)).n > 0)
		err = read_pair(p, &state, next_word(&rest));
	if (err == STS_OK)
		err = make_policy(p, &state);
	p->begun = err == STS_OK;
	return err;
}

/* --- the records --- */

/* One byte, perhaps escaped as \c or \DDD; false: it is broken. */
static bool
take_byte(struct sts_slice *rest, struct sts_buf *text)
{
	const char *p = rest->p;
	size_t n = 1;
	unsigned c = (unsigned char)p[0];

	if (p[0] == '\\') {
		if (rest->n > 3 && sts_is_digit(p[1]) && sts_is_digit(p[2]) &&
		    sts_is_digit(p[3])) {
			c = (unsigned)((p[1] - '0') * 100 + (p[2] - '0') * 10 +
				       (p[3] - '0'));
			n = 4;
		} else if (rest->n > 1 && !sts_is_digit(p[1])) {
			c = (unsigned char)p[1];
			n = 2;
		} else {
			return false;
		}
	}
	if (c == 0 || c > 0xff) /* our texts have no NUL */
		return false;
	sts_buf_char(text, (char)c);
	*rest = sts_slice(rest->p + n, rest->n - n);
	return true;
}

/* Character-strings in quotes, joined; then perhaps a comment. */
static enum sts_err
read_strings(struct parser *p, struct sts_slice rest, struct sts_buf *text)
{
	size_t strings = 0;

	for (; rest.n > 0 && rest.p[0] != ';'; strings++) {
		if (rest.p[0] != '"')
			return wrong(p, "has a text without quotes");
		rest = sts_slice(rest.p + 1, rest.n - 1);
		while (rest.n > 0 && rest.p[0] != '"')
			if (!take_byte(&rest, text))
				return wrong(p, "has a broken text");
		if (rest.n == 0)
			return wrong(p, "has a text that does not end");
		rest = sts_slice_trim(sts_slice(rest.p + 1, rest.n - 1));
	}
	if (strings == 0)
		return wrong(p, "has no text");
	if (sts_buf_err(text) == STS_E_LIMIT)
		return wrong(p, "has a text that is too long");
	return sts_buf_err(text);
}

static enum sts_err
read_sts(struct parser *p, struct sts_slice text)
{
	struct sts_txt txt;

	if (p->now.id[0] != '\0')
		return wrong(p, "is a second _mta-sts record of its domain");
	sts_txt_select(&text, 1, &txt);
	if (txt.status != STS_TXT_FOUND)
		return wrong(p, "is no valid _mta-sts record");
	memcpy(p->now.id, txt.id, sizeof(p->now.id));
	return STS_OK;
}

static enum sts_err
read_txt(struct parser *p, bool is_sts, struct sts_slice rest)
{
	struct sts_buf text;
	enum sts_err err;

	sts_buf_init(&text, STS_PUBLISHED_TLSRPT_MAX);
	err = read_strings(p, rest, &text);
	if (err == STS_OK && is_sts) {
		err = read_sts(p, sts_buf_view(&text));
	} else if (err == STS_OK && p->now.tlsrpt != NULL) {
		err = wrong(p, "is a second _smtp._tls record of its domain");
	} else if (err == STS_OK) {
		p->now.tlsrpt = sts_buf_take(&text);
		err = p->now.tlsrpt == NULL ? STS_E_NOMEM : STS_OK;
	}
	sts_buf_deinit(&text);
	return err;
}

static enum sts_err
read_cname(struct parser *p, struct sts_slice rest)
{
	struct sts_slice target = next_word(&rest);

	rest = sts_slice_trim(rest);
	if (rest.n > 0 && rest.p[0] != ';')
		return wrong(p, "has more than a name");
	if (p->now.host_at[0] != '\0')
		return wrong(p, "is a second CNAME of its domain");
	return read_domain(p, target, p->now.host_at);
}

/* Whether the owner is `label` right below the domain of these lines. */
static bool
is_owner(const struct parser *p, struct sts_slice owner, struct sts_slice label)
{
	struct sts_slice domain = sts_slice_str(p->now.domain);

	return owner.n == label.n + domain.n + 2 &&
	       sts_slice_eq_nocase(sts_slice(owner.p, label.n), label) &&
	       owner.p[label.n] == '.' && owner.p[owner.n - 1] == '.' &&
	       sts_slice_eq_nocase(
		   sts_slice(owner.p + label.n + 1, domain.n), domain);
}

static bool
is_number(struct sts_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!sts_is_digit(s.p[i]))
			return false;
	return s.n > 0;
}

static enum sts_err
read_record(struct parser *p, struct sts_slice rest)
{
	struct sts_slice owner = next_word(&rest), type = next_word(&rest);

	if (is_number(type))
		type = next_word(&rest);
	if (sts_slice_eq_nocase(type, STS_LIT("IN")))
		type = next_word(&rest);
	rest = sts_slice_trim(rest);
	if (p->begun && sts_slice_eq_nocase(type, STS_LIT("TXT"))) {
		if (is_owner(p, owner, STS_LIT("_mta-sts")))
			return read_txt(p, true, rest);
		if (is_owner(p, owner, STS_LIT("_smtp._tls")))
			return read_txt(p, false, rest);
	}
	if (p->begun && sts_slice_eq_nocase(type, STS_LIT("CNAME")) &&
	    is_owner(p, owner, STS_LIT("mta-sts")))
		return read_cname(p, rest);
	return wrong(p, "was not written here; keep it in another file");
}

static enum sts_err
read_line(struct parser *p, struct sts_slice line)
{
	const struct sts_slice mark = STS_LIT("; mta-sts ");

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (sts_slice_starts(line, mark))
		return begin(p, sts_slice(line.p + mark.n, line.n - mark.n));
	line = sts_slice_trim(line);
	if (line.n == 0 || line.p[0] == ';')
		return STS_OK;
	return read_record(p, line);
}

enum sts_err
sts_published_parse(struct sts_slice text, sts_published_take *take,
    void *cookie, unsigned *line, const char **why)
{
	struct parser p = { .take = take, .cookie = cookie };
	struct sts_slice one;
	enum sts_err err = STS_OK;
	unsigned number = 0;

	while (err == STS_OK && text.n > 0) {
		number++;
		(void)sts_slice_cut(&text, '\n', &one);
		err = read_line(&p, one);
	}
	if (err == STS_OK)
		err = finish(&p);
	if (err == STS_E_SYNTAX) {
		*line = number;
		*why = p.why;
	}
	sts_published_deinit(&p.now);
	drop_mx(&p);
	free(p.mx);
	return err;
}
