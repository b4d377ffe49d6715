#include "sts/core/smtpreply.h"

void
sts_smtp_reply_init(struct sts_smtp_reply *reply)
{
	*reply = (struct sts_smtp_reply){ 0 };
	sts_buf_init(&reply->text, STS_SMTP_REPLY_MAX);
	sts_buf_init(&reply->line, STS_SMTP_LINE_MAX);
}

void
sts_smtp_reply_deinit(struct sts_smtp_reply *reply)
{
	sts_buf_deinit(&reply->text);
	sts_buf_deinit(&reply->line);
}

void
sts_smtp_reply_reset(struct sts_smtp_reply *reply)
{
	sts_buf_clear(&reply->text);
	sts_buf_clear(&reply->line);
	reply->code = 0;
	reply->first_code = 0;
	reply->n_lines = 0;
}

/* The three digits in front, 0 where they are none or not 200 to 599. */
static int
code_of(struct sts_slice line)
{
	int code = 0;

	if (line.n < 3)
		return 0;
	for (size_t i = 0; i < 3; i++) {
		if (!sts_is_digit(line.p[i]))
			return 0;
		code = code * 10 + (line.p[i] - '0');
	}
	return code >= 200 && code <= 599 ? code : 0;
}

/* The line that was gathered, without its LF or CRLF. */
static struct sts_slice
gathered(const struct sts_smtp_reply *reply)
{
	struct sts_slice line = sts_buf_view(&reply->line);

	line.n--;
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

/* Takes the line that was gathered. STS_E_AGAIN: the reply goes on. */
static enum sts_err
end_line(struct sts_smtp_reply *reply)
{
	struct sts_slice line = gathered(reply);
	int code = code_of(line);
	bool last = line.n <= 3 || line.p[3] == ' ';

	if (code == 0 || (!last && line.p[3] != '-'))
		return STS_E_SYNTAX;
	/* RFC 5321 section 4.2.1: the code of all lines is the same. */
	if (reply->n_lines > 0 && code != reply->first_code)
		return STS_E_SYNTAX;
	if (reply->n_lines >= STS_SMTP_REPLY_LINES)
		return STS_E_LIMIT;
	if (reply->n_lines > 0)
		sts_buf_char(&reply->text, '\n');
	if (line.n > 4)
		sts_buf_add(&reply->text, line.p + 4, line.n - 4);
	if (sts_buf_err(&reply->text) != STS_OK)
		return sts_buf_err(&reply->text);
	reply->first_code = code;
	reply->n_lines++;
	sts_buf_clear(&reply->line);
	if (last)
		reply->code = code;
	return last ? STS_OK : STS_E_AGAIN;
}

/* Takes bytes up to a line end, or all.  STS_E_AGAIN: the reply goes on. */
static enum sts_err
take_line(struct sts_smtp_reply *reply, struct sts_slice *in)
{
	struct sts_slice part;
	bool ended = sts_slice_cut(in, '\n', &part);

	sts_buf_slice(&reply->line, part);
	if (ended)
		sts_buf_char(&reply->line, '\n'); /* the cap counts it */
	if (sts_buf_err(&reply->line) != STS_OK)
		return sts_buf_err(&reply->line);
	return ended ? end_line(reply) : STS_E_AGAIN;
}

enum sts_err
sts_smtp_reply_feed(
    struct sts_smtp_reply *reply, struct sts_slice in, size_t *used)
{
	size_t n = in.n;
	enum sts_err err = STS_E_AGAIN;

	while (err == STS_E_AGAIN && in.n > 0)
		err = take_line(reply, &in);
	if (err == STS_OK || err == STS_E_AGAIN)
		*used = n - in.n;
	return err;
}

bool
sts_smtp_reply_offers(
    const struct sts_smtp_reply *reply, struct sts_slice keyword)
{
	struct sts_slice rest = sts_buf_view(&reply->text);
	struct sts_slice line, word;
	bool more = sts_slice_cut(&rest, '\n', &line); /* the greeting */

	while (more) {
		more = sts_slice_cut(&rest, '\n', &line);
		(void)sts_slice_cut(&line, ' ', &word);
		if (sts_slice_eq_nocase(word, keyword))
			return true;
	}
	return false;
}
