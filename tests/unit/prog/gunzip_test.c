/* gzip: whole, in members, cut off anywhere, damaged anywhere, and bombs. */
#include "sts/prog/gunzip.h"

#include "test.h"

#include <stdlib.h>
#include <zlib.h>

enum { PACKED_MAX = 4096, PLAIN = 100000 };

/* Appends a member that unpacks to n bytes of `c`. */
static void
pack(struct sts_buf *out, char c, size_t n)
{
	Bytef packed[PACKED_MAX];
	char *plain = malloc(n);
	z_stream z = { .next_out = packed, .avail_out = sizeof(packed) };

	assert_non_null(plain);
	memset(plain, c, n);
	z.next_in = (Bytef *)plain;
	z.avail_in = (uInt)n;
	assert_int_equal(
	    deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
	    Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	sts_buf_add(out, packed, z.total_out);
	(void)deflateEnd(&z);
	free(plain);
}

static enum sts_err
unpack(struct sts_slice in, size_t cap, size_t *n)
{
	struct sts_buf out;
	enum sts_err err;

	sts_buf_init(&out, cap);
	err = sts_gunzip(in, &out);
	assert_true(out.n <= cap);
	*n = out.n;
	sts_buf_deinit(&out);
	return err;
}

static void
test_cap(void **state)
{
	struct sts_buf in;
	size_t n;

	(void)state;
	sts_buf_init(&in, PACKED_MAX);
	pack(&in, 'a', PLAIN);
	assert_true(in.n < 1000);
	assert_int_equal(unpack(sts_buf_view(&in), PLAIN, &n), STS_OK);
	assert_int_equal(n, PLAIN);
	assert_int_equal(unpack(sts_buf_view(&in), PLAIN - 1, &n), STS_E_LIMIT);
	sts_buf_deinit(&in);
}

static void
test_members(void **state)
{
	struct sts_buf in;
	size_t n;

	(void)state;
	sts_buf_init(&in, PACKED_MAX);
	pack(&in, 'a', 10);
	pack(&in, 'b', 1);
	pack(&in, 'c', 20);
	sts_buf_str(&in, "padding");
	assert_int_equal(unpack(sts_buf_view(&in), 100, &n), STS_OK);
	assert_int_equal(n, 31);
	assert_int_equal(unpack(sts_buf_view(&in), 30, &n), STS_E_LIMIT);
	sts_buf_deinit(&in);
}

static void
test_cut_off(void **state)
{
	struct sts_buf in;
	size_t n;

	(void)state;
	sts_buf_init(&in, PACKED_MAX);
	pack(&in, 'a', PLAIN);
	for (size_t i = 2; i < in.n; i++)
		assert_int_equal(
		    unpack(sts_slice(in.p, i), PLAIN, &n), STS_E_NOTFOUND);
	assert_int_equal(unpack(sts_slice(in.p, 1), PLAIN, &n), STS_E_SYNTAX);
	assert_int_equal(unpack(sts_slice(NULL, 0), PLAIN, &n), STS_E_SYNTAX);
	sts_buf_deinit(&in);
}

/* The checksum at the end covers what was packed. */
static void
test_damaged(void **state)
{
	struct sts_buf in;
	size_t n;

	(void)state;
	sts_buf_init(&in, PACKED_MAX);
	pack(&in, 'a', 1000);
	in.p[in.n - 5] ^= 1;
	assert_int_equal(unpack(sts_buf_view(&in), PLAIN, &n), STS_E_SYNTAX);
	in.p[in.n - 5] ^= 1;
	in.p[2] = 7; /* no such method */
	assert_int_equal(unpack(sts_buf_view(&in), PLAIN, &n), STS_E_SYNTAX);
	sts_buf_deinit(&in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
