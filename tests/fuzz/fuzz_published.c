/*
 * Any text as the zone lines of a tree: what is read prints to lines that read
 * as the same, and what is refused is refused with its line.
 */
#include "sts/core/published.h"

#include "fuzz.h"

enum { ZONE_MAX = 1 << 26 };

static enum sts_err
print(void *cookie, struct sts_published *published)
{
	CHECK(published->domain[0] != '\0' && published->id[0] != '\0');
	CHECK(published->policy != NULL);
	sts_published_print(published, cookie);
	sts_published_deinit(published);
	return STS_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct sts_buf once, twice;
	const char *why = NULL;
	unsigned line = 0;
	enum sts_err err;

	sts_buf_init(&once, ZONE_MAX);
	sts_buf_init(&twice, ZONE_MAX);
	err =
	    sts_published_parse(sts_slice(data, n), print, &once, &line, &why);
	CHECK(err == STS_OK || err == STS_E_SYNTAX);
	CHECK((err == STS_E_SYNTAX) == (line > 0 && why != NULL));
	CHECK(sts_published_parse(
		  sts_buf_view(&once), print, &twice, &line, &why) == STS_OK);
	CHECK(sts_slice_eq(sts_buf_view(&once), sts_buf_view(&twice)));
	sts_buf_deinit(&once);
	sts_buf_deinit(&twice);
	return 0;
}
