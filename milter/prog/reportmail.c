#include "sts/prog/reportmail.h"

#include "sts/prog/reportread.h"

#include <stdio.h>

/* The bytes that a header field's name is made of (RFC 5322 section 3.6.8). */
static bool
is_name_byte(char c)
{
	return c > ' ' && c <= '~' && c != ':';
}

bool
sts_reportmail_is(struct sts_slice bytes)
{
	size_t n = 0;

	if (sts_slice_starts(bytes, STS_LIT("From ")))
		return true;
	while (n < bytes.n && is_name_byte(bytes.p[n]))
		n++;
	return n > 0 && n < bytes.n && bytes.p[n] == ':' &&
	       (sts_is_alnum(bytes.p[0]) || bytes.p[0] == '_');
}

/* What of a mail costs most to read, if there is much of it. */
struct burden {
	size_t dashes, fields, parameters;
};

static void
weigh_line(struct burden *b, struct sts_slice line)
{
	bool colon = false;

	for (size_t i = 0; i < line.n; i++) {
		colon |= line.p[i] == ':';
		b->parameters += line.p[i] == ';';
	}
	if (sts_slice_starts(line, STS_LIT("--")))
		b->dashes++;
	else if (colon && line.p[0] != ' ' && line.p[0] != '\t')
		b->fields++;
}

static enum sts_err
refuse(char *why, enum sts_err err, const char *text)
{
	(void)snprintf(why, STS_REPORT_WHY, "%s", text);
	return err;
}

static enum sts_err
weigh(struct sts_slice mail, char *why)
{
	struct burden b = { 0 };
	struct sts_slice line;
	bool more = true;

	if (mail.n > STS_REPORTMAIL_MAX)
		return refuse(
		    why, STS_E_LIMIT, "the mail is longer than 16 MiB");
	while (more) {
		more = sts_slice_cut(&mail, '\n', &line);
		weigh_line(&b, line);
	}
	if (b.dashes > STS_REPORTMAIL_DASHES)
		return refuse(why, STS_E_LIMIT,
		    "the mail has more than 2000 lines that begin with --");
	if (b.fields > STS_REPORTMAIL_FIELDS)
		return refuse(why, STS_E_LIMIT,
		    "the mail has more than 20000 lines that may be header "
		    "fields");
	if (b.parameters > STS_REPORTMAIL_PARAMETERS)
		return refuse(why, STS_E_LIMIT,
		    "the mail has more than 100000 semicolons");
	return STS_OK;
}

#if STS_GMIME

#include <gmime/gmime.h>

struct walk {
	sts_reportmail_fn *visit;
	void *cookie;
	unsigned parts;
	const char *domain, *submitter; /* of the message that we are in */
	const char *fault; /* a cap that was reached, or NULL */
};

bool
sts_reportmail_built(void)
{
	return true;
}

/* GLib would tell standard error of odd bytes, as they are. */
static void
hush(
    const gchar *domain, GLogLevelFlags level, const gchar *text, gpointer data)
{
	(void)domain;
	(void)level;
	(void)text;
	(void)data;
}

void
sts_reportmail_begin(void)
{
	(void)g_log_set_default_handler(hush, NULL);
	g_mime_init();
}

static bool
ends_with(struct sts_slice s, struct sts_slice end)
{
	return s.n >= end.n &&
	       sts_slice_eq_nocase(sts_slice(s.p + s.n - end.n, end.n), end);
}

static bool
names_report(struct sts_slice name)
{
	return ends_with(name, STS_LIT(".json.gz")) ||
	       ends_with(name, STS_LIT(".json")) ||
	       ends_with(name, STS_LIT(".gz"));
}

/* Whether it may be a report, and whether its type says so. */
static bool
is_candidate(GMimePart *part, bool *sure)
{
	GMimeContentType *type =
	    g_mime_object_get_content_type(GMIME_OBJECT(part));
	const char *filename = g_mime_part_get_filename(part);

	*sure =
	    g_mime_content_type_is_type(type, "application", "tlsrpt+gzip") ||
	    g_mime_content_type_is_type(type, "application", "tlsrpt+json");
	return *sure || g_mime_content_type_is_type(type, "application", "*") ||
	       names_report(sts_slice_str(filename));
}

