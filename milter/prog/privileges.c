#include "sts/prog/privileges.h"

#include "sts/base/slice.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum sts_err
sts_identity_find(const char *user, struct sts_identity *out)
{
	const struct sts_identity as_it_is = { .name = user };
	const struct passwd *pw;

	*out = as_it_is;
	if (user[0] == '\0')
		return STS_OK;
	pw = getpwnam(user);
	if (pw == NULL)
		return STS_E_NOTFOUND;
	if (pw->pw_uid == 0)
		return STS_E_REFUSED;
	out->change = geteuid() == 0;
	out->uid = pw->pw_uid;
	out->gid = pw->pw_gid;
	return STS_OK;
}

bool
sts_identity_is_root(const struct sts_identity *id)
{
	return !id->change && geteuid() == 0;
}

/* What may never be had again, not even by executing something.  Only with
 * CAP_SETPCAP: without it the set stays, and PR_SET_NO_NEW_PRIVS must do. */
static enum sts_err
empty_bounding_set(void)
{
	for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap) != 0 && errno != EPERM)
			return STS_E_REFUSED;
	return STS_OK;
}

static enum sts_err
become(const struct sts_identity *id)
{
	if (!id->change)
		return STS_OK;
	if (initgroups(id->name, id->gid) != 0 ||
	    setresgid(id->gid, id->gid, id->gid) != 0 ||
	    setresuid(id->uid, id->uid, id->uid) != 0)
		return STS_E_REFUSED;
	if (setuid(0) == 0 || (id->gid != 0 && setgid(0) == 0)) {
		errno = EPERM; /* the way back is open */
		return STS_E_REFUSED;
	}
	return STS_OK;
}

static enum sts_err
read_capabilities(struct __user_cap_data_struct *set)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};

	return syscall(SYS_capget, &header, set) == 0 ? STS_OK : STS_E_REFUSED;
}

static bool
is_empty(const struct __user_cap_data_struct *set)
{
	uint32_t all = 0;

	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		all |= set[i].effective | set[i].permitted | set[i].inheritable;
	return all == 0;
}

/* Another user than root has none left by now, unless it was given some at the
 * start; then capset may even be forbidden. */
static enum sts_err
drop_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {
		{ 0 },
	};
	struct __user_cap_data_struct set[_LINUX_CAPABILITY_U32S_3];
	enum sts_err err = read_capabilities(set);

	if (err != STS_OK || is_empty(set))
		return err;
	if (syscall(SYS_capset, &header, none) != 0)
		return STS_E_REFUSED;
	err = read_capabilities(set);
	if (err == STS_OK && !is_empty(set)) {
		errno = EPERM;
		err = STS_E_REFUSED;
	}
	return err;
}

enum sts_err
sts_identity_assume(const struct sts_identity *id)
{
	enum sts_err err = empty_bounding_set();

	if (err == STS_OK)
		err = become(id);
	if (err == STS_OK)
		err = drop_capabilities();
	if (err == STS_OK && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		err = STS_E_REFUSED;
	return err;
}

void
sts_privacy_keep(void)
{
	const struct rlimit no_core = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &no_core);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
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
