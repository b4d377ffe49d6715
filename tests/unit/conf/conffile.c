#include "conffile.h"

#include "test.h"

#include <stdlib.h>
#include <unistd.h>

/* Takes `FILE:` off the front of each line; fails where it is not there. */
static void
strip(struct sts_slice lines, const char *path, struct sts_buf *out)
{
	struct sts_slice line, prefix = sts_slice_str(path);

	while (sts_slice_cut(&lines, '\n', &line)) {
		assert_true(sts_slice_starts(line, prefix));
		assert_int_equal(line.p[prefix.n], ':');
		sts_buf_add(out, line.p + prefix.n + 1, line.n - prefix.n - 1);
		sts_buf_char(out, '\n');
	}
	assert_int_equal(line.n, 0);
}

enum sts_err
conffile_load(
    struct sts_slice text, struct sts_buf *errors, const struct sts_conf **out)
{
	char path[] = "/tmp/conf_test.XXXXXX";
	struct sts_buf raw;
	enum sts_err err;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text.p, text.n), text.n);
	assert_int_equal(close(fd), 0);
	sts_buf_init(&raw, 1 << 20);
	sts_buf_init(errors, 1 << 20);
	err = sts_conf_load(path, &raw, out);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(sts_buf_err(&raw), STS_OK);
	strip(sts_buf_view(&raw), path, errors);
	sts_buf_deinit(&raw);
	return err;
}

const struct sts_conf *
conffile_good(const char *text)
{
	const struct sts_conf *conf = NULL;
	struct sts_buf errors;

	if (conffile_load(sts_slice_str(text), &errors, &conf) != STS_OK)
		fail_msg("%s\n%s", text, sts_buf_cstr(&errors));
	assert_non_null(conf);
	assert_int_equal(errors.n, 0);
	sts_buf_deinit(&errors);
	return conf;
}
