#include "sts/front/filter.h"

#include "sts/front/blocking.h"
#include "sts/front/nodelay.h"
#include "sts/front/ticker.h"

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BACKLOG = 128, SOCKET_MODE = 0660 };

/* What we do to messages. */
static const unsigned long our_actions =
    SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE;

/*
 * What we need not hear, where the MTA leaves us the choice.  DATA is wanted:
 * without it Postfix sends macros twice and waits between (Nagle).  The end of
 * the header is wanted: where a message has no header at all, libmilter takes
 * nothing but that after DATA, and would leave the MTA waiting.
 */
static const unsigned long spared = SMFIP_NOCONNECT | SMFIP_NOHELO |
				    SMFIP_NOBODY | SMFIP_NOUNKNOWN |
				    SMFIP_NR_HDR | SMFIP_NR_EOH;

/* libmilter gives its callbacks no argument of ours.  Set once, before they
 * run. */
static const struct sts_session_context *the_context;

/* One connection of an MTA: many messages, one after the other. */
struct connection {
	bool silent_headers; /* SMFIP_NR_HDR: headers get no reply */
	bool silent_eoh; /* SMFIP_NR_EOH: nor does their end */
	struct sts_session *session; /* of the message, or NULL */
};

/* libmilter's functions take text that they do not change as `char *`. */
static char *
unconst(const char *s)
{
	return (char *)(uintptr_t)s;
}

static const char *
macro(SMFICTX *ctx, const char *name)
{
	return smfi_getsymval(ctx, unconst(name));
}

static const char *
queue_id(SMFICTX *ctx)
{
	return macro(ctx, "i");
}

static struct sts_session *
session_of(SMFICTX *ctx)
{
	struct connection *c = smfi_getpriv(ctx);

	return c == NULL ? NULL : c->session;
}

static void
end_session(SMFICTX *ctx)
{
	struct connection *c = smfi_getpriv(ctx);

	if (c == NULL)
		return;
	sts_session_free(c->session);
	c->session = NULL;
}

/* In libmilter's text a % is doubled. */
static void
double_percents(const char *text, char *dst)
{
	for (; *text != '\0'; text++) {
		if (*text == '%')
			*dst++ = '%';
		*dst++ = *text;
	}
	*dst = '\0';
}

static sfsistat
answer(SMFICTX *ctx, const struct sts_reply *reply)
{
	char text[2 * STS_REPLY_TEXT];

	if (reply->code == NULL)
		return SMFIS_CONTINUE;
	double_percents(reply->text, text);
	/* Where this fails, the MTA refuses in words of its own. */
	(void)smfi_setreply(
	    ctx, unconst(reply->code), unconst(reply->status), text);
	return reply->code[0] == '5' ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}

/* Lists of our own spare the admin all settings of macros; an MTA that takes
 * none sends its own, which by default have these too. */
static void
ask_for_macros(SMFICTX *ctx)
{
	char rcpt[] = "i {rcpt_mailer} {rcpt_host} {rcpt_addr}";
	char id[] = "i";

	(void)smfi_setsymlist(ctx, SMFIM_ENVRCPT, rcpt);
	(void)smfi_setsymlist(ctx, SMFIM_DATA, id);
	(void)smfi_setsymlist(ctx, SMFIM_EOM, id);
}

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1, unsigned long f2,
    unsigned long f3, unsigned long *pf0, unsigned long *pf1,
    unsigned long *pf2, unsigned long *pf3)
{
	struct connection *c;

	(void)f2;
	(void)f3;
	if ((f0 & our_actions) != our_actions)
		return SMFIS_REJECT; /* libmilter logs what is lacking */
	c = calloc(1, sizeof(*c));
	if (c == NULL || smfi_setpriv(ctx, c) != MI_SUCCESS) {
		free(c);
		return SMFIS_REJECT;
	}
	ask_for_macros(ctx);
	c->silent_headers = (f1 & SMFIP_NR_HDR) != 0;
	c->silent_eoh = (f1 & SMFIP_NR_EOH) != 0;
	*pf0 = our_actions;
	*pf1 = f1 & spared;
	*pf2 = 0;
	*pf3 = 0;
	return SMFIS_CONTINUE;
}

static sfsistat
on_mail(SMFICTX *ctx, char **argv)
{
	struct connection *c = smfi_getpriv(ctx);

	end_session(ctx);
	if (c == NULL || sts_session_new(the_context, &c->session) != STS_OK)
		return answer(ctx, &sts_reply_fault);
	if (argv[0] != NULL)
		sts_session_sender(c->session, argv[0]);
	for (size_t i = 1; argv[0] != NULL && argv[i] != NULL; i++)
		if (sts_slice_eq_nocase(
			sts_slice_str(argv[i]), STS_LIT("REQUIRETLS")))
			sts_session_require_tls(c->session);
	return SMFIS_CONTINUE;
}

static sfsistat
on_rcpt(SMFICTX *ctx, char **argv)
{
	struct sts_session *session = session_of(ctx);
	struct sts_reply reply = sts_reply_fault;
	const struct sts_rcpt rcpt = {
		.argument = argv[0],
		.mailer = macro(ctx, "{rcpt_mailer}"),
		.host = macro(ctx, "{rcpt_host}"),
		.addr = macro(ctx, "{rcpt_addr}"),
	};

	if (session != NULL)
		sts_blocking_rcpt(
		    the_context, session, &rcpt, queue_id(ctx), &reply);
	return answer(ctx, &reply);
}

