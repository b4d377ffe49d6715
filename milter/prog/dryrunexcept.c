/* The exceptions that would let through what a dry run would hold. */
#include "sts/base/clock.h"
#include "sts/prog/dryrunparts.h"

#include <stdio.h>
#include <string.h>

enum {
	BLOCKS_MAX = 200,
	MONTH = 30 * 86400,
	DATE = 10, /* bytes of a time that are its day */
};

/* Policy discovery that fails has a word of its own, and no exception. */
static bool
can_be_excepted(const struct sts_dryrun_row *row)
{
	return sts_dryrun_held(row) > 0 && row->domain[0] != '\0' &&
	       (row->verdict.in_policy || row->verdict.required);
}

static const struct sts_exception *
find_block(const struct sts_conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->n_exceptions; i++)
		if (strcmp(conf->exceptions[i].name, name) == 0)
			return &conf->exceptions[i];
	return NULL;
}

/* Some reasons of one domain: one block for all of them. */
struct needs {
	bool on_fail, on_unreachable;
	const struct sts_dryrun_row *first;
};

static struct needs
needs_of(const struct sts_dryrun_row *const *rows, size_t n, size_t from)
{
	struct needs needs = { .first = NULL };

	for (size_t i = 0; i < n; i++) {
		if (!can_be_excepted(rows[i]) ||
		    strcmp(rows[i]->domain, rows[from]->domain) != 0)
			continue;
		if (needs.first == NULL)
			needs.first = rows[i];
		if (rows[i]->verdict.result == STS_RESULT_FAIL)
			needs.on_fail = true;
		else
			needs.on_unreachable = true;
	}
	return needs;
}

static void
put_block(const struct sts_dryrun_settings *settings, const struct needs *needs,
    struct sts_buf *b)
{
	const struct sts_dryrun_row *row = needs->first;
	char until[STS_TIME_TEXT];

	(void)sts_time_rfc3339(settings->now + MONTH, until);
	sts_buf_printf(b, "domain \"%s\" {\n", row->domain);
	if (needs->on_fail)
		sts_buf_str(b, "    on_fail = \"log\"\n");
	if (needs->on_unreachable)
		sts_buf_str(b, "    on_unreachable = \"log\"\n");
	sts_buf_printf(b, "    until = \"%.*s\"\n", (int)DATE, until);
	sts_buf_printf(b, "    reason = \"%s%s%s\"\n}\n",
	    sts_reason_text(row->reason), row->mx[0] == '\0' ? "" : " at ",
	    row->mx);
}

void
sts_dryrun_exceptions(const struct sts_dryrun_settings *settings,
    const struct sts_dryrun_row *const *rows, size_t n, struct sts_buf *b)
{
	size_t blocks = 0;

	for (size_t i = 0; i < n && blocks < BLOCKS_MAX; i++) {
		struct needs needs;
		const struct sts_exception *there;

		if (!can_be_excepted(rows[i]))
			continue;
		needs = needs_of(rows, n, i);
		if (needs.first != rows[i])
			continue;
		blocks++;
		there = find_block(settings->conf, rows[i]->domain);
		if (there == NULL)
			put_block(settings, &needs, b);
		else
			sts_buf_printf(b,
			    "# \"%s\" has a block in line %u already: change "
			    "that\n",
			    there->name, there->line);
	}
}
