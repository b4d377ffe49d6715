/*
 * Any bytes as a file of TLS reports (JSON, gzip, mail, mbox): something is
 * told of it, and what is told of faults can be printed.
 */
#include "sts/prog/reportfile.h"
#include "sts/prog/reportmail.h"

#include "fuzz.h"

#include <stdbool.h>
#include <string.h>

static void
on_report(void *cookie, json_t *report)
{
	size_t *told = cookie;

	CHECK(json_is_object(report));
	json_decref(report);
	++*told;
}

static void
on_broken(void *cookie, const char *why)
{
	size_t *told = cookie;

	CHECK(why[0] != '\0' && strlen(why) < STS_REPORTFILE_WHY);
	for (const char *c = why; *c != '\0'; c++)
		CHECK(*c >= ' ' && *c <= '~');
	++*told;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static bool begun;
	size_t told = 0;
	const struct sts_reportfile_sink sink = { &told, on_report, on_broken };

	if (!begun)
		sts_reportmail_begin();
	begun = true;
	CHECK(sts_reportfile_unpack(sts_slice(data, n), &sink) == STS_OK);
	CHECK(told > 0);
	return 0;
}
