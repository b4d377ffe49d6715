/*
 * Socket names: parsing, and listening and connecting by them.
 */
#include "sts/base/sockspec.h"

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define A16 "aaaaaaaaaaaaaaaa"
#define A64 A16 A16 A16 A16

static void
test_parse_good(void **state)
{
	static const struct {
		const char *text;
		struct sts_sockspec spec;
	} rows[] = {
		{ "inet:8463@localhost", { AF_INET, 8463, "localhost", "" } },
		{ "inet:1@127.0.0.1", { AF_INET, 1, "127.0.0.1", "" } },
		{ "inet:65535@[192.0.2.1]",
		    { AF_INET, 65535, "192.0.2.1", "" } },
		{ "inet6:25@::1", { AF_INET6, 25, "::1", "" } },
		{ "inet6:25@[2001:db8::1]",
		    { AF_INET6, 25, "2001:db8::1", "" } },
		{ "unix:/run/x/control", { AF_UNIX, 0, "", "/run/x/control" } },
		{ "local:/a b", { AF_UNIX, 0, "", "/a b" } },
	};
	struct sts_sockspec spec;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (sts_sockspec_parse(sts_slice_str(rows[i].text), &spec) !=
		    STS_OK)
			fail_msg("%s", rows[i].text);
		assert_int_equal(spec.family, rows[i].spec.family);
		assert_int_equal(spec.port, rows[i].spec.port);
		assert_string_equal(spec.host, rows[i].spec.host);
		assert_string_equal(spec.path, rows[i].spec.path);
	}
}

