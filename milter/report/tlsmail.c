#include "sts/report/tlsmail.h"

#include "sts/base/clock.h"
#include "sts/engine/mailer.h"
#include "sts/report/tlsmaker.h"

#include <stdio.h>
#include <time.h>

/* Past the longest: three names in one field, and what stands between. */
enum { TEXT_MAX = 16384 };

/* RFC 5322 section 3.3; months and days are the C locale's, for nobody sets
 * another. */
static void
add_date(struct sts_buf *b, int64_t wall_s)
{
	time_t at = (time_t)wall_s;
	char text[64] = "";
	struct tm tm;

	if (gmtime_r(&at, &tm) != NULL)
		(void)strftime(
		    text, sizeof(text), "%a, %d %b %Y %H:%M:%S +0000", &tm);
	sts_buf_printf(b, "Date: %s\n", text);
}

/* One field a line; a fold has a CR before its LF. */
static void
add_header(struct sts_buf *b, const struct sts_conf *conf,
    const struct sts_delivery *d, int64_t now)
{
	const char *submitter = sts_tlsmaker_submitter(conf);

	sts_buf_printf(b, "From: <%s>\n", conf->tlsrpt_from);
	sts_buf_printf(b, "To: <%s>\n", d->target);
	add_date(b, now);
	/* The same however often it is tried. */
	sts_buf_printf(
	    b, "Message-ID: <%lld.%s>\n", (long long)d->id, d->report_id);
	sts_buf_printf(b,
	    "Subject: Report Domain: %s\r\n Submitter: %s\r\n"
	    " Report-ID: <%s>\n",
	    d->domain, submitter, d->report_id);
	sts_buf_printf(b, "TLS-Report-Domain: %s\n", d->domain);
	sts_buf_printf(b, "TLS-Report-Submitter: %s\n", submitter);
	/* RFC 8460 section 3: to be delivered despite any TLS failure. */
	sts_buf_str(b, "TLS-Required: No\n");
	sts_buf_str(b, "Auto-Submitted: auto-generated\n");
	sts_buf_str(
	    b, "Content-Type: multipart/report; report-type=\"tlsrpt\"\n");
}

static void
add_text(struct sts_buf *b, const struct sts_conf *conf,
    const struct sts_delivery *d)
{
	char begin[STS_TIME_TEXT], end[STS_TIME_TEXT];

	sts_buf_printf(b,
	    "This is an aggregate TLS report from %s\r\n"
	    "about sessions with %s\r\nfrom %s to %s.\r\n",
	    sts_tlsmaker_submitter(conf), d->domain,
	    sts_time_rfc3339(d->day * STS_DAY_S, begin),
	    sts_time_rfc3339((d->day + 1) * STS_DAY_S - 1, end));
}

/* Each line of the text, which is cut for that, is a field. */
static void
split(char *text, const char **fields, size_t max)
{
	size_t n = 0;

	for (char *p = text; *p != '\0' && n + 1 < max; n++) {
		char *end = p;

		/* A line end that belongs to a fold follows a CR. */
		while (*end != '\0' && (*end != '\n' || end[-1] == '\r'))
			end++;
		fields[n] = p;
		p = *end == '\0' ? end : end + 1;
		*end = '\0';
	}
	fields[n] = NULL;
}

bool
sts_tlsmail_send(const struct sts_conf *conf, const struct sts_delivery *d,
    int64_t now, char *detail, size_t size)
{
	const char *fields[16];
	struct sts_buf header, text, filename;
	struct sts_mail mail = {
		.from = conf->tlsrpt_from,
		.to = d->target,
		.header = fields,
		.type = "application/tlsrpt+gzip",
		.file = sts_slice(d->body, d->n),
	};
	bool taken = false;

	sts_buf_init(&header, TEXT_MAX);
	sts_buf_init(&text, TEXT_MAX);
	sts_buf_init(&filename, TEXT_MAX);
	add_header(&header, conf, d, now);
	add_text(&text, conf, d);
	sts_tlsmaker_filename(conf, d->day, d->domain, &filename);
	(void)snprintf(detail, size, "out of memory");
	if (sts_buf_err(&header) == STS_OK && sts_buf_err(&text) == STS_OK &&
	    sts_buf_err(&filename) == STS_OK) {
		split(header.p, fields, sizeof(fields) / sizeof(fields[0]));
		mail.text = sts_buf_cstr(&text);
		mail.filename = sts_buf_cstr(&filename);
		taken =
		    sts_mailer_send(&mail, &conf->tlsrpt_smtp, conf->hostname);
		(void)snprintf(detail, size, "%s", mail.detail);
	}
	sts_buf_deinit(&filename);
	sts_buf_deinit(&text);
	sts_buf_deinit(&header);
	return taken;
}
