#include "sts/prog/heldheader.h"

struct field {
	struct sts_slice name, value; /* the value with its folds */
};

static bool
is_fold(struct sts_slice rest)
{
	return rest.n > 0 && (rest.p[0] == ' ' || rest.p[0] == '\t');
}

/* false: there is none any more. */
static bool
next_field(struct sts_slice *rest, struct field *out)
{
	struct sts_slice line = { NULL, 0 }, whole;
	const char *from = rest->p;

	if (rest->n == 0 || is_fold(*rest))
		return false;
	do
		(void)sts_slice_cut(rest, '\n', &line);
	while (is_fold(*rest));
	whole = sts_slice(from, (size_t)(line.p + line.n - from));
	if (!sts_slice_cut(&whole, ':', &out->name))
		return false; /* the empty line, or what is no header */
	out->name = sts_slice_trim(out->name);
	out->value = whole;
	return true;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The next word, up to white space or a semicolon; empty at the end. */
static struct sts_slice
next_word(struct sts_slice *rest)
{
	size_t from = 0, to;

	while (
	    from < rest->n && (is_space(rest->p[from]) || rest->p[from] == ';'))
		from++;
	to = from;
	while (to < rest->n && !is_space(rest->p[to]) && rest->p[to] != ';')
		to++;
	*rest = sts_slice(rest->p + from, rest->n - from);
	to -= from;
	rest->p += to;
	rest->n -= to;
	return sts_slice(rest->p - to, to);
}

/* "Received: from ... by ... with ESMTP id QUEUEID; ..." */
static bool
has_id(struct sts_slice received, const char *queue_id)
{
	struct sts_slice word, before = { NULL, 0 };

	while ((word = next_word(&received)).n > 0) {
		if (sts_slice_eq(before, STS_LIT("id")) &&
		    sts_slice_eq(word, sts_slice_str(queue_id)))
			return true;
		before = word;
	}
	return false;
}

/* What stands above the first Received field, if that is this server's own. */
static bool
cut_own_part(
    struct sts_slice fields, const char *queue_id, struct sts_slice *out)
{
	struct sts_slice rest = fields;
	struct field field;

	while (next_field(&rest, &field)) {
		if (!sts_slice_eq_nocase(field.name, STS_LIT("Received")))
			continue;
		*out = sts_slice(fields.p, (size_t)(field.name.p - fields.p));
		return has_id(field.value, queue_id);
	}
	return false;
}

/* Fails that no enforced policy asks for. */
static bool
is_required(const struct sts_status_read *status)
{
	return status->result == STS_RESULT_FAIL &&
	       !(status->has_mode && status->mode == STS_MODE_ENFORCE);
}

bool
sts_heldheader_read(struct sts_slice fields, const struct sts_heldheader_of *of,
    struct sts_heldheader *out)
{
	struct sts_heldheader found = { .domain = "" };
	struct sts_status_read status;
	struct sts_slice own;
	struct field field;
	bool ours = false;
	size_t n = 0;

	if (!cut_own_part(fields, of->queue_id, &own))
		return false;
	while (next_field(&own, &field)) {
		if (!sts_slice_eq_nocase(field.name, sts_slice_str(of->name)))
			continue;
		if (sts_status_read(field.value, &status) != STS_OK ||
		    strcmp(status.host, of->host) != 0)
			return false;
		if (n++ == 0)
			memcpy(
			    found.domain, status.domain, sizeof(found.domain));
		if (status.action != STS_ACTION_QUARANTINE)
			continue;
		if (!ours)
			found.reason = status.reason;
		ours = true;
		found.required = found.required || is_required(&status);
	}
	if (n > 1)
		found.domain[0] = '\0';
	if (ours)
		*out = found;
	return ours;
}
