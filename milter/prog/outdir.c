#include "sts/prog/outdir.h"

#include "sts/base/buf.h"

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

static void
close_keeping_errno(int fd)
{
	int saved = errno;

	(void)close(fd);
	errno = saved;
}

static bool
is_link(int at, const char *name)
{
	struct stat st;

	return fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISLNK(st.st_mode);
}

/* A made one has its mode whatever the umask says: a policy that cannot be read
 * is none. */
static int
enter(int at, const char *name, bool make)
{
	bool made = make && mkdirat(at, name, FOLDER_MODE) == 0;
	int fd;

	if (make && !made && errno != EEXIST)
		return -1;
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		if (errno == ENOTDIR)
			errno = is_link(at, name) ? ELOOP : ENOTDIR;
		return -1;
	}
	if (!made || fchmod(fd, FOLDER_MODE) == 0)
		return fd;
	close_keeping_errno(fd);
	return -1;
}

/* The folder that the file is in, made where `make`, and the file's name there.
 * No link is followed on the way: who may write below the folder would send
 * root's files elsewhere with it.  -1: errno and the culprit tell. */
static int
open_folder_of(
    struct sts_outdir *dir, const char *name, bool make, const char **base)
{
	int fd = fcntl(dir->fd, F_DUPFD_CLOEXEC, 0), next;
	char path[PATH_MAX], *from = path, *slash;

	(void)snprintf(path, sizeof(path), "%s", name);
	while (fd >= 0 && (slash = strchr(from, '/')) != NULL) {
		*slash = '\0';
		next = enter(fd, from, make);
		if (next < 0)
			(void)failed(dir, path);
		*slash = '/';
		close_keeping_errno(fd);
		fd = next;
		from = slash + 1;
	}
	*base = name + (from - path);
	return fd;
}

enum sts_err
sts_outdir_open(const char *path, struct sts_outdir **out)
{
	struct sts_outdir *dir = calloc(1, sizeof(*dir));
	enum sts_err err = STS_E_IO;

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
	close_keeping_errno(dir->fd);
no_folder:
	free(dir);
	return err;
}

static void
staged_name(const char *name, char dst[PATH_MAX])
{
	(void)snprintf(dst, PATH_MAX, "%s%s", name, staged_suffix);
}

static bool
unlink_name(struct sts_outdir *dir, const char *name, int flags)
{
	const char *base;
	int at = open_folder_of(dir, name, false, &base);
	bool done;

	if (at < 0)
		return false;
	done = unlinkat(at, base, flags) == 0;
	if (!done)
		(void)failed(dir, name);
	close_keeping_errno(at);
	return done;
}

/* Those above the file that have nothing in them any more. */
static void
remove_empty_folders(struct sts_outdir *dir, const char *name)
{
	char path[PATH_MAX], *slash;

	(void)snprintf(path, sizeof(path), "%s", name);
	while ((slash = strrchr(path, '/')) != NULL) {
		*slash = '\0';
		if (!unlink_name(dir, path, AT_REMOVEDIR))
			return;
	}
}

static void
drop_staged(struct sts_outdir *dir, const char *name)
{
	char staged[PATH_MAX];

	staged_name(name, staged);
	(void)unlink_name(dir, staged, 0);
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

const char *
sts_outdir_why(int error)
{
	return error == ELOOP
		   ? "it is a symbolic link, and none is followed below the "
		     "folder of --out: remove it, or put there what it points "
		     "to"
		   : strerror(error);
}

/* A pipe that somebody put there is not waited for. */
static int
open_to_read(struct sts_outdir *dir, const char *name)
{
	const char *base;
	int at = open_folder_of(dir, name, false, &base), fd;

	if (at < 0)
		return -1;
	fd = openat(at, base, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		(void)failed(dir, name);
	close_keeping_errno(at);
	return fd;
}

enum sts_err
sts_outdir_read(struct sts_outdir *dir, const char *name, struct sts_buf *b)
{
	int fd = open_to_read(dir, name);
	enum sts_err err;
	struct stat st;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? STS_E_NOTFOUND
							   : STS_E_IO;
	if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode)) {
		(void)close(fd);
		errno = EINVAL;
		return failed(dir, name);
	}
	err = sts_buf_read(b, fd);
	close_keeping_errno(fd);
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

static bool
write_file(struct sts_outdir *dir, int fd, struct sts_slice content)
{
	return fchmod(fd, FILE_MODE) == 0 &&
	       sts_slice_write(content, fd) == STS_OK &&
	       (dir->n - dir->n_changed > FEW || fsync(fd) == 0);
}

/* A file of its own, never what somebody put or linked there. */
static enum sts_err
stage(struct sts_outdir *dir, const char *name, struct sts_slice content)
{
	char staged[PATH_MAX];
	enum sts_err err = STS_OK;
	const char *base;
	int at, fd;

	staged_name(name, staged);
	at = open_folder_of(dir, staged, true, &base);
	if (at < 0)
		return STS_E_IO;
	(void)unlinkat(at, base, 0);
	fd = openat(at, base,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
	if (fd < 0)
		err = failed(dir, staged);
	else if (!write_file(dir, fd, content)) {
		err = failed(dir, staged);
		close_keeping_errno(fd);
	} else if (close(fd) != 0)
		err = failed(dir, staged);
	close_keeping_errno(at);
	return err;
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
	err = remember(dir, name);
	if (err == STS_OK)
		err = stage(dir, name, content);
	return err;
}

/* Flushed, the folder has the file's new name on the disk. */
static enum sts_err
put_in_place(struct sts_outdir *dir, bool flush)
{
	const char *name = dir->names[dir->n_changed], *base;
	char staged[PATH_MAX];
	enum sts_err err = STS_OK;
	int at = open_folder_of(dir, name, false, &base);

	if (at < 0)
		return STS_E_IO;
	staged_name(base, staged);
	if (renameat(at, staged, at, base) != 0) {
		err = failed(dir, name);
	} else {
		dir->n_changed++;
		if (flush && fsync(at) != 0)
			err = failed(dir, name);
	}
	close_keeping_errno(at);
	return err;
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

	if (!unlink_name(dir, name, 0))
		return errno == ENOENT || errno == ENOTDIR ? STS_OK : STS_E_IO;
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
