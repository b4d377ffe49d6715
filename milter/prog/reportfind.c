#include "sts/prog/reportfind.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_CAP = 16384, FIRST = 64 };

void
sts_reportfind_init(struct sts_reportfind *find, void *cookie,
    void (*broken)(void *cookie, const char *path, const char *why))
{
	*find = (struct sts_reportfind){ .cookie = cookie, .broken = broken };
}

void
sts_reportfind_deinit(struct sts_reportfind *find)
{
	for (size_t i = 0; i < find->n; i++)
		free(find->paths[i]);
	free(find->paths);
}

static enum sts_err
grow(struct sts_reportfind *find)
{
	size_t size = find->size == 0 ? FIRST : find->size * 2;
	char **paths = reallocarray(find->paths, size, sizeof(char *));

	if (paths == NULL)
		return STS_E_NOMEM;
	find->paths = paths;
	find->size = size;
	return STS_OK;
}

static enum sts_err
add_file(struct sts_reportfind *find, const char *path)
{
	if (find->n == STS_REPORTFIND_FILES) {
		find->broken(find->cookie, path,
		    "it is left out: there are more than 100000 files");
		return STS_E_LIMIT;
	}
	if (find->n == find->size && grow(find) != STS_OK)
		return STS_E_NOMEM;
	find->paths[find->n] = strdup(path);
	if (find->paths[find->n] == NULL)
		return STS_E_NOMEM;
	find->n++;
	return STS_OK;
}

static void
cannot(struct sts_reportfind *find, const char *path, int why)
{
	char text[256];

	(void)snprintf(
	    text, sizeof(text), "it cannot be read: %s", strerror(why));
	find->broken(find->cookie, path, text);
}

static enum sts_err add_folder(
    struct sts_reportfind *find, const char *path, unsigned depth);

/* What lies in a folder: files and folders; no pipe is waited for, and no link
 * to a folder is followed, for it may lead back. */
static enum sts_err
add_entry(struct sts_reportfind *find, const char *path, unsigned depth)
{
	struct stat st;

	if (lstat(path, &st) != 0) {
		cannot(find, path, errno);
		return STS_OK;
	}
	if (S_ISDIR(st.st_mode))
		return add_folder(find, path, depth);
	if (S_ISLNK(st.st_mode) && stat(path, &st) != 0) {
		cannot(find, path, errno);
		return STS_OK;
	}
	return S_ISREG(st.st_mode) ? add_file(find, path) : STS_OK;
}

static enum sts_err
add_named(struct sts_reportfind *find, const char *folder, const char *name,
    unsigned depth)
{
	struct sts_buf path;
	enum sts_err err;

	sts_buf_init(&path, PATH_CAP);
	sts_buf_printf(&path, "%s/%s", folder, name);
	err = sts_buf_err(&path);
	if (err == STS_OK)
		err = add_entry(find, sts_buf_cstr(&path), depth);
	sts_buf_deinit(&path);
	return err;
}

static bool
has_folder(const char *folder, const char *name)
{
	char path[PATH_CAP];
	struct stat st;
	int n = snprintf(path, sizeof(path), "%s/%s", folder, name);

	return n > 0 && (size_t)n < sizeof(path) && stat(path, &st) == 0 &&
	       S_ISDIR(st.st_mode);
}

/* Of a Maildir only what was delivered: never tmp, nor the server's files. */
static enum sts_err
add_maildir(struct sts_reportfind *find, const char *path, unsigned depth)
{
	enum sts_err err = add_named(find, path, "cur", depth);

	return err != STS_OK ? err : add_named(find, path, "new", depth);
}

static int
is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static enum sts_err
add_all(struct sts_reportfind *find, const char *path, unsigned depth)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_shown, alphasort);
	enum sts_err err = STS_OK;

	if (n < 0) {
		cannot(find, path, errno);
		return STS_OK;
	}
	for (int i = 0; i < n; i++) {
		if (err == STS_OK)
			err = add_named(find, path, entries[i]->d_name, depth);
		free(entries[i]);
	}
	free(entries);
	return err;
}

static enum sts_err
add_folder(struct sts_reportfind *find, const char *path, unsigned depth)
{
	if (depth == STS_REPORTFIND_DEPTH) {
		find->broken(find->cookie, path,
		    "it is left out: folders in folders, more than 8 deep");
		return STS_OK;
	}
	if (has_folder(path, "cur") && has_folder(path, "new"))
		return add_maildir(find, path, depth + 1);
	return add_all(find, path, depth + 1);
}

enum sts_err
sts_reportfind_add(struct sts_reportfind *find, const char *operand)
{
	struct stat st;
	enum sts_err err;

	if (strcmp(operand, "-") != 0 && stat(operand, &st) == 0 &&
	    S_ISDIR(st.st_mode))
		err = add_folder(find, operand, 0);
	else
		err = add_file(find, operand);
	return err == STS_E_LIMIT ? STS_OK : err; /* which was told */
}

enum sts_err
sts_reportfind_read(const char *path, struct sts_buf *out)
{
	enum sts_err err;
	int fd, saved;

	if (strcmp(path, "-") == 0)
		return sts_buf_read(out, STDIN_FILENO);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return STS_E_IO;
	err = sts_buf_read(out, fd);
	saved = errno;
	(void)close(fd);
	errno = saved;
	return err;
}
