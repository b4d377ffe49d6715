#include "sts/core/netstring.h"

enum { HEAD_SIZE = 24 }; /* the digits of any size_t, a colon */

/*
 * Reads `LENGTH:`, of which *head bytes are taken.  No zero stands before
 * another digit: so a length has one form, and never more digits than `max`.
 */
static enum sts_err
read_length(struct sts_slice in, size_t max, size_t *length, size_t *head)
{
	size_t value = 0, i;

	for (i = 0; i < in.n && sts_is_digit(in.p[i]); i++) {
		if (i == 1 && in.p[0] == '0')
			return STS_E_SYNTAX;
		value = 10 * value + (size_t)(in.p[i] - '0');
		if (value > max)
			return STS_E_LIMIT;
	}
	if (i == in.n)
		return STS_E_AGAIN;
	if (i == 0 || in.p[i] != ':')
		return STS_E_SYNTAX;
	*length = value;
	*head = i + 1;
	return STS_OK;
}

enum sts_err
sts_netstring_read(struct sts_slice *in, size_t max, struct sts_slice *body)
{
	size_t length, head, left;
	enum sts_err err = read_length(*in, max, &length, &head);

	if (err != STS_OK)
		return err;
	left = in->n - head;
	if (left <= length)
		return STS_E_AGAIN;
	if (in->p[head + length] != ',')
		return STS_E_SYNTAX;
	*body = sts_slice(in->p + head, length);
	*in = sts_slice(in->p + head + length + 1, left - length - 1);
	return STS_OK;
}

void
sts_netstring_add(struct sts_buf *b, struct sts_slice body)
{
	char head[HEAD_SIZE], *p = head + sizeof(head);
	size_t left = body.n;

	/* From its end, and without printf: one is made for each reply. */
	*--p = ':';
	do {
		*--p = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	sts_buf_add(b, p, (size_t)(head + sizeof(head) - p));
	sts_buf_slice(b, body);
	sts_buf_char(b, ',');
}
