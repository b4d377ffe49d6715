#include "sts/report/auditfile.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_CAP = 4096, FILES_CAP = 10000 };

static bool
cut_end(struct sts_slice *s, struct sts_slice end)
{
	if (s->n < end.n || memcmp(s->p + s->n - end.n, end.p, end.n) != 0)
		return false;
	s->n -= end.n;
	return true;
}

/* "-20260101", ".1": what logrotate puts in; also "-20260101-1700000000" */
static bool
is_mark(struct sts_slice s)
{
	if (s.n < 2 || (s.p[0] != '.' && s.p[0] != '-') ||
	    !sts_is_digit(s.p[1]))
		return false;
	for (size_t i = 2; i < s.n; i++)
		if (!sts_is_digit(s.p[i]) && s.p[i] != '-')
			return false;
	return true;
}

/* `name` is `base` with a mark behind `n` bytes of it. */
static bool
is_marked(struct sts_slice base, size_t n, struct sts_slice name)
{
	struct sts_slice end = sts_slice(base.p + n, base.n - n);

	if (!sts_slice_starts(name, sts_slice(base.p, n)) ||
	    !cut_end(&name, end) || name.n < n)
		return false;
	return is_mark(sts_slice(name.p + n, name.n - n));
}

bool
sts_audit_is_rotated(const char *base, const char *name, bool *packed)
{
	static const struct sts_slice other[] = { STS_LIT(".xz"),
		STS_LIT(".zst"), STS_LIT(".bz2") };
	struct sts_slice b = sts_slice_str(base), s = sts_slice_str(name);
	const char *dot = strrchr(base, '.');
	bool is_other = false;

	if (!cut_end(&s, STS_LIT(".gz")))
		for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
			is_other = is_other || cut_end(&s, other[i]);
	if (!is_marked(b, b.n, s) &&
	    (dot == NULL || dot == base ||
		!is_marked(b, (size_t)(dot - base), s)))
		return false;
	*packed = is_other;
	return true;
}

struct listing {
	const char *base;
	struct sts_buf path; /* of the folder, with its slash */
	struct sts_audit_path *files;
	size_t n, room;
	size_t others;
};

static enum sts_err
add(struct listing *l, const char *name)
{
	size_t folder = l->path.n, room = l->room == 0 ? 16 : 2 * l->room;
	struct sts_audit_path *grown;
	enum sts_err err = STS_OK;
	struct stat st;

	if (l->n == l->room) {
		grown = reallocarray(l->files, room, sizeof(l->files[0]));
		if (grown == NULL)
			return STS_E_NOMEM;
		l->files = grown;
		l->room = room;
	}
	sts_buf_str(&l->path, name);
	err = sts_buf_err(&l->path);
	if (err == STS_OK && l->n < FILES_CAP &&
	    stat(sts_buf_cstr(&l->path), &st) == 0 && S_ISREG(st.st_mode)) {
		l->files[l->n].modified = st.st_mtime;
		l->files[l->n].path = strdup(sts_buf_cstr(&l->path));
		if (l->files[l->n].path == NULL)
			return STS_E_NOMEM;
		l->n++;
	}
	if (err == STS_OK) {
		l->path.n = folder;
		l->path.p[folder] = '\0';
	}
	return err;
}

static enum sts_err
read_folder(struct listing *l)
{
	const char *path = l->path.n == 0 ? "." : sts_buf_cstr(&l->path);
	DIR *folder = opendir(path);
	enum sts_err err = STS_OK;
	const struct dirent *entry;
	bool packed;

	if (folder == NULL)
		return errno == ENOMEM ? STS_E_NOMEM : STS_E_IO;
	while (err == STS_OK && (entry = readdir(folder)) != NULL) {
		packed = false;
		if (strcmp(entry->d_name, l->base) != 0 &&
		    !sts_audit_is_rotated(l->base, entry->d_name, &packed))
			continue;
		if (packed)
			l->others++;
		else
			err = add(l, entry->d_name);
	}
	(void)closedir(folder);
	return err;
}

static int
older_first(const void *a, const void *b)
{
	const struct sts_audit_path *x = a, *y = b;

	if (x->modified != y->modified)
		return x->modified < y->modified ? -1 : 1;
	return strcmp(x->path, y->path);
}

enum sts_err
sts_audit_files(
    const char *path, struct sts_audit_path **out, size_t *n, size_t *others)
{
	const char *slash = strrchr(path, '/');
	struct listing l = { .base = slash == NULL ? path : slash + 1 };
	enum sts_err err;

	sts_buf_init(&l.path, PATH_CAP);
	sts_buf_add(&l.path, path, (size_t)(l.base - path));
	err = sts_buf_err(&l.path);
	if (err == STS_OK)
		err = read_folder(&l);
	sts_buf_deinit(&l.path);
	if (err != STS_OK) {
		sts_audit_files_free(l.files, l.n);
		return err;
	}
	if (l.n > 0)
		qsort(l.files, l.n, sizeof(l.files[0]), older_first);
	*out = l.files;
	*n = l.n;
	*others = l.others;
	return STS_OK;
}

void
sts_audit_files_free(struct sts_audit_path *files, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(files[i].path);
	free(files);
}
