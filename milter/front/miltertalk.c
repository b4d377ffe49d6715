#include "sts/front/miltertalk.h"

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

enum { VERSION_MIN = 2, VERSION_MAX = 6 };

/* What we do to messages. */
static const uint32_t our_actions =
    SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE;

/* What we need not hear, and need not reply to, where the MTA leaves us the
 * choice. */
static const uint32_t spared = SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOBODY |
			       SMFIP_NOUNKNOWN | SMFIP_NR_HDR | SMFIP_NR_EOH;

/*
 * Two turns less a message.  Not over TCP: there Postfix would send twice
 * without a reply between, and the second would wait for the first to be
 * acknowledged (Nagle), 40 ms.
 */
static const uint32_t spared_locally = SMFIP_NODATA | SMFIP_NR_MAIL;

/* Lists of our own spare the admin all settings of macros; an MTA that takes
 * none sends its own, which by default have these too. */
static const struct sts_milterwire_list wanted[] = {
	{ SMFIM_ENVRCPT, "i {rcpt_mailer} {rcpt_host} {rcpt_addr}" },
	{ SMFIM_DATA, "i" },
	{ SMFIM_EOM, "i" },
};

void
sts_miltertalk_init(struct sts_miltertalk *t,
    const struct sts_session_context *context, bool local)
{
	memset(t, 0, sizeof(*t));
	t->context = context;
	t->local = local;
	sts_buf_init(&t->macros, STS_MILTERTALK_MACROS);
}

/* The message's end, whatever becomes of it. */
static void
end_message(struct sts_miltertalk *t)
{
	sts_session_free(t->session);
	t->session = NULL;
	t->id[0] = '\0';
	sts_buf_deinit(&t->macros);
}

void
sts_miltertalk_deinit(struct sts_miltertalk *t)
{
	end_message(t);
}

static void
add_word(struct sts_buf *out, char letter)
{
	sts_milterwire_add(out, letter, STS_LIT(""));
}

static void
add_reply(struct sts_buf *out, const struct sts_reply *reply)
{
	if (reply->code == NULL)
		add_word(out, SMFIR_CONTINUE);
	else
		sts_milterwire_add_reply(
		    out, reply->code, reply->status, reply->text);
}

static const char *
queue_id(const struct sts_miltertalk *t)
{
	return t->id[0] == '\0' ? NULL : t->id;
}

static enum sts_err
negotiate(struct sts_miltertalk *t, struct sts_slice body, struct sts_buf *out,
    const char **why)
{
	struct sts_milterwire_options mta, ours;

	*why = "options are lacking";
	if (sts_milterwire_options(body, &mta) != STS_OK)
		return STS_E_SYNTAX;
	*why = "the MTA speaks no version that is known";
	if (mta.version < VERSION_MIN)
		return STS_E_REFUSED;
	*why = "the MTA lets nobody change headers and quarantine";
	if ((mta.actions & our_actions) != our_actions)
		return STS_E_REFUSED;
	ours.version = mta.version < VERSION_MAX ? mta.version : VERSION_MAX;
	ours.actions = our_actions;
	ours.steps = mta.steps & (spared | (t->local ? spared_locally : 0));
	t->negotiated = true;
	t->silent_mail = (ours.steps & SMFIP_NR_MAIL) != 0;
	t->silent_headers = (ours.steps & SMFIP_NR_HDR) != 0;
	t->silent_eoh = (ours.steps & SMFIP_NR_EOH) != 0;
	sts_milterwire_add_options(out, &ours, wanted,
	    mta.actions & SMFIF_SETSYMLIST ? sizeof(wanted) / sizeof(wanted[0])
					   : 0);
	return STS_OK;
}

/* The queue ID comes when the MTA knows it, with one command or another; the
 * others belong to the RCPT that follows.  Past the cap there are none. */