static void
test_parse_bad(void **state)
{
	static const struct {
		struct sts_slice text;
		enum sts_err err;
	} rows[] = {
		{ STS_LIT(""), STS_E_SYNTAX },
		{ STS_LIT("inet"), STS_E_SYNTAX },
		{ STS_LIT("inet:"), STS_E_SYNTAX },
		{ STS_LIT("inet:25"), STS_E_SYNTAX },
		{ STS_LIT("inet:25@"), STS_E_SYNTAX },
		{ STS_LIT("inet:@host"), STS_E_SYNTAX },
		{ STS_LIT("inet:smtp@host"), STS_E_SYNTAX },
		{ STS_LIT("inet:-1@host"), STS_E_SYNTAX },
		{ STS_LIT("inet:25@ho st"), STS_E_SYNTAX },
		{ STS_LIT("inet:25@ho\0st"), STS_E_SYNTAX },
		{ STS_LIT("inet:25@[]"), STS_E_SYNTAX },
		{ STS_LIT("inet:25@a@b"), STS_E_SYNTAX },
		{ STS_LIT("inet:0@host"), STS_E_RANGE },
		{ STS_LIT("inet:65536@host"), STS_E_RANGE },
		{ STS_LIT("inet:99999999999999999999@host"), STS_E_RANGE },
		{ STS_LIT("INET:25@host"), STS_E_SYNTAX },
		{ STS_LIT("tcp:25@host"), STS_E_SYNTAX },
		{ STS_LIT("/run/x"), STS_E_SYNTAX },
		{ STS_LIT("unix:"), STS_E_SYNTAX },
		{ STS_LIT("unix:/"), STS_E_SYNTAX },
		{ STS_LIT("unix:run/x"), STS_E_SYNTAX },
		{ STS_LIT("unix:/a\0b"), STS_E_SYNTAX },
		{ STS_LIT("unix:/" A64 A16 A16 "12345678901"), STS_E_LIMIT },
		{ STS_LIT("inet:1@" A64 A64 A64 A64), STS_E_LIMIT },
	};
	struct sts_sockspec spec = { .family = 77 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (sts_sockspec_parse(rows[i].text, &spec) != rows[i].err)
			fail_msg("%.*s", (int)rows[i].text.n, rows[i].text.p);
	assert_int_equal(spec.family, 77);
	assert_int_equal(sts_sockspec_parse(
			     STS_LIT("unix:/" A64 A16 A16 "1234567890"), &spec),
	    STS_OK);
}

static char *
new_folder(void)
{
	static const char form[] = "/tmp/sockspec_test.XXXXXX";
	char *folder = strdup(form);

	assert_non_null(folder);
	assert_non_null(mkdtemp(folder));
	return folder;
}

static struct sts_sockspec
in_folder(const char *folder)
{
	struct sts_sockspec spec = { .family = AF_UNIX };

	assert_true(snprintf(spec.path, sizeof(spec.path), "%s/s", folder) <
		    (int)sizeof(spec.path));
	return spec;
}

static void
test_unix(void **state)
{
	char *folder = new_folder();
	struct sts_sockspec spec = in_folder(folder);
	mode_t mask = umask(0077);
	struct stat st;
	const char *why;
	int fd, fd2 = -1, client;

	(void)state;
	assert_int_equal(sts_sockspec_connect(&spec, &client, &why), STS_E_IO);
	assert_int_equal(errno, ENOENT);
	assert_string_equal(why, "connecting");

	/* The mode is the one asked for, whatever the umask. */
	assert_int_equal(sts_sockspec_listen(&spec, 0660, &fd, &why), STS_OK);
	assert_int_equal(stat(spec.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(sts_sockspec_connect(&spec, &client, &why), STS_OK);
	assert_false(fcntl(client, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(client, F_GETFD) & FD_CLOEXEC);

	/* One that answers is left alone, */
	assert_int_equal(
	    sts_sockspec_listen(&spec, 0660, &fd2, &why), STS_E_REFUSED);
	assert_int_equal(errno, EADDRINUSE);
	assert_string_equal(why, "another process answers at the socket");
	assert_int_equal(fd2, -1);
	(void)close(client);
	(void)close(fd);

	/* one that a dead process left behind is taken over. */
	assert_int_equal(stat(spec.path, &st), 0);
	assert_int_equal(sts_sockspec_listen(&spec, 0600, &fd, &why), STS_OK);
	assert_int_equal(stat(spec.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	(void)close(fd);
	assert_int_equal(unlink(spec.path), 0);
	assert_int_equal(rmdir(folder), 0);
	(void)umask(mask);
	free(folder);
}

/* A server too busy to take another connection is alive. */
static void
test_unix_busy(void **state)
{
	char *folder = new_folder();
	struct sts_sockspec spec = in_folder(folder);
	const char *why;
	int fd, fd2, client;

	(void)state;
	assert_int_equal(sts_sockspec_listen(&spec, 0600, &fd, &why), STS_OK);
	assert_int_equal(listen(fd, 0), 0);
	assert_int_equal(sts_sockspec_connect(&spec, &client, &why), STS_OK);
	assert_int_equal(
	    sts_sockspec_listen(&spec, 0600, &fd2, &why), STS_E_REFUSED);
	(void)close(client);
	(void)close(fd);
	assert_int_equal(unlink(spec.path), 0);
	assert_int_equal(rmdir(folder), 0);
	free(folder);
}

/* What is no socket is never removed. */
static void
test_unix_in_the_way(void **state)
{
	char *folder = new_folder();
	struct sts_sockspec spec = in_folder(folder);
	struct stat st;
	const char *why;
	int fd;

	(void)state;
	fd = open(spec.path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(
	    sts_sockspec_listen(&spec, 0600, &fd, &why), STS_E_REFUSED);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(stat(spec.path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(unlink(spec.path), 0);
	assert_int_equal(rmdir(folder), 0);
	/* Nor is a folder made. */
	assert_int_equal(sts_sockspec_listen(&spec, 0600, &fd, &why), STS_E_IO);
	assert_int_equal(errno, ENOENT);
	assert_string_equal(why, "binding the socket");
	free(folder);
}

/* A port that nobody has: the kernel's choice, given back. */
static uint16_t
free_port(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t n = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &n), 0);
	(void)close(fd);
	return ntohs(sin.sin_port);
}

static void
test_inet(void **state)
{
	struct sts_sockspec spec = { AF_INET, free_port(), "127.0.0.1", "" };
	const char *why;
	int fd, fd2, client;

	(void)state;
	assert_int_equal(sts_sockspec_connect(&spec, &client, &why), STS_E_IO);
	assert_int_equal(errno, ECONNREFUSED);
	assert_int_equal(sts_sockspec_listen(&spec, 0, &fd, &why), STS_OK);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_int_equal(sts_sockspec_listen(&spec, 0, &fd2, &why), STS_E_IO);
	assert_int_equal(errno, EADDRINUSE);
	assert_string_equal(why, "binding the socket");
	assert_int_equal(sts_sockspec_connect(&spec, &client, &why), STS_OK);
	(void)close(client);
	(void)close(fd);
	spec = (struct sts_sockspec){ AF_INET, 1, "::1", "" };
	assert_int_equal(sts_sockspec_listen(&spec, 0, &fd, &why), STS_E_IO);
	assert_int_equal(errno, EADDRNOTAVAIL);
	assert_string_equal(why, "looking up the socket's host name");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_good),
		cmocka_unit_test(test_parse_bad),
		cmocka_unit_test(test_unix),
		cmocka_unit_test(test_unix_busy),
		cmocka_unit_test(test_unix_in_the_way),
		cmocka_unit_test(test_inet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
