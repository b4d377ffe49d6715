#include "sts/prog/sandbox.h"

#include "sts/base/slice.h"
#include "sts/prog/landlock.h"
#include "sts/prog/seccomp.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

void
sts_sandbox_init(struct sts_sandbox *sandbox)
{
	memset(sandbox, 0, sizeof(*sandbox));
}

void
sts_sandbox_deinit(struct sts_sandbox *sandbox)
{
	for (size_t i = 0; i < sandbox->n_places; i++)
		free(sandbox->places[i].path);
	sts_sandbox_init(sandbox);
}

/* Whether a real path is the place or beneath it. */
static bool
is_beneath(const char *path, const char *place)
{
	size_t n = strlen(place);

	if (strcmp(place, "/") == 0)
		return true;
	return strncmp(path, place, n) == 0 &&
	       (path[n] == '\0' || path[n] == '/');
}

static bool
is_covered(const struct sts_sandbox *sandbox, unsigned rights, const char *real)
{
	unsigned found = 0;

	for (size_t i = 0; i < sandbox->n_places; i++)
		if (is_beneath(real, sandbox->places[i].path))
			found |= sandbox->places[i].rights;
	if (found & STS_SANDBOX_WRITE)
		found |= STS_SANDBOX_READ | STS_SANDBOX_REMOVE;
	return (rights & ~found) == 0;
}

/* Takes over `real`, which may be NULL: there is no such place. */
static void
add(struct sts_sandbox *sandbox, unsigned rights, char *real)
{
	if (real == NULL || is_covered(sandbox, rights, real)) {
		free(real);
		return;
	}
	if (sandbox->n_places == STS_SANDBOX_PLACES) {
		sandbox->err = STS_E_LIMIT;
		free(real);
		return;
	}
	sandbox->places[sandbox->n_places++] =
	    (struct sts_sandbox_place){ .path = real, .rights = rights };
}

void
sts_sandbox_allow_folder(
    struct sts_sandbox *sandbox, unsigned rights, const char *path)
{
	add(sandbox, rights, realpath(path, NULL));
}

/* The real path of the folder that a path is in, or NULL. */
static char *
real_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	size_t n = slash == NULL ? 0 : (size_t)(slash - path);

	if (slash == NULL)
		return realpath(".", NULL);
	if (n == 0)
		return realpath("/", NULL);
	if (sts_slice_copy(sts_slice(path, n), folder, sizeof(folder)) !=
	    STS_OK)
		return NULL;
	return realpath(folder, NULL);
}

static bool
is_device(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISCHR(st.st_mode);
}

void
sts_sandbox_allow_file(
    struct sts_sandbox *sandbox, unsigned rights, const char *path)
{
	char *target;

	if (path[0] == '\0')
		return;
	target = realpath(path, NULL);
	if (is_device(path)) {
		add(sandbox, rights, target);
		return;
	}
	add(sandbox, rights, real_folder(path));
	if (target != NULL)
		add(sandbox, rights, real_folder(target));
	free(target);
}

void
sts_sandbox_allow_port(struct sts_sandbox *sandbox, uint16_t port)
{
	for (size_t i = 0; i < sandbox->n_ports; i++)
		if (sandbox->ports[i] == port)
			return;
	if (sandbox->n_ports == STS_SANDBOX_PORTS)
		sandbox->err = STS_E_LIMIT;
	else
		sandbox->ports[sandbox->n_ports++] = port;
}

enum sts_err
sts_sandbox_enter(struct sts_sandbox *sandbox, struct sts_log *log)
{
	enum sts_err err = sandbox->err;

	errno = ENOSPC; /* where that is the error */
	if (err == STS_OK)
		err = sts_landlock_enter(sandbox, &sandbox->landlock);
	if (err == STS_OK)
		err = sts_seccomp_enter(&sandbox->seccomp);
	if (err != STS_OK)
		return err;
	sts_log(log, STS_LOG_INFO, "sandbox",
	    STS_KV_STR("landlock", sandbox->landlock > 0 ? "yes" : "no"),
	    STS_KV_INT("landlock_abi", sandbox->landlock),
	    STS_KV_STR("seccomp", sandbox->seccomp ? "yes" : "no"));
	return STS_OK;
}

bool
sts_sandbox_permits(
    const struct sts_sandbox *sandbox, unsigned rights, const char *path)
{
	bool permitted = true;
	char *real;

	if (sandbox->landlock == 0 || path[0] == '\0')
		return true;
	real = realpath(path, NULL);
	if (real == NULL)
		real = real_folder(path);
	if (real != NULL)
		permitted = is_covered(sandbox, rights, real);
	free(real);
	return permitted;
}

bool
sts_sandbox_permits_port(const struct sts_sandbox *sandbox, uint16_t port)
{
	if (sandbox->landlock == 0)
		return true;
	for (size_t i = 0; i < sandbox->n_ports; i++)
		if (sandbox->ports[i] == port)
			return true;
	return false;
}
