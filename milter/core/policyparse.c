/*
 * The parser of policy texts.  It reads on after an error, so that who
 * publishes a text hears of all its faults at once.
 */
#include "sts/base/escape.h"
#include "sts/core/grammar.h"
#include "sts/core/mxmatch.h"
#include "sts/core/policy.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	MAX_AGE_DIGITS = 10,
	DAY = 86400, /* s */
	WEEK = 7 * DAY,
	SHOWN_MAX = 80, /* bytes of the text that a remark shows */
	MESSAGE_SIZE = 400,
};

enum field { FIELD_VERSION, FIELD_MODE, FIELD_MAX_AGE, FIELD_MX, N_FIELDS };

struct parser {
	sts_policy_note_fn *note;
	void *cookie;
	enum sts_err err; /* the worst so far */
	unsigned line; /* the one being read, 0 where none is */
	unsigned seen[N_FIELDS]; /* the line of the first, 0: not seen */
	struct sts_buf mx; /* the patterns, each with a NUL behind it */
	struct sts_buf others;
	struct sts_policy policy; /* what has no texts of it */
};

static void remark(struct parser *p, bool is_error, const char *fmt, va_list ap)
    STS_PRINTF(3, 0);
static void fault(struct parser *p, const char *fmt, ...) STS_PRINTF(2, 3);
static void warn(struct parser *p, const char *fmt, ...) STS_PRINTF(2, 3);

static void
remark(struct parser *p, bool is_error, const char *fmt, va_list ap)
{
	char message[MESSAGE_SIZE];

	if (p->note == NULL)
		return;
	(void)vsnprintf(message, sizeof(message), fmt, ap);
	p->note(
	    p->cookie, &(struct sts_policy_note){ is_error, p->line, message });
}

static void
fault(struct parser *p, const char *fmt, ...)
{
	va_list ap;

	if (p->err == STS_OK)
		p->err = STS_E_SYNTAX;
	va_start(ap, fmt);
	remark(p, true, fmt, ap);
	va_end(ap);
}

static void
warn(struct parser *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	remark(p, false, fmt, ap);
	va_end(ap);
}

/* A piece of the text as a remark may show it. */
struct shown {
	char text[SHOWN_MAX];
};

static struct shown
show(struct sts_slice s)
{
	struct shown shown = { "" };

	sts_escape_to(shown.text, sizeof(shown.text), s);
	return shown;
}

static void
read_version(struct parser *p, struct sts_slice value)
{
	if (!sts_slice_eq(value, STS_LIT("STSv1")))
		fault(p, "version \"%s\" is unknown; \"STSv1\" is accepted",
		    show(value).text);
}

static void
read_mode(struct parser *p, struct sts_slice value)
{
	if (sts_mode_parse(value, &p->policy.mode) != STS_OK)
		fault(p,
		    "mode \"%s\" is unknown; \"enforce\", \"testing\" and "
		    "\"none\" are accepted",
		    show(value).text);
}

static void
read_max_age(struct parser *p, struct sts_slice value)
{
	uint64_t age = 0;
	bool ok = value.n <= MAX_AGE_DIGITS;

	for (size_t i = 0; ok && i < value.n; i++) {
		ok = sts_is_digit(value.p[i]);
		age = age * 10 + (uint64_t)(value.p[i] - '0');
	}
	if (!ok) {
		fault(p,
		    "max_age \"%s\" is no number of seconds; 1 to %d digits "
		    "without sign, unit or point are accepted",
		    show(value).text, MAX_AGE_DIGITS);
		return;
	}
	if (age > STS_MAX_AGE_MAX) {
		warn(p, "max_age %s is more than a year and is read as %d",
		    show(value).text, STS_MAX_AGE_MAX);
		age = STS_MAX_AGE_MAX;
	}
	p->policy.max_age = (uint32_t)age;
}

/* Says of a name with U-labels what it should be. */
static void
fault_mx(struct parser *p, struct sts_slice value, const char *why)
{
	struct sts_slice host = sts_mx_pattern_host(value);
	struct sts_domain a_labels;

	if (!sts_grammar_is_ascii(host) &&
	    sts_domain_from_name(host, &a_labels) == STS_OK &&
	    a_labels.kind == STS_DOMAIN_NAME)
		fault(p, "mx \"%s\" is not in A-label form; write %s%s",
		    show(value).text, host.n < value.n ? "*." : "",
		    a_labels.name);
	else
		fault(p, "mx \"%s\" %s", show(value).text, why);
}