static void
visit_content(struct walk *w, const char *name, bool sure, GMimeStream *stream)
{
	const GByteArray *bytes =
	    g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	struct sts_reportmail_part part = {
		.name = name,
		.sure = sure,
		.content = { (const char *)bytes->data, bytes->len },
		.domain = w->domain,
		.submitter = w->submitter,
	};

	w->visit(w->cookie, &part);
}

static void
walk_leaf(struct walk *w, GMimePart *part)
{
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	const char *name = g_mime_part_get_filename(part);
	GMimeStream *stream;
	char *type;
	bool sure;

	if (content == NULL || !is_candidate(part, &sure))
		return;
	type = g_mime_content_type_get_mime_type(
	    g_mime_object_get_content_type(GMIME_OBJECT(part)));
	stream = g_mime_stream_mem_new();
	(void)g_mime_data_wrapper_write_to_stream(content, stream);
	visit_content(w, name == NULL ? type : name, sure, stream);
	g_object_unref(stream);
	g_free(type);
}

static void walk(struct walk *w, GMimeObject *object, unsigned depth);

static void
walk_message(struct walk *w, GMimeMessage *message, unsigned depth)
{
	const struct walk outside = *w;

	if (message == NULL)
		return;
	w->domain = g_mime_object_get_header(
	    GMIME_OBJECT(message), "TLS-Report-Domain");
	w->submitter = g_mime_object_get_header(
	    GMIME_OBJECT(message), "TLS-Report-Submitter");
	walk(w, g_mime_message_get_mime_part(message), depth);
	w->domain = outside.domain;
	w->submitter = outside.submitter;
}

static void
walk(struct walk *w, GMimeObject *object, unsigned depth)
{
	if (depth > STS_REPORTMAIL_DEPTH)
		w->fault = "the mail has parts in parts, more than 16 deep";
	else if (w->parts++ >= STS_REPORTMAIL_PARTS)
		w->fault = "the mail has more than 1000 parts";
	if (w->fault != NULL || object == NULL)
		return;
	if (GMIME_IS_MULTIPART(object)) {
		GMimeMultipart *all = GMIME_MULTIPART(object);
		int n = g_mime_multipart_get_count(all);

		for (int i = 0; i < n && w->fault == NULL; i++)
			walk(w, g_mime_multipart_get_part(all, i), depth + 1);
	} else if (GMIME_IS_MESSAGE_PART(object)) {
		walk_message(w,
		    g_mime_message_part_get_message(GMIME_MESSAGE_PART(object)),
		    depth + 1);
	} else if (GMIME_IS_PART(object)) {
		walk_leaf(w, GMIME_PART(object));
	}
}

static GMimeMessage *
parse(struct sts_slice mail)
{
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(mail.p, mail.n);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *message;

	if (sts_slice_starts(mail, STS_LIT("From ")))
		g_mime_parser_set_format(parser, GMIME_FORMAT_MBOX);
	message = g_mime_parser_construct_message(parser, NULL);
	g_object_unref(parser);
	g_object_unref(stream);
	return message;
}

enum sts_err
sts_reportmail_visit(
    struct sts_slice mail, sts_reportmail_fn *visit, void *cookie, char *why)
{
	struct walk w = { .visit = visit, .cookie = cookie };
	GMimeMessage *message;
	enum sts_err err = weigh(mail, why);

	if (err != STS_OK)
		return err;
	message = parse(mail);
	if (message == NULL)
		return refuse(why, STS_E_SYNTAX, "it cannot be read as a mail");
	walk_message(&w, message, 0);
	g_object_unref(message);
	return w.fault == NULL ? STS_OK : refuse(why, STS_E_LIMIT, w.fault);
}

#else

bool
sts_reportmail_built(void)
{
	return false;
}

void
sts_reportmail_begin(void)
{
}

enum sts_err
sts_reportmail_visit(
    struct sts_slice mail, sts_reportmail_fn *visit, void *cookie, char *why)
{
	enum sts_err err = weigh(mail, why);

	(void)visit;
	(void)cookie;
	if (err != STS_OK)
		return err;
	return refuse(why, STS_E_NOTFOUND,
	    "it is a mail, and this mta-sts was built without GMime, which "
	    "reads mails: save the attachment (.json.gz) and show that, or "
	    "build with libgmime-3.0-dev");
}

#endif
