/*
 * Any bytes as gzip: never more than the cap comes out, and what was unpacked
 * unpacks again, from there on, to no more than it did.
 */
#include "sts/prog/gunzip.h"

#include "fuzz.h"

enum { CAP = 1 << 16 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct sts_slice in = sts_slice(data, n);
	struct sts_buf first, second;
	enum sts_err err, again;

	sts_buf_init(&first, CAP);
	sts_buf_init(&second, CAP / 2);
	err = sts_gunzip(in, &first);
	CHECK(first.n <= CAP);
	CHECK(err != STS_OK || sts_gunzip_is(in));
	CHECK(err == STS_OK || err == STS_E_SYNTAX || err == STS_E_NOTFOUND ||
	      err == STS_E_LIMIT);
	again = sts_gunzip(in, &second);
	CHECK(second.n <= CAP / 2);
	CHECK(second.n <= first.n);
	if (err == STS_OK)
		CHECK((again == STS_OK) == (first.n <= CAP / 2));
	sts_buf_deinit(&first);
	sts_buf_deinit(&second);
	return 0;
}
