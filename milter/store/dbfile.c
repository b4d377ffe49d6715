#include "sts/store/dbfile.h"

#include "sts/base/buf.h"
#include "sts/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* SQLite's file format, section 1.3: the header's first bytes, and where the
 * application id is in it, big-endian. */
static const char magic[16] = "SQLite format 3";
enum { APPLICATION_ID_AT = 68, FIRST_PAGE = 4096 };

/* How the entry of our table begins in sqlite_schema, which is in the first
 * page: type, name, table name. No dump or document has these in one piece. */
#define SCHEMA_MARK "tablests_recordsts_record"

static const char *
advice(int err)
{
	switch (err) {
	case ENOENT:
		return ": make its folder, owned by the daemon's user";
	case EACCES:
	case EPERM:
		return ": give the file and its folder to the daemon's user";
	case EISDIR:
	case ENOTDIR:
		return ": name a file in the key `store`";
	default:
		return "";
	}
}

static void
explain_errno(char *why)
{
	int err = errno;

	(void)snprintf(why, STS_DB_WHY, "%m%s", advice(err));
}

static uint32_t
big_endian(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

/* Judges the first page, of n bytes. */
static enum sts_err
judge(const unsigned char *page, size_t n, char *why)
{
	bool whole =
	    n >= sizeof(magic) && memcmp(page, magic, sizeof(magic)) == 0;
	bool has_id =
	    n >= APPLICATION_ID_AT + 4 &&
	    big_endian(page + APPLICATION_ID_AT) == STS_DB_APPLICATION_ID;
	bool has_mark =
	    memmem(page, n, SCHEMA_MARK, sizeof(SCHEMA_MARK) - 1) != NULL;

	if (n == 0 || (whole && has_id))
		return STS_OK;
	if (has_id || has_mark) {
		(void)snprintf(why, STS_DB_WHY, "its header is damaged");
		return STS_E_SYNTAX;
	}
	(void)snprintf(why, STS_DB_WHY,
	    "not a cache of mta-sts-milter, left alone: name another file in "
	    "the key `store`, or move this one away");
	return STS_E_REFUSED;
}

static enum sts_err
read_and_judge(int fd, char *why)
{
	unsigned char page[FIRST_PAGE];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) != 0) {
		explain_errno(why);
		return STS_E_IO;
	}
	if (!S_ISREG(st.st_mode)) {
		(void)snprintf(why, STS_DB_WHY,
		    "not a regular file, left alone: name another in the key "
		    "`store`");
		return STS_E_REFUSED;
	}
	n = pread(fd, page, sizeof(page), 0);
	if (n < 0) {
		explain_errno(why);
		return STS_E_IO;
	}
	return judge(page, (size_t)n, why);
}

enum sts_err
sts_dbfile_check(const char *path, char *why)
{
	enum sts_err err;
	int fd;

	/* Not to be kept waiting by a FIFO. */
	fd = open(
	    path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
	if (fd < 0) {
		explain_errno(why);
		return STS_E_IO;
	}
	err = read_and_judge(fd, why);
	/* SQLite gives its files the mode of this one. Where it is not ours to
	 * change, it works without. */
	if (err == STS_OK)
		(void)!fchmod(fd, 0600);
	(void)close(fd);
	return err;
}

/* PATH.damaged-20260101T000000Z, or with .1, .2 … behind where that is taken.
 * NULL: out of memory. */
static char *
name_aside(const char *path, int64_t wall_s)
{
	char time[STS_TIME_TEXT];
	struct sts_buf b;

	sts_buf_init(&b, PATH_MAX);
	(void)sts_time_rfc3339(wall_s, time);
	for (unsigned i = 0; i < 100; i++) {
		sts_buf_clear(&b);
		sts_buf_printf(&b, "%s.damaged-", path);
		for (const char *p = time; *p != '\0'; p++)
			if (*p != '-' && *p != ':')
				sts_buf_char(&b, *p);
		if (i > 0)
			sts_buf_printf(&b, ".%u", i);
		if (access(sts_buf_cstr(&b), F_OK) != 0)
			break;
	}
	return sts_buf_take(&b);
}

static bool
rename_with(const char *from, const char *to, const char *ending)
{
	struct sts_buf a, b;
	bool done = false;

	sts_buf_init(&a, PATH_MAX);
	sts_buf_init(&b, PATH_MAX);
	sts_buf_printf(&a, "%s%s", from, ending);
	sts_buf_printf(&b, "%s%s", to, ending);
	if (sts_buf_err(&a) == STS_OK && sts_buf_err(&b) == STS_OK)
		done = rename(sts_buf_cstr(&a), sts_buf_cstr(&b)) == 0;
	else
		errno = ENAMETOOLONG;
	sts_buf_deinit(&a);
	sts_buf_deinit(&b);
	return done;
}

enum sts_err
sts_dbfile_set_aside(const char *path, int64_t wall_s, char **to, char *why)
{
	/* The file itself last: a new one must never meet an old log. */
	static const char *const endings[] = { "-journal", "-wal", "-shm", "" };
	char *aside = name_aside(path, wall_s);

	if (aside == NULL)
		return STS_E_NOMEM;
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		if (rename_with(path, aside, endings[i]) || errno == ENOENT)
			continue;
		explain_errno(why);
		free(aside);
		return STS_E_IO;
	}
	*to = aside;
	return STS_OK;
}
