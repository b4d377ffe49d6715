#include "sts/report/auditfile.h"

#include "sts/report/auditentry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { CHUNK = 1 << 16 };

struct sts_audit_file {
	gzFile stream; /* which reads plain files, too */
	int64_t size; /* bytes; 0 where nobody knows */
	uint64_t number;
	struct sts_buf line;
	char chunk[CHUNK];
	size_t at, n; /* of the chunk: what was not yet taken */
	bool ended;
};

static int
open_path(const char *path)
{
	if (strcmp(path, "-") == 0)
		return dup(STDIN_FILENO);
	return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

/* A folder can be opened, but not read. */
static bool
measure(int fd, int64_t *size)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return false;
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return false;
	}
	*size = S_ISREG(st.st_mode) ? st.st_size : 0;
	return true;
}

enum sts_err
sts_audit_file_open(const char *path, struct sts_audit_file **out)
{
	struct sts_audit_file *file = calloc(1, sizeof(*file));
	enum sts_err err = STS_E_IO;
	int fd = -1, error;

	if (file == NULL)
		return STS_E_NOMEM;
	sts_buf_init(&file->line, STS_AUDIT_LINE + 1);
	fd = open_path(path);
	if (fd < 0 || !measure(fd, &file->size))
		goto fail;
	file->stream = gzdopen(fd, "rb");
	if (file->stream == NULL) {
		err = STS_E_NOMEM;
		goto fail;
	}
	*out = file;
	return STS_OK;
fail:
	error = errno;
	if (fd >= 0)
		(void)close(fd);
	free(file);
	errno = error;
	return err;
}

void
sts_audit_file_close(struct sts_audit_file *file)
{
	if (file == NULL)
		return;
	(void)gzclose(file->stream);
	sts_buf_deinit(&file->line);
	free(file);
}

/* The stream ends where the gzip data are cut off, too; that is an error. */
static enum sts_err
fill(struct sts_audit_file *file, const char **why)
{
	int n = gzread(file->stream, file->chunk, CHUNK), error = Z_OK;

	file->at = 0;
	file->n = n > 0 ? (size_t)n : 0;
	file->ended = n == 0;
	(void)gzerror(file->stream, &error);
	if (n > 0 || (n == 0 && error == Z_OK))
		return STS_OK;
	if (error == Z_MEM_ERROR)
		return STS_E_NOMEM;
	*why = error == Z_ERRNO       ? strerror(errno)
	       : error == Z_BUF_ERROR ? "the gzip data are cut off"
				      : "the gzip data are damaged";
	return STS_E_IO;
}

/* Up to the LF; what is past the cap is dropped, but for one byte. */
static enum sts_err
take(struct sts_audit_file *file, bool *whole)
{
	const char *from = file->chunk + file->at;
	size_t left = file->n - file->at;
	const char *lf = memchr(from, '\n', left);
	size_t n = lf == NULL ? left : (size_t)(lf - from);
	size_t room = (size_t)STS_AUDIT_LINE + 1 - file->line.n;

	sts_buf_add(&file->line, from, n < room ? n : room);
	file->at += lf == NULL ? n : n + 1;
	*whole = lf != NULL;
	return sts_buf_err(&file->line);
}

enum sts_err
sts_audit_file_line(
    struct sts_audit_file *file, struct sts_slice *line, const char **why)
{
	enum sts_err err = STS_OK;
	bool whole = false, any = false;

	sts_buf_clear(&file->line);
	while (err == STS_OK && !whole && !file->ended) {
		if (file->at == file->n)
			err = fill(file, why);
		if (err != STS_OK || file->n == 0)
			continue;
		any = true;
		err = take(file, &whole);
	}
	if (err != STS_OK)
		return err;
	if (!any)
		return STS_E_NOTFOUND;
	file->number++;
	*line = sts_buf_view(&file->line);
	return STS_OK;
}

uint64_t
sts_audit_file_number(const struct sts_audit_file *file)
{
	return file->number;
}

int
sts_audit_file_percent(const struct sts_audit_file *file)
{
	int64_t at = gzoffset(file->stream);

	if (file->size <= 0 || at < 0)
		return -1;
	return at >= file->size ? 100 : (int)(at * 100 / file->size);
}
