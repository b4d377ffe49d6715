#include "sts/prog/landlock.h"

#if STS_LANDLOCK

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * What <linux/landlock.h> has from some version of the ABI on; Debian 12's is
 * of version 2.  A kernel takes as much of the structures as it knows.
 */
#define FS_TRUNCATE (UINT64_C(1) << 14) /* 3 */
#define NET_BIND_TCP (UINT64_C(1) << 0) /* 4 */
#define NET_CONNECT_TCP (UINT64_C(1) << 1)
#define FS_IOCTL_DEV (UINT64_C(1) << 15) /* 5 */
#define SCOPE_SIGNAL (UINT64_C(1) << 1) /* 6 */
enum { RULE_PATH_BENEATH = 1, RULE_NET_PORT = 2 };

struct ruleset {
	uint64_t fs; /* 1 */
	uint64_t net; /* 4 */
	uint64_t scopes; /* 6 */
};

struct port_rule {
	uint64_t access;
	uint64_t port;
};

/* What there is to be refused, in the order in which it came. */
#define FS_FIRST ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1) /* all of 1 */
#define FS_FILE                                                                \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |        \
	    FS_TRUNCATE)
#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_WRITE                                                               \
	(FS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE |                             \
	    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE |     \
	    FS_TRUNCATE)

/*
 * All of the file system's rights are handled, so that what no rule gives is
 * refused.  No port is ever bound again.  Abstract sockets stay: the service
 * manager's may be one.
 */
static struct ruleset
ruleset_of(int abi)
{
	struct ruleset set = { .fs = FS_FIRST };

	if (abi >= 2)
		set.fs |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		set.fs |= FS_TRUNCATE;
	if (abi >= 4)
		set.net = NET_BIND_TCP | NET_CONNECT_TCP;
	if (abi >= 5)
		set.fs |= FS_IOCTL_DEV;
	if (abi >= 6)
		set.scopes = SCOPE_SIGNAL;
	return set;
}

static uint64_t
access_of(unsigned rights)
{
	uint64_t access = 0;

	if (rights & STS_SANDBOX_READ)
		access |= FS_READ;
	if (rights & STS_SANDBOX_WRITE)
		access |= FS_WRITE;
	if (rights & STS_SANDBOX_REMOVE)
		access |= LANDLOCK_ACCESS_FS_REMOVE_FILE;
	return access;
}

static int
add_rule(int ruleset, int type, const void *rule)
{
	return (int)syscall(SYS_landlock_add_rule, ruleset, type, rule, 0);
}

/* What has gone meanwhile, or what the user cannot reach anyway, is left out.
 */
static enum sts_err
add_place(int ruleset, const struct ruleset *set,
    const struct sts_sandbox_place *place)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = access_of(place->rights) & set->fs,
		.parent_fd = open(place->path, O_PATH | O_CLOEXEC),
	};
	struct stat st;
	int rc;

	if (rule.parent_fd < 0)
		return STS_OK;
	rc = fstat(rule.parent_fd, &st);
	if (rc == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access &= FS_FILE;
	if (rc == 0)
		rc = add_rule(ruleset, RULE_PATH_BENEATH, &rule);
	(void)close(rule.parent_fd);
	return rc == 0 ? STS_OK : STS_E_IO;
}

static enum sts_err
add_port(int ruleset, uint16_t port)
{
	const struct port_rule rule = {
		.access = NET_CONNECT_TCP,
		.port = port,
	};

	return add_rule(ruleset, RULE_NET_PORT, &rule) == 0 ? STS_OK : STS_E_IO;
}

static enum sts_err
add_rules(
    int ruleset, const struct ruleset *set, const struct sts_sandbox *sandbox)
{
	enum sts_err err = STS_OK;

	for (size_t i = 0; err == STS_OK && i < sandbox->n_places; i++)
		err = add_place(ruleset, set, &sandbox->places[i]);
	for (size_t i = 0;
	     set->net != 0 && err == STS_OK && i < sandbox->n_ports; i++)
		err = add_port(ruleset, sandbox->ports[i]);
	return err;
}

static size_t
ruleset_size(int abi)
{
	if (abi >= 6)
		return sizeof(struct ruleset);
	return abi >= 4 ? offsetof(struct ruleset, scopes)
			: offsetof(struct ruleset, net);
}

enum sts_err
sts_landlock_enter(const struct sts_sandbox *sandbox, int *abi)
{
	int version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	const struct ruleset set = ruleset_of(version);
	enum sts_err err;
	int fd;

	*abi = 0;
	if (version < 1)
		return STS_OK; /* not built in, turned off, or forbidden */
	fd = (int)syscall(
	    SYS_landlock_create_ruleset, &set, ruleset_size(version), 0);
	if (fd < 0)
		return STS_E_IO;
	err = add_rules(fd, &set, sandbox);
	if (err == STS_OK && syscall(SYS_landlock_restrict_self, fd, 0) != 0)
		err = STS_E_IO;
	if (err == STS_OK)
		*abi = version;
	(void)close(fd);
	return err;
}

#else

enum sts_err
sts_landlock_enter(const struct sts_sandbox *sandbox, int *abi)
{
	(void)sandbox;
	*abi = 0;
	return STS_OK;
}

#endif
