#include "sts/prog/mailq.h"

enum { ID_MIN = 12 };

static const struct sts_slice quarantine = STS_LIT("     QUARANTINE: ");

bool
sts_mailq_is_id(struct sts_slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!sts_is_alnum(text.p[i]))
			return false;
	return text.n >= ID_MIN && text.n < STS_MAILQ_ID;
}

void
sts_mailq_init(struct sts_mailq *q, const struct sts_mailq_told *told)
{
	memset(q, 0, sizeof(*q));
	q->told = *told;
	sts_buf_init(&q->line, STS_MAILQ_LINE);
}

void
sts_mailq_deinit(struct sts_mailq *q)
{
	sts_buf_deinit(&q->line);
}

static void
tell_entry(struct sts_mailq *q)
{
	if (q->open && !q->is_told)
		q->told.entry(q->told.cookie, &q->entry);
	q->is_told = q->open;
}

static struct sts_slice
skip_blanks(struct sts_slice s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = sts_slice(s.p + 1, s.n - 1);
	return s;
}

static bool
skip_number(struct sts_slice *s)
{
	size_t n = 0;

	*s = skip_blanks(*s);
	while (n < s->n && sts_is_digit(s->p[n]))
		n++;
	*s = sts_slice(s->p + n, s->n - n);
	return n > 0;
}

/* "      5      30017 Nov 22 06:39 <sender>": behind the id and a mark that
 * says whether it is being delivered. */
static void
take_time(struct sts_slice rest, char *time)
{
	const size_t n = STS_MAILQ_TIME - 1;

	for (int i = 0; i < 2; i++) /* its size and its priority */
		if (!skip_number(&rest))
			return;
	if (rest.n > 0 && rest.p[0] == '+')
		rest = sts_slice(rest.p + 1, rest.n - 1);
	rest = skip_blanks(rest);
	if (rest.n < n || sts_slice_copy(sts_slice(rest.p, n), time,
			      STS_MAILQ_TIME) != STS_OK)
		time[0] = '\0';
}

/* A line that begins with an id begins an entry; whatever else does so ends the
 * one before. */
static void
take_first_line(struct sts_mailq *q, struct sts_slice line)
{
	size_t n = 0;

	tell_entry(q);
	memset(&q->entry, 0, sizeof(q->entry));
	while (n < line.n && sts_is_alnum(line.p[n]))
		n++;
	q->open = sts_mailq_is_id(sts_slice(line.p, n)) &&
		  sts_slice_copy(sts_slice(line.p, n), q->entry.id,
		      sizeof(q->entry.id)) == STS_OK;
	q->is_told = false;
	if (q->open && n < line.n)
		take_time(
		    sts_slice(line.p + n + 1, line.n - n - 1), q->entry.time);
}

/* The reason stands at once behind the first line, before all that others
 * wrote. */
static void
take_more(struct sts_mailq *q, struct sts_slice line)
{
	struct sts_slice text = skip_blanks(line);

	if (!q->open || text.n == 0)
		return;
	if (!q->is_told && q->entry.reason[0] == '\0' &&
	    sts_slice_starts(line, quarantine)) {
		text = sts_slice(line.p + quarantine.n, line.n - quarantine.n);
		if (text.n >= STS_MAILQ_REASON)
			text.n = STS_MAILQ_REASON - 1;
		if (sts_slice_copy(text, q->entry.reason,
			sizeof(q->entry.reason)) != STS_OK)
			q->entry.reason[0] = '\0';
		return;
	}
	tell_entry(q);
	if (text.p[0] != '(') /* how the last delivery went */
		q->told.recipient(q->told.cookie, text);
}

static void
take_line(struct sts_mailq *q, struct sts_slice line)
{
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (line.n > 0 && line.p[0] != ' ' && line.p[0] != '\t')
		take_first_line(q, line);
	else if (!sts_slice_starts(line, STS_LIT("\t\tTotal requests")) &&
		 !sts_slice_starts(line, STS_LIT("\t\t/")))
		take_more(q, line);
}

/* What is past the cap of a line is dropped. */
static void
add(struct sts_mailq *q, struct sts_slice part)
{
	size_t room = (size_t)STS_MAILQ_LINE - q->line.n;

	sts_buf_add(&q->line, part.p, part.n < room ? part.n : room);
}

void
sts_mailq_feed(struct sts_mailq *q, struct sts_slice bytes)
{
	struct sts_slice part;

	while (bytes.n > 0) {
		bool whole = sts_slice_cut(&bytes, '\n', &part);

		if (part.n > 0)
			add(q, part);
		if (!whole || sts_buf_err(&q->line) != STS_OK)
			return;
		take_line(q, sts_buf_view(&q->line));
		sts_buf_clear(&q->line);
	}
}

enum sts_err
sts_mailq_end(struct sts_mailq *q)
{
	if (sts_buf_err(&q->line) != STS_OK)
		return sts_buf_err(&q->line);
	if (q->line.n > 0)
		take_line(q, sts_buf_view(&q->line));
	tell_entry(q);
	q->open = false;
	return STS_OK;
}
