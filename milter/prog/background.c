#include "sts/prog/background.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

/* One byte comes, or the end where the daemon died. */
static void __attribute__((noreturn)) wait_for_daemon(int fd)
{
	unsigned char status = EX_OSERR;
	ssize_t n;

	do
		n = read(fd, &status, 1);
	while (n < 0 && errno == EINTR);
	_exit(n == 1 ? status : EX_OSERR);
}

/* The second fork leaves a process that no terminal can become the master of;
 * the first one's end is waited for, so that no zombie is left. */
static enum sts_err
fork_twice(int read_fd, int write_fd)
{
	pid_t pid = fork();

	if (pid < 0)
		return STS_E_IO;
	if (pid > 0) {
		(void)close(write_fd);
		(void)waitpid(pid, NULL, 0);
		wait_for_daemon(read_fd);
	}
	if (setsid() < 0)
		_exit(EX_OSERR);
	pid = fork();
	if (pid != 0)
		_exit(pid < 0 ? EX_OSERR : 0);
	return STS_OK;
}

enum sts_err
sts_background_enter(struct sts_background *bg)
{
	enum sts_err err;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) != 0)
		return STS_E_IO;
	err = fork_twice(fds[0], fds[1]);
	(void)close(fds[0]);
	if (err == STS_OK && chdir("/") != 0)
		err = STS_E_IO;
	if (err != STS_OK) {
		(void)close(fds[1]);
		return err;
	}
	bg->fd = fds[1];
	return STS_OK;
}

void
sts_background_stay(struct sts_background *bg)
{
	bg->fd = -1;
}

static void
leave_terminal(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)dup2(fd, STDIN_FILENO);
	(void)dup2(fd, STDOUT_FILENO);
	(void)dup2(fd, STDERR_FILENO);
	if (fd > STDERR_FILENO)
		(void)close(fd);
}

void
sts_background_ready(struct sts_background *bg, int status)
{
	unsigned char byte = (unsigned char)status;
	ssize_t n;

	if (bg->fd < 0)
		return;
	do
		n = write(bg->fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	(void)close(bg->fd);
	bg->fd = -1;
	leave_terminal();
}
