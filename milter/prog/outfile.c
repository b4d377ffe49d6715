#include "sts/prog/outfile.h"

#include "sts/base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* Closes it, whatever is returned. */
static enum sts_err
fill(int fd, struct sts_slice content)
{
	enum sts_err err = sts_slice_write(content, fd);
	int why = errno;

	if (close(fd) != 0 && err == STS_OK) {
		why = errno;
		err = STS_E_IO;
	}
	errno = why;
	return err;
}

static enum sts_err
write_in_place(const char *path, struct sts_slice content)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? STS_E_IO : fill(fd, content);
}

/* A name beside `path` that is nobody's; the caller frees it. */
static char *
name_beside(const char *path)
{
	uint64_t salt = 0;
	char *name;

	if (getrandom(&salt, sizeof(salt), 0) != (ssize_t)sizeof(salt))
		return NULL;
	return asprintf(&name, "%s.%016" PRIx64, path, salt) < 0 ? NULL : name;
}

static enum sts_err
write_and_rename(const char *path, const char *beside, struct sts_slice content)
{
	int fd =
	    open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)0666);
	enum sts_err err = STS_E_IO;
	int why;

	if (fd < 0)
		return STS_E_IO;
	err = fill(fd, content);
	if (err == STS_OK && rename(beside, path) != 0)
		err = STS_E_IO;
	if (err != STS_OK) {
		why = errno;
		(void)unlink(beside);
		errno = why;
	}
	return err;
}

enum sts_err
sts_outfile_write(const char *path, struct sts_slice content)
{
	enum sts_err err;
	struct stat st;
	char *beside;

	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return write_in_place(path, content);
	beside = name_beside(path);
	if (beside == NULL)
		return STS_E_NOMEM;
	err = write_and_rename(path, beside, content);
	free(beside);
	return err;
}
