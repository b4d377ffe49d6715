#include "sts/prog/gunzip.h"

#include <limits.h>

#define ZLIB_CONST /* it reads its input, and does not write there */
#include <zlib.h>

enum {
	GZIP_ONLY = 15 + 16, /* the largest window; gzip, never zlib or raw */
	PIECE = 16384,
};

bool
sts_gunzip_is(struct sts_slice in)
{
	return sts_slice_starts(in, STS_LIT("\x1f\x8b"));
}

static enum sts_err
judge(int said)
{
	switch (said) {
	case Z_OK:
	case Z_STREAM_END:
		return STS_OK;
	case Z_BUF_ERROR: /* nothing more to read, and not at the end */
		return STS_E_NOTFOUND;
	case Z_MEM_ERROR:
		return STS_E_NOMEM;
	default:
		return STS_E_SYNTAX;
	}
}

/* One member, from where `z` stands to its end. */
static enum sts_err
unpack_member(z_stream *z, struct sts_buf *out)
{
	unsigned char piece[PIECE];
	enum sts_err err = STS_OK;
	int said = Z_OK;

	while (err == STS_OK && said != Z_STREAM_END) {
		z->next_out = piece;
		z->avail_out = sizeof(piece);
		said = inflate(z, Z_NO_FLUSH);
		err = judge(said);
		if (err == STS_OK)
			sts_buf_add(out, piece, sizeof(piece) - z->avail_out);
		if (err == STS_OK)
			err = sts_buf_err(out);
	}
	return err;
}

enum sts_err
sts_gunzip(struct sts_slice in, struct sts_buf *out)
{
	z_stream z = { .next_in = (const Bytef *)in.p };
	enum sts_err err;

	if (in.n > UINT_MAX)
		return STS_E_LIMIT;
	if (!sts_gunzip_is(in))
		return STS_E_SYNTAX;
	z.avail_in = (uInt)in.n;
	err = judge(inflateInit2(&z, GZIP_ONLY));
	if (err != STS_OK)
		return err;
	do
		err = unpack_member(&z, out);
	while (err == STS_OK &&
	       sts_gunzip_is(sts_slice(z.next_in, z.avail_in)) &&
	       (err = judge(inflateReset(&z))) == STS_OK);
	(void)inflateEnd(&z);
	return err;
}
