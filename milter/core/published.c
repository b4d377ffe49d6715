#include "sts/core/published.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { STRING_MAX = 255 }; /* bytes of a character-string, RFC 1035 3.3 */

void
sts_published_deinit(struct sts_published *p)
{
	sts_policy_put(p->policy);
	free(p->tlsrpt);
	*p = (struct sts_published){ .policy = NULL };
}

/* One byte inside the quotes of a zone file (RFC 1035 section 5.1). */
static void
print_byte(struct sts_buf *b, char c)
{
	unsigned char u = (unsigned char)c;

	if (u == '"' || u == '\\')
		sts_buf_printf(b, "\\%c", c);
	else if (u < 0x20 || u >= 0x7f)
		sts_buf_printf(b, "\\%03u", u);
	else
		sts_buf_char(b, c);
}

static void
print_txt(struct sts_buf *b, const char *owner, const char *domain,
    struct sts_slice text)
{
	sts_buf_printf(
	    b, "%s.%s. %d IN TXT \"", owner, domain, STS_PUBLISHED_TTL);
	for (size_t i = 0; i < text.n; i++) {
		if (i > 0 && i % STRING_MAX == 0)
			sts_buf_str(b, "\" \"");
		print_byte(b, text.p[i]);
	}
	sts_buf_str(b, "\"\n");
}

static void
print_state(const struct sts_published *p, struct sts_buf *b)
{
	const struct sts_policy *policy = p->policy;

	sts_buf_printf(b, "; mta-sts %s mode=%s max_age=%u", p->domain,
	    sts_mode_text(policy->mode), (unsigned)policy->max_age);
	for (size_t i = 0; i < policy->n_mx; i++)
		sts_buf_printf(b, " mx=%s", policy->mx[i]);
	if (p->earlier > 0)
		sts_buf_printf(b, " earlier=%" PRId64, p->earlier);
	sts_buf_char(b, '\n');
}

void
sts_published_print(const struct sts_published *p, struct sts_buf *b)
{
	char record[sizeof("v=STSv1; id=;") + STS_ID_SIZE];

	print_state(p, b);
	(void)snprintf(record, sizeof(record), "v=STSv1; id=%s;", p->id);
	print_txt(b, "_mta-sts", p->domain, sts_slice_str(record));
	if (p->tlsrpt != NULL)
		print_txt(b, "_smtp._tls", p->domain, sts_slice_str(p->tlsrpt));
	if (p->host_at[0] != '\0')
		sts_buf_printf(b, "mta-sts.%s. %d IN CNAME %s.\n", p->domain,
		    STS_PUBLISHED_TTL, p->host_at);
}

/* The next number of the same length, its letters left alone. */
static void
count_up(char *id)
{
	for (size_t i = strlen(id); i-- > 0;) {
		if (!sts_is_digit(id[i]))
			continue;
		if (id[i] != '9') {
			id[i]++;
			return;
		}
		id[i] = '0';
	}
}

char *
sts_id_next(const char *stamp, const char *previous, char dst[STS_ID_SIZE])
{
	bool later =
	    strlen(stamp) != strlen(previous) || strcmp(stamp, previous) > 0;

	(void)snprintf(dst, STS_ID_SIZE, "%s", later ? stamp : previous);
	if (!later)
		count_up(dst);
	return dst;
}
