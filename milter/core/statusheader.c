#include "sts/core/statusheader.h"

#include "sts/base/escape.h"

#include <stdio.h>

enum { COLUMNS = 76, VALUE_SIZE = 300, PAIR_SIZE = VALUE_SIZE + 16 };

/* A header in the making, and the column where it stands. */
struct header {
	struct sts_buf *b;
	size_t column;
};

static void
add_pair(struct header *h, const char *key, const char *value)
{
	char escaped[VALUE_SIZE], pair[PAIR_SIZE];
	size_t n;

	if (value == NULL || value[0] == '\0')
		return;
	sts_escape_to(escaped, sizeof(escaped), sts_slice_str(value));
	(void)snprintf(pair, sizeof(pair), "%s=%s", key, escaped);
	n = strlen(pair);
	/* With "; " before it and perhaps a ";" behind. */
	if (h->column + 2 + n + 1 > COLUMNS) {
		sts_buf_str(h->b, ";\n ");
		h->column = 1 + n;
	} else {
		sts_buf_str(h->b, "; ");
		h->column += 2 + n;
	}
	sts_buf_add(h->b, pair, n);
}

void
sts_status_header(
    const struct sts_status *status, size_t name_len, struct sts_buf *b)
{
	const struct sts_verdict *v = status->verdict;
	const char *result = sts_result_text(v->result);
	const char *mode = v->in_policy ? sts_mode_text(v->mode) : NULL;
	struct header h = { b, name_len + 2 + strlen(result) }; /* ": " */

	sts_buf_str(b, result);
	add_pair(&h, "host", status->host);
	add_pair(&h, "domain", status->domain);
	add_pair(&h, "policy", mode);
	add_pair(&h, "id", status->id);
	add_pair(&h, "reason", sts_reason_text(v->reason));
	add_pair(&h, "mx", status->mx);
	add_pair(&h, "action", sts_action_text(status->action));
}
