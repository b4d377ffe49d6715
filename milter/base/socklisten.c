#include "sts/base/sockspec.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Closes and leaves errno as it was: it tells the caller what went wrong. */
static void
close_keeping_errno(int fd)
{
	int saved = errno;

	(void)close(fd);
	errno = saved;
}

static int
new_socket(int family, int flags, const char **why)
{
	*why = "making a socket";
	return socket(family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
}

static struct sockaddr_un
unix_address(const struct sts_sockspec *spec)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	_Static_assert(sizeof(sun.sun_path) >= sizeof(spec->path),
	    "a path that was parsed is one that fits");
	memcpy(sun.sun_path, spec->path, strlen(spec->path) + 1);
	return sun;
}

static int
call_with_unix(int (*call)(int, const struct sockaddr *, socklen_t), int fd,
    const struct sts_sockspec *spec)
{
	struct sockaddr_un sun = unix_address(spec);

	return call(fd, (const struct sockaddr *)&sun, sizeof(sun));
}

/*
 * Removes a socket that a dead process left behind.  Asked without waiting:
 * a live server with a full backlog says EAGAIN and is left alone.
 */
static enum sts_err
remove_stale(const struct sts_sockspec *spec, const char **why)
{
	struct stat st;
	int fd, rc;

	*why = "looking at what stands in the socket's place";
	if (lstat(spec->path, &st) != 0)
		return errno == ENOENT ? STS_OK : STS_E_IO;
	if (!S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return STS_E_REFUSED;
	}
	fd = new_socket(AF_UNIX, SOCK_NONBLOCK, why);
	if (fd < 0)
		return STS_E_IO;
	*why = "looking whether another process answers at the socket";
	rc = call_with_unix(connect, fd, spec);
	close_keeping_errno(fd);
	if (rc != 0 && errno == ENOENT)
		return STS_OK;
	if (rc == 0 || errno != ECONNREFUSED) {
		if (rc == 0)
			*why = "another process answers at the socket";
		errno = EADDRINUSE;
		return STS_E_REFUSED;
	}
	*why = "removing a stale socket";
	return unlink(spec->path) == 0 ? STS_OK : STS_E_IO;
}

static enum sts_err
listen_unix(
    const struct sts_sockspec *spec, mode_t mode, int *out_fd, const char **why)
{
	enum sts_err err = remove_stale(spec, why);
	int fd;

	if (err != STS_OK)
		return err;
	fd = new_socket(AF_UNIX, SOCK_NONBLOCK, why);
	if (fd < 0)
		return STS_E_IO;
	/* First so that it never stands open wider, then past the umask. */
	*why = "binding the socket";
	if (fchmod(fd, mode) != 0 || call_with_unix(bind, fd, spec) != 0)
		goto fail;
	*why = "setting the socket's mode";
	if (chmod(spec->path, mode) != 0)
		goto fail_bound;
	*why = "listening on the socket";
	if (listen(fd, SOMAXCONN) != 0)
		goto fail_bound;
	*out_fd = fd;
	return STS_OK;

fail_bound:
	(void)unlink(spec->path);
fail:
	close_keeping_errno(fd);
	return STS_E_IO;
}

/* The addresses of the host, to be given to freeaddrinfo. */
static enum sts_err
resolve(const struct sts_sockspec *spec, int flags, struct addrinfo **out,
    const char **why)
{
	struct addrinfo hints = {
		.ai_flags = AI_NUMERICSERV | flags,
		.ai_family = spec->family,
		.ai_socktype = SOCK_STREAM,
	};
	char port[8];
	int rc;

	*why = "looking up the socket's host name";
	(void)snprintf(port, sizeof(port), "%u", (unsigned)spec->port);
	rc = getaddrinfo(spec->host, port, &hints, out);
	if (rc == 0)
		return STS_OK;
	if (rc != EAI_SYSTEM)
		errno = EADDRNOTAVAIL;
	return STS_E_IO;
}

static enum sts_err
listen_inet(const struct sts_sockspec *spec, int *out_fd, const char **why)
{
	struct addrinfo *found;
	enum sts_err err = resolve(spec, AI_PASSIVE, &found, why);
	int fd, yes = 1;

	if (err != STS_OK)
		return err;
	err = STS_E_IO;
	fd = new_socket(found->ai_family, SOCK_NONBLOCK, why);
	if (fd < 0)
		goto out;
	*why = "binding the socket";
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, found->ai_addr, found->ai_addrlen) != 0)
		goto out;
	*why = "listening on the socket";
	if (listen(fd, SOMAXCONN) != 0)
		goto out;
	*out_fd = fd;
	fd = -1;
	err = STS_OK;
out:
	if (fd >= 0)
		close_keeping_errno(fd);
	freeaddrinfo(found);
	return err;
}

enum sts_err
sts_sockspec_listen(
    const struct sts_sockspec *spec, mode_t mode, int *out_fd, const char **why)
{
	if (spec->family == AF_UNIX)
		return listen_unix(spec, mode, out_fd, why);
	return listen_inet(spec, out_fd, why);
}

static enum sts_err
connect_unix(const struct sts_sockspec *spec, int *out_fd, const char **why)
{
	int fd = new_socket(AF_UNIX, 0, why);

	if (fd < 0)
		return STS_E_IO;
	*why = "connecting";
	if (call_with_unix(connect, fd, spec) != 0) {
		close_keeping_errno(fd);
		return STS_E_IO;
	}
	*out_fd = fd;
	return STS_OK;
}

static enum sts_err
connect_inet(const struct sts_sockspec *spec, int *out_fd, const char **why)
{
	struct addrinfo *found, *ai;
	enum sts_err err = resolve(spec, 0, &found, why);
	int fd;

	if (err != STS_OK)
		return err;
	err = STS_E_IO;
	for (ai = found; ai != NULL && err != STS_OK; ai = ai->ai_next) {
		fd = new_socket(ai->ai_family, 0, why);
		if (fd < 0)
			break;
		*why = "connecting";
		if (connect(fd, ai->ai_addr, ai->ai_addrlen) == 0) {
			*out_fd = fd;
			err = STS_OK;
		} else {
			close_keeping_errno(fd);
		}
	}
	freeaddrinfo(found);
	return err;
}

enum sts_err
sts_sockspec_connect(
    const struct sts_sockspec *spec, int *out_fd, const char **why)
{
	if (spec->family == AF_UNIX)
		return connect_unix(spec, out_fd, why);
	return connect_inet(spec, out_fd, why);
}
