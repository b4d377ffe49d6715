/*
 * The user that the daemon runs as, and the privileges that it goes without.
 * Before any thread: capabilities and what follows from prctl(2) are a
 * thread's own, and threads begin with their maker's.
 */
#ifndef STS_PROG_PRIVILEGES_H
#define STS_PROG_PRIVILEGES_H

#include "sts/base/err.h"

#include <stdbool.h>
#include <sys/types.h>

struct sts_identity {
	bool change; /* else the user stays as it is */
	const char *name; /* borrowed */
	uid_t uid;
	gid_t gid; /* the user's own group */
};

/* `user` may be "": nothing changes then, nor without root's privileges; but a
 * name is looked up by whomever.  STS_E_NOTFOUND where there is no such user;
 * STS_E_REFUSED where it is root by whatever name. */
STS_MUST_USE enum sts_err sts_identity_find(
    const char *user, struct sts_identity *out);

/* Whether the daemon will run as root, for there is nobody else to become. */
bool sts_identity_is_root(const struct sts_identity *id);

/*
 * Becomes that user, with the groups that it is a member of, for good, and
 * keeps no capability, whoever it is and however the daemon was started; what
 * it executes could gain none either.  That there is no way back is tried.
 * STS_E_REFUSED, errno tells.
 */
STS_MUST_USE enum sts_err sts_identity_assume(const struct sts_identity *id);

/* No core file, and nobody without privileges may look into the process: it
 * has people's addresses in memory.  After sts_identity_assume. */
void sts_privacy_keep(void);

/*
 * Gives the file to that user and its group, so that the group's members may
 * connect to a socket.  A folder with the setgid bit has chosen another group:
 * that one stays.  STS_E_IO, errno tells.
 */
STS_MUST_USE enum sts_err sts_identity_give(
    const struct sts_identity *id, const char *path);

/* Makes the folder of `path`, mode 0750, and gives it to that user, where there
 * is none yet.  Same errors. */
STS_MUST_USE enum sts_err sts_identity_make_folder(
    const struct sts_identity *id, const char *path);

#endif