static sfsistat
on_data(SMFICTX *ctx)
{
	(void)ctx;
	return SMFIS_CONTINUE;
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	struct connection *c = smfi_getpriv(ctx);

	if (c == NULL)
		return answer(ctx, &sts_reply_fault);
	if (c->session != NULL)
		sts_session_header(c->session, name, value);
	return c->silent_headers ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

static sfsistat
on_eoh(SMFICTX *ctx)
{
	const struct connection *c = smfi_getpriv(ctx);

	return c != NULL && c->silent_eoh ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

static bool
progress(void *cookie)
{
	SMFICTX *ctx = cookie;

	return smfi_progress(ctx) == MI_SUCCESS;
}

/* Out from the last one on, for the others keep their numbers then; in from the
 * last one on, for each goes to the top. */
static bool
edit(SMFICTX *ctx, const struct sts_edits *edits)
{
	char *name = unconst(edits->header_name);
	bool done = true;

	for (size_t i = edits->n_forged; done && i > 0; i--)
		done = smfi_chgheader(ctx, name, (int)i, NULL) == MI_SUCCESS;
	for (size_t i = edits->n_headers; done && i > 0; i--)
		done = smfi_insheader(ctx, 0, name, edits->headers[i - 1]) ==
		       MI_SUCCESS;
	if (done && edits->quarantine != NULL)
		done = smfi_quarantine(ctx, edits->quarantine) == MI_SUCCESS;
	return done;
}

static void
tell_failed_edit(SMFICTX *ctx)
{
	sts_log_event(sts_engine_log(the_context->engine), STS_LOG_ERR,
	    queue_id(ctx), "edit-failed", 0, NULL);
}

static sfsistat
on_eom(SMFICTX *ctx)
{
	struct sts_session *session = session_of(ctx);
	struct sts_reply reply = sts_reply_fault;
	const struct sts_edits *edits = NULL;
	sfsistat status;

	if (session != NULL) {
		sts_blocking_eom(
		    the_context, session, queue_id(ctx), progress, ctx, &reply);
		edits = sts_session_edits(session);
	}
	if (edits != NULL && !edit(ctx, edits)) {
		tell_failed_edit(ctx);
		reply = sts_reply_fault;
	}
	status = answer(ctx, &reply);
	end_session(ctx);
	return status;
}

static sfsistat
on_abort(SMFICTX *ctx)
{
	end_session(ctx);
	return SMFIS_CONTINUE;
}

static sfsistat
on_close(SMFICTX *ctx)
{
	struct connection *c = smfi_getpriv(ctx);

	end_session(ctx);
	(void)smfi_setpriv(ctx, NULL);
	free(c);
	return SMFIS_CONTINUE;
}

static enum sts_err
register_filter(const char *socket, const char **why)
{
	char name[] = "mta-sts-milter";
	const struct smfiDesc desc = {
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = our_actions,
		.xxfi_negotiate = on_negotiate,
		.xxfi_envfrom = on_mail,
		.xxfi_envrcpt = on_rcpt,
		.xxfi_data = on_data,
		.xxfi_header = on_header,
		.xxfi_eoh = on_eoh,
		.xxfi_eom = on_eom,
		.xxfi_abort = on_abort,
		.xxfi_close = on_close,
	};

	*why = "registering with libmilter";
	if (smfi_register(desc) != MI_SUCCESS ||
	    smfi_setconn(unconst(socket)) != MI_SUCCESS ||
	    smfi_setbacklog(BACKLOG) != MI_SUCCESS)
		return STS_E_INTERNAL;
	return STS_OK;
}

/* Tries the socket first: libmilter tells what is wrong with it to syslog only,
 * and takes a unix socket away from a process that lives. */
static enum sts_err
try_socket(const struct sts_sockspec *spec, const char **why)
{
	enum sts_err err;
	int fd;

	err = sts_sockspec_listen(spec, SOCKET_MODE, &fd, why);
	if (err == STS_OK)
		(void)close(fd);
	return err;
}

enum sts_err
sts_filter_open(
    const char *socket, const struct sts_sockspec *spec, const char **why)
{
	enum sts_err err;
	mode_t mask;
	int rc;

	err = try_socket(spec, why);
	if (err == STS_OK)
		err = register_filter(socket, why);
	if (err != STS_OK)
		return err;
	*why = "opening the socket";
	mask = umask(0777 & ~SOCKET_MODE);
	rc = smfi_opensocket(true);
	(void)umask(mask);
	if (rc != MI_SUCCESS)
		return STS_E_IO;
	if (spec->family != AF_UNIX)
		(void)sts_nodelay_listeners(spec->port);
	return STS_OK;
}

enum sts_err
sts_filter_run(
    const struct sts_sockspec *spec, const struct sts_session_context *context)
{
	struct sts_ticker *ticker; /* ends with the process */
	enum sts_err err = sts_ticker_new(spec, context->waiters, &ticker);

	if (err != STS_OK)
		return err;
	the_context = context;
	return smfi_main() == MI_SUCCESS ? STS_OK : STS_E_IO;
}
