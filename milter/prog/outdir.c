#include "sts/prog/outdir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whoever serves or loads the files is another user: they are for all. */
enum { FOLDER_MODE = 0755, FILE_MODE = 0644 };

/* So many files are flushed to the disk one by one; more, all at once, for
 * thousands of fsync(2) would take minutes. */
enum { FEW = 64 };

static const char staged_suffix[] = ".new";

struct sts_outdir {
	int fd;
	bool made; /* by us, now */
	char *path;
	char culprit[PATH_MAX];
	char **names; /* committed or removed, then staged */
	size_t n_changed, n, room;
};

static enum sts_err
failed(struct sts_outdir *dir, const char *name)
{
	int n = snprintf(
	    dir->culprit, sizeof(dir->culprit), "%s/%s", dir->path, name);

	if (n < 0 || (size_t)n >= sizeof(dir->culprit)) /* its folder, then */
		(void)snprintf(
		    dir->culprit, sizeof(dir->culprit), "%s", dir->path);
	return STS_E_IO;
}

enum sts_err
sts_outdir_open(const char *path, struct sts_outdir **out)
{
	struct sts_outdir *dir = calloc(1, sizeof(*dir));
	enum sts_err err = STS_E_IO;
	int saved;

	if (dir == NULL)
		return STS_E_NOMEM;
	dir->made = mkdir(path, FOLDER_MODE) == 0;
	if (dir->made ? chmod(path, FOLDER_MODE) != 0 : errno != EEXIST)
		goto no_folder;
	dir->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir->fd < 0)
		goto no_folder;
	if (flock(dir->fd, LOCK_EX | LOCK_NB) != 0) {
		err = errno == EWOULDBLOCK ? STS_E_AGAIN : STS_E_IO;
		goto no_path;
	}
	dir->path = realpath(path, NULL);
	if (dir->path == NULL)
		goto no_path;
	*out = dir;
	return STS_OK;
no_path:
	saved = errno;
	(void)close(dir->fd);
	errno = saved;
no_folder:
	free(dir);
	return err;
}

static void
staged_name(const char *name, char dst[PATH_MAX])
{
	(void)snprintf(dst, PATH_MAX, "%s%s", name, staged_suffix);
}

/* Those above the file that have nothing in them any more. */
static void
remove_empty_folders(struct sts_outdir *dir, const char *name)
{
	char path[PATH_MAX], *at;

	(void)snprintf(path, sizeof(path), "%s", name);
	while ((at = strrchr(path, '/')) != NULL) {
		*at = '\0';
		if (unlinkat(dir->fd, path, AT_REMOVEDIR) != 0)
			return;
	}
}

static void
drop_staged(struct sts_outdir *dir, const char *name)
{
	char staged[PATH_MAX];

	staged_name(name, staged);
	(void)unlinkat(dir->fd, staged, 0);
	remove_empty_folders(dir, name);
}

void
sts_outdir_close(struct sts_outdir *dir)
{

	if (dir == NULL)
		return;
	for (size_t i = 0; i < dir->n; i++) {
		if (i >= dir->n_changed)
			drop_staged(dir, dir->names[i]);
		free(dir->names[i]);
	}
	if (dir->made && dir->n_changed == 0)
		(void)rmdir(dir->path);
	free(dir->names);
	(void)close(dir->fd);
	free(dir->path);
	free(dir);
}

const char *
sts_outdir_path(const struct sts_outdir *dir)
{
	return dir->path;
}

const char *
sts_outdir_culprit(const struct sts_outdir *dir)
{
	return dir->culprit;
}

enum sts_err
sts_outdir_read(struct sts_outdir *dir, const char *name, struct sts_buf *b)
{
	/* A pipe that somebody put there is not waited for. */
	int fd = openat(dir->fd, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	enum sts_err err;
	struct stat st;
	int saved;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return STS_E_NOTFOUND;
	if (fd < 0)
		return failed(dir, name);
	if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode)) {
		(void)close(fd);
		errno = EINVAL;
		return failed(dir, name);
	}
	err = sts_buf_read(b, fd);
	saved = errno;
	(void)close(fd);
	errno = saved;
	return err == STS_E_IO ? failed(dir, name) : err;
}

static enum sts_err
has_content(struct sts_outdir *dir, const char *name, struct sts_slice content,
    bool *same)
{
	struct sts_buf now;
	enum sts_err err;

	sts_buf_init(&now, content.n);
	err = sts_outdir_read(dir, name, &now);
	*same = err == STS_OK && sts_slice_eq(sts_buf_view(&now), content);
	sts_buf_deinit(&now);
	return err == STS_E_NOTFOUND || err == STS_E_LIMIT ? STS_OK : err;
}

