#include "sts/prog/spawn.h"

#include "sts/base/clock.h"
#include "sts/base/escape.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 1 << 16, ERROR_SIZE = 400, TZ_SIZE = 128 };

struct run {
	pid_t pid;
	int out, error; /* ends of pipes; -1: closed */
	int64_t until; /* monotonic ms */
	sts_spawn_take *take;
	void *cookie;
	char said[ERROR_SIZE]; /* the beginning of its standard error */
	size_t n_said;
};

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

/* What another program needs: a path, a language that we can read, and the
 * person's time zone. */
static int
start(const char *const *argv, const posix_spawn_file_actions_t *actions,
    pid_t *pid)
{
	char tz[TZ_SIZE] = "STS_NO_TZ=";
	char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char language[] = "LC_ALL=C";
	char *const environment[] = { path, language, tz, NULL };
	const char *zone = getenv("TZ");

	if (zone != NULL && strlen(zone) < TZ_SIZE - 3)
		(void)snprintf(tz, sizeof(tz), "TZ=%s", zone);
	return posix_spawn(pid, argv[0], actions, NULL,
	    (char *const *)(uintptr_t)argv, environment);
}

/* 0, or an errno. */
static int
start_with(const char *const *argv, int out, int error, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int failed = posix_spawn_file_actions_init(&actions);

	if (failed != 0)
		return failed;
	failed = posix_spawn_file_actions_addopen(
	    &actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (failed == 0)
		failed = posix_spawn_file_actions_adddup2(
		    &actions, out, STDOUT_FILENO);
	if (failed == 0)
		failed = posix_spawn_file_actions_adddup2(
		    &actions, error, STDERR_FILENO);
	if (failed == 0)
		failed = start(argv, &actions, pid);
	(void)posix_spawn_file_actions_destroy(&actions);
	return failed;
}

static int
begin(struct run *run, const char *const *argv)
{
	int out[2] = { -1, -1 }, error[2] = { -1, -1 };
	int failed = 0;

	if (pipe2(out, O_CLOEXEC) != 0 || pipe2(error, O_CLOEXEC) != 0)
		failed = errno;
	if (failed == 0)
		failed = start_with(argv, out[1], error[1], &run->pid);
	close_fd(&out[1]);
	close_fd(&error[1]);
	if (failed != 0) {
		close_fd(&out[0]);
		close_fd(&error[0]);
		return failed;
	}
	run->out = out[0];
	run->error = error[0];
	return 0;
}

static void
keep_said(struct run *run, struct sts_slice bytes)
{
	size_t room = sizeof(run->said) - run->n_said;
	size_t n = bytes.n < room ? bytes.n : room;

	memcpy(run->said + run->n_said, bytes.p, n);
	run->n_said += n;
}

/* false: it was enough. */
static bool
read_one(struct run *run, int *fd, char *chunk)
{
	ssize_t n = read(*fd, chunk, CHUNK);

	if (n <= 0) {
		if (n == 0 || errno != EINTR)
			close_fd(fd);
		return true;
	}
	if (fd == &run->out)
		return run->take(run->cookie, sts_slice(chunk, (size_t)n));
	keep_said(run, sts_slice(chunk, (size_t)n));
	return true;
}

/* STS_E_AGAIN: it was enough. */
static enum sts_err
read_all(struct run *run, char *chunk)
{
	while (run->out >= 0 || run->error >= 0) {
		struct pollfd fds[] = { { run->out, POLLIN, 0 },
			{ run->error, POLLIN, 0 } };
		int64_t left = run->until - sts_mono_ms(&sts_clock_system);

		if (left <= 0)
			return STS_E_TIMEOUT;
		if (poll(fds, 2, left > 1000 ? 1000 : (int)left) <= 0)
			continue;
		if (fds[0].revents != 0 && !read_one(run, &run->out, chunk))
			return STS_E_AGAIN;
		if (fds[1].revents != 0)
			(void)read_one(run, &run->error, chunk);
	}
	return STS_OK;
}

/* Its exit status; -1 where a signal ended it.  What closed its output ends
 * soon; the deadline holds all the same. */
static int
reap(struct run *run, bool at_once)
{
	const struct timespec pause = { .tv_nsec = 5000000 };
	int status = -1;
	pid_t pid = 0;

	while (!at_once && pid == 0 &&
	       sts_mono_ms(&sts_clock_system) < run->until) {
		pid = waitpid(run->pid, &status, WNOHANG);
		if (pid == 0)
			(void)nanosleep(&pause, NULL);
	}
	if (pid == 0) {
		(void)kill(run->pid, SIGKILL);
		while (waitpid(run->pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
tell_end(const struct run *run, const char *program, int status, char *why)
{
	struct sts_slice rest = sts_slice(run->said, run->n_said), line;
	char said[ERROR_SIZE], ended[32] = "was ended by a signal";

	(void)sts_slice_cut(&rest, '\n', &line);
	(void)sts_escape_to(said, sizeof(said), line);
	if (status >= 0)
		(void)snprintf(ended, sizeof(ended), "ended with %d", status);
	(void)snprintf(why, STS_SPAWN_WHY, "%.64s %s%s%s", program, ended,
	    said[0] == '\0' ? "" : ": ", said);
}

enum sts_err
sts_spawn(const char *const *argv, int64_t ms, sts_spawn_take *take,
    void *cookie, char *why)
{
	struct run run = { .take = take, .cookie = cookie };
	char *chunk = malloc(CHUNK);
	enum sts_err err;
	int failed, status;

	if (chunk == NULL)
		return STS_E_NOMEM;
	run.until = sts_mono_ms(&sts_clock_system) + ms;
	failed = begin(&run, argv);
	if (failed != 0) {
		(void)snprintf(why, STS_SPAWN_WHY, "%.200s: %s", argv[0],
		    strerror(failed));
		free(chunk);
		return STS_E_REFUSED;
	}
	err = read_all(&run, chunk);
	status = reap(&run, err != STS_OK);
	close_fd(&run.out);
	close_fd(&run.error);
	free(chunk);
	if (err == STS_E_TIMEOUT)
		(void)snprintf(
		    why, STS_SPAWN_WHY, "%.200s did not end in time", argv[0]);
	if (err == STS_E_AGAIN)
		return STS_OK;
	if (err == STS_OK && status != 0) {
		tell_end(&run, argv[0], status, why);
		err = STS_E_IO;
	}
	return err;
}
