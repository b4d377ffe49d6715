#include "sts/prog/reportfile.h"

#include "sts/base/buf.h"
#include "sts/base/escape.h"
#include "sts/prog/gunzip.h"
#include "sts/prog/reportmail.h"
#include "sts/prog/reportread.h"

#include <stdio.h>

enum { PREFIX_SIZE = 192, SHOWN = 96 };

struct unpacking {
	const struct sts_reportfile_sink *sink;
	enum sts_err err; /* only STS_E_NOMEM ends it */
	unsigned depth;
	char prefix[PREFIX_SIZE]; /* "message 3: attachment x.gz: " */
	size_t told; /* reports and faults */
	/* A part that need not be a report: what it is instead is kept. */
	bool quiet;
	struct sts_reporthint hint; /* of the mail that we are in */
	char instead[STS_REPORTFILE_WHY];
};

static void unpack(struct unpacking *u, struct sts_slice bytes);

static void
broken(struct unpacking *u, const char *why)
{
	char text[STS_REPORTFILE_WHY];

	(void)snprintf(text, sizeof(text), "%s%s", u->prefix, why);
	if (u->quiet) {
		memcpy(u->instead, text, sizeof(text));
		return;
	}
	u->told++;
	u->sink->broken(u->sink->cookie, text);
}

/* Adds to the prefix; returns where it ended before, for set_back. */
static size_t
go_into(struct unpacking *u, const char *what, const char *name)
{
	size_t n = strlen(u->prefix);
	char shown[SHOWN];

	(void)snprintf(u->prefix + n, sizeof(u->prefix) - n, "%s %s: ", what,
	    sts_escape_to(shown, sizeof(shown), sts_slice_str(name)));
	return n;
}

static void
set_back(struct unpacking *u, size_t n)
{
	u->prefix[n] = '\0';
}

static void
unpack_gzip(struct unpacking *u, struct sts_slice bytes)
{
	struct sts_buf out;
	enum sts_err err;

	sts_buf_init(&out, STS_REPORTFILE_UNPACKED);
	err = sts_gunzip(bytes, &out);
	if (err == STS_E_NOMEM)
		u->err = err;
	else if (err == STS_E_LIMIT)
		broken(u, "it unpacks (gzip) to more than 16 MiB: no TLS "
			  "report does");
	else if (err == STS_E_NOTFOUND)
		broken(u, "the gzip data end too early: was it cut off?");
	else if (err != STS_OK)
		broken(u, "the gzip data are damaged");
	else
		unpack(u, sts_buf_view(&out));
	sts_buf_deinit(&out);
}

/* `report send --dry-run` says beside each where it would go. */
static void
read_report(struct unpacking *u, const json_t *json)
{
	const json_t *inside = json_object_get(json, "report");
	char why[STS_REPORT_WHY];
	json_t *report;
	enum sts_err err = sts_reportread(
	    json_is_object(inside) ? inside : json, why, &report);

	if (err == STS_OK) {
		err = sts_reportread_hint(report, &u->hint);
		if (err != STS_OK)
			json_decref(report);
	}

	if (err == STS_E_NOMEM) {
		u->err = err;
	} else if (err != STS_OK) {
		broken(u, why);
	} else {
		u->told++;
		u->sink->report(u->sink->cookie, report);
	}
}

static void
read_reports(struct unpacking *u, const json_t *json)
{
	const json_t *inside = json_object_get(json, "reports");
	const json_t *all = json_is_array(inside) ? inside : json;
	char number[32];

	if (!json_is_array(all)) {
		read_report(u, json);
		return;
	}
	if (json_array_size(all) == 0)
		broken(u, "there is no report in it");
	if (json_array_size(all) > STS_REPORTFILE_REPORTS) {
		broken(u, "there are more than 10000 reports in one array");
		return;
	}
	for (size_t i = 0; i < json_array_size(all) && u->err == STS_OK; i++) {
		size_t n;

		(void)snprintf(number, sizeof(number), "%zu", i + 1);
		n = go_into(u, "report", number);
		read_report(u, json_array_get(all, i));
		set_back(u, n);
	}
}

static void
unpack_json(struct unpacking *u, struct sts_slice bytes)
{
	char why[STS_REPORT_WHY];
	json_t *json;
	enum sts_err err = sts_reportread_text(bytes, why, &json);

	if (err == STS_E_NOMEM) {
		u->err = err;
	} else if (err != STS_OK) {
		broken(u, why);
	} else {
		read_reports(u, json);
		json_decref(json);
	}
}

