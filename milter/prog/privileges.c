#include "sts/prog/privileges.h"

#include "sts/base/slice.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

enum sts_err
sts_identity_find(const char *user, struct sts_identity *out)
{
	const struct sts_identity as_it_is = { .name = user };
	const struct passwd *pw;

	*out = as_it_is;
	if (user[0] == '\0' || geteuid() != 0)
		return STS_OK;
	pw = getpwnam(user);
	if (pw == NULL)
		return STS_E_NOTFOUND;
	out->change = true;
	out->uid = pw->pw_uid;
	out->gid = pw->pw_gid;
	return STS_OK;
}

enum sts_err
sts_identity_assume(const struct sts_identity *id)
{
	if (!id->change)
		return STS_OK;
	if (initgroups(id->name, id->gid) != 0 ||
	    setresgid(id->gid, id->gid, id->gid) != 0 ||
	    setresuid(id->uid, id->uid, id->uid) != 0)
		return STS_E_REFUSED;
	if (id->uid != 0 && setuid(0) == 0) {
		errno = EPERM; /* the way back is open */
		return STS_E_REFUSED;
	}
	return STS_OK;
}

/* The folder that a path is in, without its last slash. */
static enum sts_err
folder_of(const char *path, char *dst, size_t size)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return STS_E_RANGE; /* the one where we are */
	if (slash == path)
		slash++; /* "/" itself */
	return sts_slice_copy(
	    sts_slice(path, (size_t)(slash - path)), dst, size);
}

enum sts_err
sts_identity_give(const struct sts_identity *id, const char *path)
{
	char folder[PATH_MAX];
	gid_t gid = id->gid;
	struct stat st;

	if (!id->change)
		return STS_OK;
	if (folder_of(path, folder, sizeof(folder)) == STS_OK &&
	    stat(folder, &st) == 0 && (st.st_mode & S_ISGID) != 0)
		gid = (gid_t)-1;
	return lchown(path, id->uid, gid) == 0 ? STS_OK : STS_E_IO;
}

enum sts_err
sts_identity_make_folder(const struct sts_identity *id, const char *path)
{
	char folder[PATH_MAX];

	if (folder_of(path, folder, sizeof(folder)) != STS_OK)
		return STS_OK;
	if (mkdir(folder, 0750) != 0)
		return errno == EEXIST ? STS_OK : STS_E_IO;
	if (id->change && lchown(folder, id->uid, id->gid) != 0)
		return STS_E_IO;
	return STS_OK;
}