/* Whatever the umask says: a policy that cannot be read is none. */
static bool
make_folder(struct sts_outdir *dir, const char *path)
{
	if (mkdirat(dir->fd, path, FOLDER_MODE) == 0)
		return fchmodat(dir->fd, path, FOLDER_MODE, 0) == 0;
	return errno == EEXIST;
}

static enum sts_err
make_folders(struct sts_outdir *dir, const char *name)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s", name);
	for (char *at = strchr(path, '/'); at != NULL;
	     at = strchr(at + 1, '/')) {
		*at = '\0';
		if (!make_folder(dir, path))
			return failed(dir, path);
		*at = '/';
	}
	return STS_OK;
}

static bool
write_all(int fd, struct sts_slice content)
{
	while (content.n > 0) {
		ssize_t n = write(fd, content.p, content.n);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			content =
			    sts_slice(content.p + n, content.n - (size_t)n);
	}
	return true;
}

static enum sts_err
stage(struct sts_outdir *dir, const char *name, struct sts_slice content)
{
	char staged[PATH_MAX];
	int fd, saved;
	bool ok;

	staged_name(name, staged);
	fd = openat(dir->fd, staged,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
	if (fd < 0)
		return failed(dir, staged);
	ok = fchmod(fd, FILE_MODE) == 0 && write_all(fd, content) &&
	     (dir->n - dir->n_changed > FEW || fsync(fd) == 0);
	saved = errno;
	if (close(fd) == 0 && ok)
		return STS_OK;
	errno = ok ? errno : saved;
	(void)failed(dir, staged);
	saved = errno;
	(void)unlinkat(dir->fd, staged, 0);
	errno = saved;
	return STS_E_IO;
}

static enum sts_err
remember(struct sts_outdir *dir, const char *name)
{
	if (dir->n == dir->room) {
		size_t room = dir->room == 0 ? 16 : dir->room * 2;
		char **names = realloc(dir->names, room * sizeof(*names));

		if (names == NULL)
			return STS_E_NOMEM;
		dir->names = names;
		dir->room = room;
	}
	dir->names[dir->n] = strdup(name);
	if (dir->names[dir->n] == NULL)
		return STS_E_NOMEM;
	dir->n++;
	return STS_OK;
}

enum sts_err
sts_outdir_put(
    struct sts_outdir *dir, const char *name, struct sts_slice content)
{
	bool same = false;
	enum sts_err err = has_content(dir, name, content, &same);

	if (err != STS_OK || same)
		return err;
	err = make_folders(dir, name);
	if (err == STS_OK)
		err = remember(dir, name);
	if (err == STS_OK)
		err = stage(dir, name, content);
	return err;
}

/* The folder that the file is in has its new name on the disk. */
static bool
flush_folder(struct sts_outdir *dir, const char *name)
{
	char path[PATH_MAX], *slash;
	bool ok;
	int fd;

	(void)snprintf(path, sizeof(path), "./%s", name);
	slash = strrchr(path, '/');
	*slash = '\0';
	fd = openat(dir->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ok = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		(void)close(fd);
	return ok;
}

static enum sts_err
put_in_place(struct sts_outdir *dir, bool flush)
{
	const char *name = dir->names[dir->n_changed];
	char staged[PATH_MAX];

	staged_name(name, staged);
	if (renameat(dir->fd, staged, dir->fd, name) != 0)
		return failed(dir, name);
	dir->n_changed++;
	return !flush || flush_folder(dir, name) ? STS_OK : failed(dir, name);
}

enum sts_err
sts_outdir_commit(struct sts_outdir *dir)
{
	bool few = dir->n - dir->n_changed <= FEW;
	enum sts_err err = STS_OK;

	if (!few && syncfs(dir->fd) != 0)
		return failed(dir, "");
	while (err == STS_OK && dir->n_changed < dir->n)
		err = put_in_place(dir, few);
	if (err == STS_OK && !few && syncfs(dir->fd) != 0)
		err = failed(dir, "");
	return err;
}

enum sts_err
sts_outdir_remove(struct sts_outdir *dir, const char *name)
{
	enum sts_err err;

	if (unlinkat(dir->fd, name, 0) != 0)
		return errno == ENOENT || errno == ENOTDIR ? STS_OK
							   : failed(dir, name);
	remove_empty_folders(dir, name);
	err = remember(dir, name);
	if (err == STS_OK)
		dir->n_changed = dir->n;
	return err;
}

const char *
sts_outdir_changed(const struct sts_outdir *dir, size_t i)
{
	return i < dir->n_changed ? dir->names[i] : NULL;
}