static void
read_mx(struct parser *p, struct sts_slice value)
{
	char pattern[STS_MX_PATTERN_SIZE];
	const char *why;

	if (sts_mx_pattern_parse(value, pattern, &why) != STS_OK) {
		fault_mx(p, value, why);
		return;
	}
	if (p->policy.n_mx == STS_POLICY_MX_MAX) {
		fault(p, "mx \"%s\" is one too many; at most %d are accepted",
		    pattern, STS_POLICY_MX_MAX);
		return;
	}
	if (strchr(pattern, '_') != NULL)
		warn(p,
		    "mx \"%s\" has an underscore, which no host name may "
		    "have; public authorities issue no certificate for it",
		    pattern);
	if (pattern[0] == '*' && strchr(pattern + 2, '.') == NULL)
		warn(p, "mx \"%s\" takes in a whole top-level domain", pattern);
	sts_buf_add(&p->mx, pattern, strlen(pattern) + 1);
	p->policy.n_mx++;
	if (sts_buf_err(&p->mx) != STS_OK)
		p->err = STS_E_NOMEM;
}

static const struct {
	const char *name;
	void (*read)(struct parser *p, struct sts_slice value);
} fields[N_FIELDS] = {
	[FIELD_VERSION] = { "version", read_version },
	[FIELD_MODE] = { "mode", read_mode },
	[FIELD_MAX_AGE] = { "max_age", read_max_age },
	[FIELD_MX] = { "mx", read_mx },
};

/* The byte that is not accepted in a line, or -1. */
static int
control_byte(struct sts_slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 || c == 0x7f)
			return c;
	}
	return -1;
}

/* A field that the RFC does not know is ignored, but may be a slip. */
static void
note_unknown(struct parser *p, struct sts_slice name)
{
	for (size_t i = 0; i < N_FIELDS; i++) {
		if (!sts_slice_eq_nocase(name, sts_slice_str(fields[i].name)))
			continue;
		warn(p, "field \"%s\" is unknown and ignored; write \"%s\"",
		    show(name).text, fields[i].name);
		return;
	}
	warn(p, "field \"%s\" is unknown and ignored", show(name).text);
}

static bool
has_other(const struct parser *p, struct sts_slice name)
{
	struct sts_slice rest = sts_buf_view(&p->others), line, its;

	while (sts_slice_cut(&rest, '\n', &line)) {
		(void)sts_slice_cut(&line, ':', &its);
		if (sts_slice_eq(its, name))
			return true;
	}
	return false;
}

/* Of fields with one name the first counts, unknown ones too (section 3.2). */
static void
keep_other(struct parser *p, struct sts_slice name, struct sts_slice value)
{
	size_t room = p->others.cap - p->others.n;

	if (name.n + value.n + strlen(": \r\n") > room || has_other(p, name))
		return;
	sts_buf_slice(&p->others, name);
	sts_buf_str(&p->others, ": ");
	sts_buf_slice(&p->others, value);
	sts_buf_str(&p->others, "\r\n");
	if (sts_buf_err(&p->others) != STS_OK)
		p->err = STS_E_NOMEM;
}

/* Which of the RFC's fields it is, N_FIELDS where none. */
static size_t
field_of(struct sts_slice name)
{
	size_t f = 0;

	while (
	    f < N_FIELDS && !sts_slice_eq(name, sts_slice_str(fields[f].name)))
		f++;
	return f;
}

/* RFC 8461 section 3.2: name ":" *WSP value *WSP. */
static bool
is_well_formed(struct parser *p, struct sts_slice line)
{
	int control = control_byte(sts_slice_trim(line));
	struct sts_slice value = line, name;
	bool is_pair = sts_slice_cut(&value, ':', &name);

	value = sts_slice_trim(value);
	if (control >= 0 && control != '\t')
		fault(p, "the line has the control character \\x%02x",
		    (unsigned)control);
	else if (!is_pair)
		fault(p, "\"%s\" is no field; \"name: value\" is accepted",
		    show(line).text);
	else if (!sts_grammar_is_field_name(name))
		fault(p,
		    "\"%s\" is no field name; 1 to %d letters, digits, "
		    "hyphens, dots and underscores right before the colon are "
		    "accepted",
		    show(name).text, STS_FIELD_NAME_MAX);
	else if (value.n == 0)
		fault(p, "field \"%s\" has no value", show(name).text);
	else if (control_byte(value) >= 0)
		fault(
		    p, "the value of \"%s\" has a tab in it", show(name).text);
	else if (!sts_grammar_is_utf8(value))
		fault(p, "the value of \"%s\" is not UTF-8", show(name).text);
	else
		return true;
	return false;
}

