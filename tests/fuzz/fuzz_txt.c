/*
 * Any set of TXT records, one a line: an id comes only from exactly one good
 * record, and the order of the records says nothing.
 */
#include "sts/core/txt.h"

#include "fuzz.h"

enum { RECORDS_MAX = 64 };

static void
check(const struct sts_txt *txt)
{
	size_t n = strlen(txt->id);

	CHECK((txt->status == STS_TXT_FOUND) == (n > 0));
	CHECK(n < STS_ID_SIZE);
	for (size_t i = 0; i < n; i++)
		CHECK(sts_is_alnum(txt->id[i]));
	CHECK(txt->why != NULL);
	if (txt->status == STS_TXT_FOUND)
		CHECK(txt->why[0] == '\0');
	else if (txt->status != STS_TXT_NONE)
		CHECK(txt->why[0] != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct sts_slice rest = sts_slice(data, n);
	struct sts_slice records[RECORDS_MAX], reversed[RECORDS_MAX];
	struct sts_txt txt, again;
	size_t count = 0;

	while (rest.n > 0 && count < RECORDS_MAX)
		(void)sts_slice_cut(&rest, '\n', &records[count++]);
	for (size_t i = 0; i < count; i++)
		reversed[i] = records[count - 1 - i];
	sts_txt_select(records, count, &txt);
	sts_txt_select(reversed, count, &again);
	check(&txt);
	check(&again);
	CHECK(txt.status == again.status);
	CHECK(strcmp(txt.id, again.id) == 0);
	return 0;
}