static enum sts_err
take_macros(struct sts_miltertalk *t, struct sts_slice body, const char **why)
{
	struct sts_slice pairs;
	const char *id;

	*why = "macros without their command";
	if (body.n == 0)
		return STS_E_SYNTAX;
	pairs = sts_slice(body.p + 1, body.n - 1);
	id = sts_milterwire_macro(pairs, "i");
	if (id != NULL) {
		size_t n = strnlen(id, sizeof(t->id) - 1);

		memcpy(t->id, id, n);
		t->id[n] = '\0';
	}
	if (body.p[0] == SMFIC_RCPT) {
		sts_buf_clear(&t->macros);
		sts_buf_slice(&t->macros, pairs);
	}
	return STS_OK;
}

static enum sts_err
take_mail(struct sts_miltertalk *t, struct sts_slice body, struct sts_buf *out,
    const char **why)
{
	const char *text = sts_milterwire_text(&body);

	*why = "MAIL without a sender";
	if (text == NULL)
		return STS_E_SYNTAX;
	sts_session_free(t->session);
	t->session = NULL;
	if (sts_session_new(t->context, &t->session) != STS_OK) {
		if (!t->silent_mail) /* else RCPT is told */
			add_reply(out, &sts_reply_fault);
		return STS_OK;
	}
	sts_session_sender(t->session, text);
	while ((text = sts_milterwire_text(&body)) != NULL)
		if (sts_slice_eq_nocase(
			sts_slice_str(text), STS_LIT("REQUIRETLS")))
			sts_session_require_tls(t->session);
	if (!t->silent_mail)
		add_word(out, SMFIR_CONTINUE);
	return STS_OK;
}

/* STS_E_AGAIN stays; while it waits the MTA is told so where it must be. */
static enum sts_err
tell_wait(const struct sts_miltertalk *t, struct sts_buf *out)
{
	if (sts_session_pause(t->session).progress)
		add_word(out, SMFIR_PROGRESS);
	return STS_E_AGAIN;
}

static enum sts_err
take_rcpt(struct sts_miltertalk *t, struct sts_slice body, struct sts_buf *out,
    const char **why)
{
	struct sts_slice macros = sts_buf_view(&t->macros);
	struct sts_reply reply = sts_reply_fault;
	const struct sts_rcpt rcpt = {
		.argument = sts_milterwire_text(&body),
		.mailer = sts_milterwire_macro(macros, "rcpt_mailer"),
		.host = sts_milterwire_macro(macros, "rcpt_host"),
		.addr = sts_milterwire_macro(macros, "rcpt_addr"),
	};
	enum sts_err err = STS_OK;

	*why = "RCPT without a recipient";
	if (rcpt.argument == NULL)
		return STS_E_SYNTAX;
	t->at_eom = false;
	if (t->session != NULL && sts_buf_err(&t->macros) == STS_OK)
		err = sts_session_rcpt(t->session, &rcpt, queue_id(t), &reply);
	sts_buf_clear(&t->macros); /* they were this one's */
	if (err != STS_OK)
		return tell_wait(t, out);
	add_reply(out, &reply);
	return STS_OK;
}

static enum sts_err
take_header(struct sts_miltertalk *t, struct sts_slice body,
    struct sts_buf *out, const char **why)
{
	const char *name = sts_milterwire_text(&body);
	const char *value = sts_milterwire_text(&body);

	*why = "a header field without its value";
	if (name == NULL || value == NULL)
		return STS_E_SYNTAX;
	if (t->session != NULL)
		sts_session_header(t->session, name, value);
	if (!t->silent_headers)
		add_word(out, SMFIR_CONTINUE);
	return STS_OK;
}

/* Out from the last one on, for the others keep their numbers then; in from the
 * last one on, for each goes to the top. */
