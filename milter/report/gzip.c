#include "sts/report/gzip.h"

#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

enum { GZIP_WINDOW = 15 + 16, MEMORY = 8 };

/* zlib never changes what it reads. */
static Bytef *
bytes(const char *p)
{
	return (Bytef *)(uintptr_t)p;
}

enum sts_err
sts_gzip(struct sts_slice data, struct sts_buf *out)
{
	z_stream z = { .next_in = bytes(data.p) };
	enum sts_err err = STS_E_NOMEM;
	char *packed;
	uLong bound;

	if (data.n > UINT32_MAX / 2)
		return STS_E_LIMIT;
	if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_WINDOW,
		MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
		return STS_E_NOMEM;
	bound = deflateBound(&z, data.n);
	packed = malloc(bound);
	if (packed == NULL)
		goto out;
	z.avail_in = (uInt)data.n;
	z.next_out = bytes(packed);
	z.avail_out = (uInt)bound;
	err = deflate(&z, Z_FINISH) == Z_STREAM_END ? STS_OK : STS_E_INTERNAL;
	if (err == STS_OK) {
		sts_buf_add(out, packed, z.total_out);
		err = sts_buf_err(out);
	}
	free(packed);
out:
	(void)deflateEnd(&z);
	return err;
}
