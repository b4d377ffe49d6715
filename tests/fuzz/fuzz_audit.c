/*
 * Any line as one of the audit file: what is taken is what the daemon could
 * have written, and what is not comes with a reason.
 */
#include "sts/report/auditentry.h"

#include "fuzz.h"

static void
check_name(const char *name)
{
	struct sts_domain again;

	if (name[0] == '\0')
		return;
	CHECK(sts_domain_from_name(sts_slice_str(name), &again) == STS_OK);
	CHECK(again.kind == STS_DOMAIN_NAME);
	CHECK(strcmp(again.name, name) == 0);
}

static void
check_entry(const struct sts_audit_entry *e)
{
	char time[STS_TIME_TEXT];
	int64_t again;

	check_name(e->domain);
	check_name(e->mx);
	CHECK(strlen(e->message) < STS_AUDIT_NAME);
	CHECK(
	    sts_time_parse(sts_time_rfc3339(e->time, time), &again) == STS_OK);
	CHECK(again == e->time);
	CHECK(e->verdict.mx == STS_NO_MX);
	CHECK(e->verdict.in_policy == (e->verdict.mode != STS_MODE_NONE));
	CHECK(sts_action_text(e->action)[0] != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct sts_audit_entry entry;
	const char *why = NULL;
	enum sts_err err;

	err = sts_audit_entry_parse(sts_slice(data, n), &entry, &why);
	CHECK(err == STS_OK || err == STS_E_SYNTAX);
	CHECK((why == NULL) == (err == STS_OK));
	if (err == STS_OK)
		check_entry(&entry);
	return 0;
}