static enum sts_err
add_edits(const struct sts_edits *edits, struct sts_buf *out)
{
	struct sts_buf b;
	enum sts_err err;

	sts_buf_init(&b, STS_MILTERTALK_OUT);
	for (size_t i = edits->n_forged; i > 0; i--)
		sts_milterwire_add_header(
		    &b, SMFIR_CHGHEADER, (uint32_t)i, edits->header_name, "");
	for (size_t i = edits->n_headers; i > 0; i--)
		sts_milterwire_add_header(&b, SMFIR_INSHEADER, 0,
		    edits->header_name, edits->headers[i - 1]);
	if (edits->quarantine != NULL)
		sts_milterwire_add_quarantine(&b, edits->quarantine);
	err = sts_buf_err(&b);
	if (err == STS_OK)
		sts_buf_slice(out, sts_buf_view(&b));
	sts_buf_deinit(&b);
	return err;
}

static void
tell_failed_edit(const struct sts_miltertalk *t)
{
	sts_log_event(sts_engine_log(t->context->engine), STS_LOG_ERR,
	    queue_id(t), "edit-failed", 0, NULL);
}

/* With the edits before it: the MTA reads all of that at once. */
static void
reply_at_eom(
    struct sts_miltertalk *t, struct sts_reply *reply, struct sts_buf *out)
{
	const struct sts_edits *edits =
	    t->session == NULL ? NULL : sts_session_edits(t->session);

	if (edits != NULL && add_edits(edits, out) != STS_OK) {
		tell_failed_edit(t);
		*reply = sts_reply_fault;
	}
	add_reply(out, reply);
	end_message(t);
}

static enum sts_err
take_eom(struct sts_miltertalk *t, struct sts_buf *out)
{
	struct sts_reply reply = sts_reply_fault;

	t->at_eom = true;
	if (t->session != NULL &&
	    sts_session_eom(t->session, queue_id(t), &reply) != STS_OK)
		return tell_wait(t, out);
	reply_at_eom(t, &reply, out);
	return STS_OK;
}

enum sts_err
sts_miltertalk_resume(struct sts_miltertalk *t, struct sts_buf *out)
{
	struct sts_reply reply;

	if (sts_session_resume(t->session, &reply) != STS_OK)
		return tell_wait(t, out);
	if (t->at_eom)
		reply_at_eom(t, &reply, out);
	else
		add_reply(out, &reply);
	return STS_OK;
}

static enum sts_err
take(struct sts_miltertalk *t, const struct sts_milterwire_packet *packet,
    struct sts_buf *out, const char **why)
{
	switch (packet->letter) {
	case SMFIC_MACRO:
		return take_macros(t, packet->body, why);
	case SMFIC_MAIL:
		return take_mail(t, packet->body, out, why);
	case SMFIC_RCPT:
		return take_rcpt(t, packet->body, out, why);
	case SMFIC_HEADER:
		return take_header(t, packet->body, out, why);
	case SMFIC_EOH:
		if (t->silent_eoh)
			return STS_OK;
		break;
	case SMFIC_BODYEOB:
		return take_eom(t, out);
	case SMFIC_QUIT_NC:
	case SMFIC_ABORT:
		end_message(t);
		return STS_OK;
	case SMFIC_CONNECT:
	case SMFIC_HELO:
	case SMFIC_DATA:
	case SMFIC_BODY:
	case SMFIC_UNKNOWN:
		break;
	default: /* no enum: any byte may come */
		*why = "a command that is not known";
		return STS_E_SYNTAX;
	}
	add_word(out, SMFIR_CONTINUE);
	return STS_OK;
}

enum sts_err
sts_miltertalk_take(struct sts_miltertalk *t,
    const struct sts_milterwire_packet *packet, struct sts_buf *out,
    const char **why)
{
	if (packet->letter == SMFIC_QUIT)
		return STS_E_CLOSED;
	if (t->negotiated != (packet->letter != SMFIC_OPTNEG)) {
		*why = t->negotiated ? "options once more"
				     : "a command before the options";
		return STS_E_SYNTAX;
	}
	if (!t->negotiated)
		return negotiate(t, packet->body, out, why);
	return take(t, packet, out, why);
}