/* A part of unknown type may be anything; only if it turns out to be a report
 * it is told of. */
static void
on_part(void *cookie, const struct sts_reportmail_part *part)
{
	struct unpacking *u = cookie;
	bool quiet = u->quiet;
	size_t n;

	if (u->err != STS_OK)
		return;
	n = go_into(u, "attachment", part->name);
	u->quiet = quiet || !part->sure;
	u->hint = (struct sts_reporthint){ part->domain, part->submitter };
	unpack(u, part->content);
	u->hint = (struct sts_reporthint){ NULL, NULL };
	u->quiet = quiet;
	set_back(u, n);
}

static void
unpack_mail(struct unpacking *u, struct sts_slice bytes)
{
	char why[STS_REPORT_WHY], text[STS_REPORTFILE_WHY];
	size_t told = u->told;
	enum sts_err err;

	u->instead[0] = '\0';
	err = sts_reportmail_visit(bytes, on_part, u, why);
	if (err != STS_OK) {
		broken(u, why);
	} else if (u->told == told && u->err == STS_OK) {
		(void)snprintf(text, sizeof(text),
		    "it is a mail without a TLS report%s%.400s",
		    u->instead[0] == '\0' ? "" : "; ", u->instead);
		broken(u, text);
	}
}

/* Cuts the mail at the start of an mbox off it: up to an empty line with "From
 * " behind it.  Returns false behind the last. */
static bool
cut_mail(struct sts_slice *rest, struct sts_slice *mail)
{
	static const char mark[] = "\n\nFrom ";
	const char *end = memmem(rest->p, rest->n, mark, sizeof(mark) - 1);

	*mail = *rest;
	if (end == NULL)
		return false;
	mail->n = (size_t)(end - rest->p) + 2;
	*rest = sts_slice(end + 2, rest->n - mail->n);
	return true;
}

static void
unpack_mbox(struct unpacking *u, struct sts_slice bytes)
{
	struct sts_slice mail;
	char number[32];
	size_t i = 0, n;
	bool more = true;

	while (more && u->err == STS_OK) {
		if (i == STS_REPORTFILE_MESSAGES) {
			broken(u, "there are more than 50000 messages in it: "
				  "the rest is left out");
			return;
		}
		more = cut_mail(&bytes, &mail);
		(void)snprintf(number, sizeof(number), "%zu", ++i);
		n = go_into(u, "message", number);
		unpack_mail(u, mail);
		set_back(u, n);
	}
}

static struct sts_slice
without_space(struct sts_slice s)
{
	while (s.n > 0 && strchr(" \t\r\n", s.p[0]) != NULL && s.p[0] != '\0')
		s = sts_slice(s.p + 1, s.n - 1);
	return s;
}

static bool
is_json(struct sts_slice bytes)
{
	struct sts_slice s = without_space(bytes);

	return sts_slice_starts(s, STS_LIT("{")) ||
	       sts_slice_starts(s, STS_LIT("[")) ||
	       sts_slice_starts(s, STS_LIT("\xef\xbb\xbf"));
}

static void
unpack_by_kind(struct unpacking *u, struct sts_slice bytes)
{
	if (without_space(bytes).n == 0)
		broken(u, "it is empty");
	else if (sts_gunzip_is(bytes))
		unpack_gzip(u, bytes);
	else if (sts_slice_starts(bytes, STS_LIT("PK\x03\x04")))
		broken(u, "it is a zip archive, which TLS reports never are: "
			  "unpack it first");
	else if (is_json(bytes))
		unpack_json(u, bytes);
	else if (sts_slice_starts(bytes, STS_LIT("From ")))
		unpack_mbox(u, bytes);
	else if (sts_reportmail_is(bytes))
		unpack_mail(u, bytes);
	else
		broken(u, "it is neither a TLS report (JSON), nor gzip of one, "
			  "nor a mail");
}

static void
unpack(struct unpacking *u, struct sts_slice bytes)
{
	if (u->depth == STS_REPORTFILE_DEPTH) {
		broken(u, "it is packed into itself more than 6 deep");
		return;
	}
	u->depth++;
	unpack_by_kind(u, bytes);
	u->depth--;
}

enum sts_err
sts_reportfile_unpack(
    struct sts_slice bytes, const struct sts_reportfile_sink *sink)
{
	struct unpacking u = { .sink = sink };

	unpack(&u, bytes);
	return u.err;
}
