/*
 * What the daemon may still ask of the kernel once it runs, whoever has got
 * hold of it by then: a list of places in the file system and of TCP ports
 * (Landlock, landlock(7)), and no system call that it has no use for
 * (seccomp(2)).  What is not there at configure time, or in this kernel, is
 * done without.
 *
 * A list is made, put in force, and then only looked at: on one thread before
 * there are others, and after that by any.  What goes wrong while it is made is
 * told when it is put in force.
 */
#ifndef STS_PROG_SANDBOX_H
#define STS_PROG_SANDBOX_H

#include "sts/base/err.h"
#include "sts/base/log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STS_SANDBOX_PLACES = 64, STS_SANDBOX_PORTS = 64 };

enum sts_sandbox_right { /* a set of bits */
	STS_SANDBOX_READ = 1 << 0, /* files and lists of them */
	STS_SANDBOX_WRITE = 1 << 1, /* that, and make, change, remove files */
	STS_SANDBOX_REMOVE = 1 << 2, /* only that, of files and sockets */
};

struct sts_sandbox_place {
	char *path; /* a real one, of a folder or a device; owned */
	unsigned rights;
};

struct sts_sandbox {
	size_t n_places, n_ports;
	struct sts_sandbox_place places[STS_SANDBOX_PLACES];
	uint16_t ports[STS_SANDBOX_PORTS]; /* of others, to connect to */
	enum sts_err err; /* the first, of those that allow */
	int landlock; /* the ABI that is in force, 0: none */
	bool seccomp; /* a filter is in force */
};

void sts_sandbox_init(struct sts_sandbox *sandbox);
void sts_sandbox_deinit(struct sts_sandbox *sandbox);

/* Everything beneath the folder; nothing where there is no such folder. */
void sts_sandbox_allow_folder(
    struct sts_sandbox *sandbox, unsigned rights, const char *path);

/*
 * A file that is there or will be.  Files are replaced by others of their name,
 * and what is allowed is an inode: so it is the folder that is allowed, and,
 * where the file is a symbolic link, the folder of its target.  A device alone
 * is allowed for itself.  "" is no file.
 */
void sts_sandbox_allow_file(
    struct sts_sandbox *sandbox, unsigned rights, const char *path);

/* Connecting to that TCP port of whatever address. */
void sts_sandbox_allow_port(struct sts_sandbox *sandbox, uint16_t port);

/*
 * Puts it in force for this thread and those that it will start, for good, and
 * logs what is in force.  Needs PR_SET_NO_NEW_PRIVS (prog/privileges.h).
 * STS_E_LIMIT where the list is too long; STS_E_IO where the kernel refuses
 * what it has.  errno tells.
 */
STS_MUST_USE enum sts_err sts_sandbox_enter(
    struct sts_sandbox *sandbox, struct sts_log *log);

/* Whether the rights reach there; where nothing is in force, always.  A path in
 * a folder that is not there is answered with yes: whoever opens it learns
 * more. */
bool sts_sandbox_permits(
    const struct sts_sandbox *sandbox, unsigned rights, const char *path);
bool sts_sandbox_permits_port(const struct sts_sandbox *sandbox, uint16_t port);

#endif
