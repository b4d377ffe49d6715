/*
 * The user that the daemon runs as.  Before any thread.
 */
#ifndef STS_PROG_PRIVILEGES_H
#define STS_PROG_PRIVILEGES_H

#include "sts/base/err.h"

#include <stdbool.h>
#include <sys/types.h>

struct sts_identity {
	bool change; /* else all stays as it is */
	const char *name; /* borrowed */
	uid_t uid;
	gid_t gid; /* the user's own group */
};

/* `user` may be "": nothing changes then, nor without root's privileges.
 * STS_E_NOTFOUND where there is no such user. */
STS_MUST_USE enum sts_err sts_identity_find(
    const char *user, struct sts_identity *out);

/* Becomes that user, with the groups that it is a member of, for good: that
 * there is no way back is tried.  STS_E_REFUSED, errno tells. */
STS_MUST_USE enum sts_err sts_identity_assume(const struct sts_identity *id);

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
