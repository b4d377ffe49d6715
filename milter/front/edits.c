#include "sts/front/edits.h"

#include "sts/core/statusheader.h"

#include <stdlib.h>

enum { HEADER_MAX = 4096, QUARANTINE_MAX = 400 }; /* bytes */

void
sts_edits_deinit(struct sts_edits *edits)
{
	for (size_t i = 0; i < edits->n_headers; i++)
		free(edits->headers[i]);
	free(edits->headers);
	free(edits->quarantine);
	memset(edits, 0, sizeof(*edits));
}

static bool
told_already(const struct sts_edits *edits, const char *value)
{
	for (size_t i = 0; i < edits->n_headers; i++)
		if (strcmp(edits->headers[i], value) == 0)
			return true;
	return false;
}

/* Takes the value over, whatever comes of it. */
static enum sts_err
add(struct sts_edits *edits, char *value)
{
	char **grown;

	if (told_already(edits, value)) {
		free(value);
		return STS_OK;
	}
	grown = reallocarray(
	    edits->headers, edits->n_headers + 1, sizeof(edits->headers[0]));
	if (grown == NULL) {
		free(value);
		return STS_E_NOMEM;
	}
	edits->headers = grown;
	edits->headers[edits->n_headers++] = value;
	return STS_OK;
}

enum sts_err
sts_edits_header(struct sts_edits *edits, const struct sts_conf *conf,
    const struct sts_inquiry *q, enum sts_action action, bool single)
{
	const struct sts_status status = {
		.host = conf->hostname,
		.domain = single ? q->domain : NULL,
		.id = single ? sts_inquiry_id(q) : NULL,
		.mx = single ? sts_inquiry_mx(q) : NULL,
		.verdict = &q->verdict,
		.action = action,
	};
	enum sts_err err;
	struct sts_buf b;

	sts_buf_init(&b, HEADER_MAX);
	sts_status_header(&status, strlen(conf->header_name), &b);
	err = sts_buf_err(&b);
	if (err == STS_OK)
		err = add(edits, sts_buf_take(&b));
	sts_buf_deinit(&b);
	return err;
}

enum sts_err
sts_edits_quarantine(
    struct sts_edits *edits, const struct sts_inquiry *q, bool single)
{
	const char *reason = sts_reason_text(q->verdict.reason);
	enum sts_err err;
	struct sts_buf b;

	sts_buf_init(&b, QUARANTINE_MAX);
	sts_buf_str(&b, "mta-sts: ");
	if (single && q->domain[0] != '\0')
		sts_buf_printf(&b, "%s: ", q->domain);
	sts_buf_str(&b, reason[0] == '\0' ? "no validated path" : reason);
	err = sts_buf_err(&b);
	if (err == STS_OK) {
		free(edits->quarantine);
		edits->quarantine = sts_buf_take(&b);
	}
	sts_buf_deinit(&b);
	return err;
}