static void
read_line(struct parser *p, struct sts_slice line)
{
	struct sts_slice value = line, name;
	size_t f;

	if (sts_slice_trim(line).n == 0) {
		/* Ours: it says nothing, so nothing can be read wrong. */
		warn(p, "the line is empty; the RFC has no empty lines, and "
			"some senders refuse the policy for it");
		return;
	}
	(void)sts_slice_cut(&value, ':', &name);
	f = field_of(name);
	/* Also where the line is broken: the field is not missing then. */
	if (f < N_FIELDS && p->seen[f] == 0)
		p->seen[f] = p->line;
	if (!is_well_formed(p, line))
		return;
	if (f == N_FIELDS) {
		note_unknown(p, name);
		keep_other(p, name, sts_slice_trim(value));
	} else if (p->seen[f] != p->line && f != FIELD_MX) {
		warn(p, "%s is ignored; the one of line %u counts",
		    fields[f].name, p->seen[f]);
	} else {
		fields[f].read(p, sts_slice_trim(value));
	}
}

static void
read_lines(struct parser *p, struct sts_slice text)
{
	const struct sts_slice bom = STS_LIT("\xef\xbb\xbf");
	struct sts_slice line;

	p->line = 1;
	if (sts_slice_starts(text, bom)) {
		fault(p, "the text begins with a byte order mark; save it as "
			 "UTF-8 without one");
		text = sts_slice(text.p + bom.n, text.n - bom.n);
	}
	for (; text.n > 0 && p->err != STS_E_NOMEM; p->line++) {
		bool ended = sts_slice_cut(&text, '\n', &line);

		if (ended && line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		read_line(p, line);
	}
	p->line = 0;
}

/* Of the bytes that sts_policy_print makes of it, the most; `others` apart. */
static size_t
printed_size(const struct parser *p)
{
	/* Where a line has its frame, p->mx has a NUL. */
	return strlen("version: STSv1\r\nmode: testing\r\n"
		      "max_age: 31557600\r\n") +
	       p->mx.n + p->policy.n_mx * (strlen("mx: \r\n") - 1);
}

static void
check_whole(struct parser *p)
{
	const struct sts_policy *policy = &p->policy;

	for (size_t f = 0; f < N_FIELDS; f++)
		if (f != FIELD_MX && p->seen[f] == 0)
			fault(p, "the field \"%s\" is missing", fields[f].name);
	if (policy->mode != STS_MODE_NONE && p->seen[FIELD_MX] == 0)
		fault(p, "mode %s needs at least one mx line",
		    sts_mode_text(policy->mode));
	if (p->err != STS_OK)
		return;
	if (printed_size(p) > STS_POLICY_TEXT_MAX)
		p->err = STS_E_LIMIT;
	p->line = p->seen[FIELD_MAX_AGE];
	if (policy->max_age == 0)
		warn(p, "max_age 0 is accepted, but such a policy is never "
			"remembered");
	else if (policy->max_age < DAY)
		warn(p, "max_age is shorter than a day; weeks are usual "
			"(604800 and more)");
	else if (policy->max_age < WEEK && policy->mode == STS_MODE_ENFORCE)
		warn(p, "max_age is shorter than a week; enforce protects only "
			"senders that remember the policy (604800 and more "
			"are usual)");
	p->line = 0;
}

/* They are for reports: no policy is refused for their sake. */
static struct sts_slice
others_of(const struct parser *p)
{
	struct sts_slice others = sts_buf_view(&p->others);

	if (printed_size(p) + others.n > STS_POLICY_TEXT_MAX)
		return sts_slice(NULL, 0);
	return others;
}

enum sts_err
sts_policy_parse(struct sts_slice text, sts_policy_note_fn *note, void *cookie,
    struct sts_policy **out)
{
	struct parser p = { .note = note, .cookie = cookie };
	struct sts_policy *policy = NULL;

	sts_buf_init(&p.mx, STS_POLICY_TEXT_MAX);
	sts_buf_init(&p.others, STS_POLICY_OTHERS_MAX);
	if (text.n > STS_POLICY_TEXT_MAX) {
		p.err = STS_E_LIMIT;
	} else {
		read_lines(&p, text);
		if (p.err != STS_E_NOMEM)
			check_whole(&p);
	}
	if (p.err == STS_E_LIMIT)
		fault(&p, "the text is longer than %d bytes",
		    STS_POLICY_TEXT_MAX);
	if (p.err == STS_OK) {
		policy = sts_policy_make(
		    &p.policy, sts_buf_view(&p.mx), others_of(&p));
		p.err = policy == NULL ? STS_E_NOMEM : STS_OK;
	}
	sts_buf_deinit(&p.mx);
	sts_buf_deinit(&p.others);
	if (p.err == STS_OK)
		*out = policy;
	return p.err;
}
