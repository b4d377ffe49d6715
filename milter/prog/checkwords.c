/* An answer in plain words. */
#include "sts/prog/checkpage.h"
#include "sts/prog/findings.h"
#include "sts/prog/js.h"

enum state {
	PROTECTED,
	PROTECTED_BUT,
	TESTED,
	HELD,
	TEST_FAILS,
	BROKEN,
	ABSENT,
	OFF,
	NO_MAIL,
	UNTOLD,
};

static const struct sts_checkwords words[] = {
	[PROTECTED] = { STS_TONE_GOOD, "protected", "Mail to ",
	    " is protected.",
	    "Careful senders hand it over only on an encrypted connection to "
	    "a server that has proved who it is." },
	[PROTECTED_BUT] = { STS_TONE_WARN, "attention", "Mail to ",
	    " is protected, but something needs attention.",
	    "It works today. What stands below should be seen to before it "
	    "does not." },
	[TESTED] = { STS_TONE_WARN, "testing", "The protection of ",
	    " works, but is only being tested.",
	    "Faults are reported, and mail is delivered all the same. When "
	    "the reports have been clean for some weeks, it can be switched "
	    "on." },
	[HELD] = { STS_TONE_BAD, "held up", "Mail to ", " is being held up.",
	    "Its policy asks for a secure connection, and none of its mail "
	    "servers offers one at the moment: careful senders must not "
	    "deliver." },
	[TEST_FAILS] = { STS_TONE_WARN, "test fails", "The protection of ",
	    " is being tested, and does not work yet.",
	    "Mail is delivered all the same. Were the protection switched on "
	    "now, mail would be held up." },
	[BROKEN] = { STS_TONE_BAD, "broken", "The protection of ",
	    " is broken, so senders pass over it.",
	    "It is announced, but cannot be used. Mail is delivered as if "
	    "there were none, and somebody on the way could read or redirect "
	    "it." },
	[ABSENT] = { STS_TONE_WARN, "not protected", "Mail to ",
	    " is not protected yet.",
	    "The domain has no MTA-STS policy. Its mail may well be "
	    "encrypted, but somebody on the way could switch that off and "
	    "nobody would notice." },
	[OFF] = { STS_TONE_WARN, "switched off", "The protection of ",
	    " is switched off.",
	    "Its policy says so (mode none): senders ask for nothing." },
	[NO_MAIL] = { STS_TONE_INFO, "no mail", "The domain ",
	    " takes no mail.",
	    "Its DNS says so (null MX), so there is nothing to protect." },
	[UNTOLD] = { STS_TONE_WARN, "not known", "Whether mail to ",
	    " is protected could not be told.",
	    "Something did not answer. What it was stands below; another try "
	    "may help." },
};

static bool
has_errors(const json_t *answer, const char *area)
{
	enum sts_severity worst;

	return sts_findings_worst(answer, area, &worst) &&
	       worst == STS_SEVERITY_ERROR;
}

static enum state
state_of_pass(const json_t *answer, const char *mode)
{
	enum sts_severity worst;

	if (strcmp(mode, "testing") == 0)
		return TESTED;
	if (sts_findings_worst(answer, NULL, &worst) &&
	    worst != STS_SEVERITY_NOTE)
		return PROTECTED_BUT;
	return PROTECTED;
}

static enum state
state_of_none(const json_t *answer, const char *mode)
{
	if (sts_js_is(answer, "reason", "null-mx"))
		return NO_MAIL;
	if (strcmp(mode, "none") == 0)
		return OFF;
	if (has_errors(answer, "txt") || has_errors(answer, "policy-host") ||
	    has_errors(answer, "policy"))
		return BROKEN;
	return ABSENT;
}

const struct sts_checkwords *
sts_checkwords_of(const json_t *answer)
{
	const char *mode =
	    sts_js_text(json_object_get(answer, "policy"), "mode");
	enum state state = UNTOLD;

	if (sts_js_is(answer, "result", "pass"))
		state = state_of_pass(answer, mode);
	else if (sts_js_is(answer, "result", "fail"))
		state = strcmp(mode, "testing") == 0 ? TEST_FAILS : HELD;
	else if (sts_js_is(answer, "result", "none"))
		state = state_of_none(answer, mode);
	return &words[state];
}

const struct sts_checkarea sts_checkareas[] = {
	{ "txt", "The announcement in the DNS",
	    "A record says that there is a policy." },
	{ "policy-host", "The policy's web server",
	    "The policy can be fetched, and the server's certificate is "
	    "valid." },
	{ "policy", "The policy", "Its text is in order." },
	{ "mx", "The mail servers",
	    "Each takes mail encrypted, and its certificate is valid." },
	{ "dane", "DANE", "What it says of the mail servers is right." },
	{ "tlsrpt", "The reports", "Senders are asked to report faults." },
};
const size_t sts_checkareas_n =
    sizeof(sts_checkareas) / sizeof(sts_checkareas[0]);

static bool
any_dane(const json_t *answer)
{
	size_t i;
	json_t *mx;

	json_array_foreach(json_object_get(answer, "mx"), i,
	    mx) if (sts_js_true(mx, "dane")) return true;
	return false;
}

/* Whether there was anything to see in an area without findings. */
static bool
was_looked_at(const json_t *answer, const char *area)
{
	const json_t *policy = json_object_get(answer, "policy");

	if (strcmp(area, "txt") == 0 || strcmp(area, "policy-host") == 0)
		return sts_js_is(policy, "txt", "found");
	if (strcmp(area, "policy") == 0)
		return sts_js_text(policy, "mode")[0] != '\0';
	if (strcmp(area, "mx") == 0)
		return json_array_size(json_object_get(answer, "mx")) > 0;
	if (strcmp(area, "dane") == 0)
		return any_dane(answer);
	return json_object_get(answer, "tlsrpt") != NULL;
}

enum sts_tone
sts_checkarea_tone(const json_t *answer, const struct sts_checkarea *area)
{
	enum sts_severity worst;

	if (!sts_findings_worst(answer, area->area, &worst))
		return was_looked_at(answer, area->area) ? STS_TONE_GOOD
							 : STS_TONE_PLAIN;
	switch (worst) {
	case STS_SEVERITY_NOTE:
		return STS_TONE_INFO;
	case STS_SEVERITY_WARNING:
		return STS_TONE_WARN;
	case STS_SEVERITY_ERROR:
		break;
	}
	return STS_TONE_BAD;
}
