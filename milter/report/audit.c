#include "sts/report/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { NO_FILE = -1 };

struct sts_audit {
	struct sts_log *log;
	pthread_mutex_t lock; /* guards all below */
	char *path; /* NULL: none */
	int fd;
	bool torn; /* the file ends in a part of a line */
	bool failing; /* told to the log */
	uint64_t lost; /* since it began to fail */
	uint64_t lost_before; /* in earlier failures */
};

enum sts_err
sts_audit_new(struct sts_log *log, struct sts_audit **out)
{
	struct sts_audit *audit = calloc(1, sizeof(*audit));

	if (audit == NULL)
		return STS_E_NOMEM;
	if (pthread_mutex_init(&audit->lock, NULL) != 0) {
		free(audit);
		return STS_E_NOMEM;
	}
	audit->log = log;
	audit->fd = NO_FILE;
	*out = audit;
	return STS_OK;
}

static void
close_file(struct sts_audit *audit)
{
	if (audit->fd != NO_FILE)
		(void)close(audit->fd);
	audit->fd = NO_FILE;
	audit->torn = false;
}

void
sts_audit_free(struct sts_audit *audit)
{
	if (audit == NULL)
		return;
	close_file(audit);
	(void)pthread_mutex_destroy(&audit->lock);
	free(audit->path);
	free(audit);
}

/* errno tells why. */
static void
tell(struct sts_audit *audit, const char *event, const char *path)
{
	char error[128];

	(void)snprintf(error, sizeof(error), "%m");
	sts_log(audit->log, STS_LOG_ERR, event, STS_KV_STR("file", path),
	    STS_KV_STR("error", error));
}

static void
tell_failure(struct sts_audit *audit)
{
	if (!audit->failing)
		tell(audit, "audit-failed", audit->path);
	audit->failing = true;
}

static void
tell_end(struct sts_audit *audit)
{
	if (!audit->failing)
		return;
	sts_log(audit->log, STS_LOG_NOTICE, "audit-resumed",
	    STS_KV_STR("file", audit->path),
	    STS_KV_INT("lost_lines", audit->lost));
	audit->failing = false;
	audit->lost_before += audit->lost;
	audit->lost = 0;
}

/* Never waits: a pipe that nobody reads is a failure like any other. */
static int
open_file(const char *path)
{
	int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK;

	return open(path, flags | O_NOCTTY, 0640);
}

static bool
replace_file(struct sts_audit *audit)
{
	int fd = open_file(audit->path);

	if (fd < 0)
		return false;
	close_file(audit);
	audit->fd = fd;
	return true;
}

void
sts_audit_open(struct sts_audit *audit, const char *path)
{
	char *copy = strdup(path);

	(void)pthread_mutex_lock(&audit->lock);
	if (copy == NULL) {
		tell(audit, "audit-not-opened", path);
		goto out;
	}
	free(audit->path);
	audit->path = copy;
	if (audit->path[0] == '\0')
		close_file(audit);
	else if (!replace_file(audit) && audit->fd != NO_FILE)
		tell(audit, "audit-not-reopened", audit->path);
	else if (audit->fd == NO_FILE)
		tell_failure(audit);
out:
	(void)pthread_mutex_unlock(&audit->lock);
}

bool
sts_audit_wanted(struct sts_audit *audit)
{
	bool wanted;

	(void)pthread_mutex_lock(&audit->lock);
	wanted = audit->path != NULL && audit->path[0] != '\0';
	(void)pthread_mutex_unlock(&audit->lock);
	return wanted;
}

/* One write.  After a part of a line, which a full disk leaves, the next one
 * begins on a line of its own. */
static bool
append(struct sts_audit *audit, char *line)
{
	char end[] = "\n";
	struct iovec iov[] = {
		{ .iov_base = end, .iov_len = audit->torn ? 1 : 0 },
		{ .iov_base = line,
		    .iov_len = line == NULL ? 0 : strlen(line) },
		{ .iov_base = end, .iov_len = 1 },
	};
	size_t want = iov[0].iov_len + iov[1].iov_len + 1;
	ssize_t done;

	if (line == NULL) {
		errno = ENOMEM;
		return false;
	}
	do
		done = writev(audit->fd, iov, 3);
	while (done < 0 && errno == EINTR);
	if (done >= 0 && (size_t)done == want) {
		audit->torn = false;
		return true;
	}
	if (done > 0) {
		audit->torn = true;
		errno = ENOSPC;
	}
	return false;
}

void
sts_audit_write(struct sts_audit *audit, char *line)
{
	(void)pthread_mutex_lock(&audit->lock);
	if (audit->path == NULL || audit->path[0] == '\0')
		goto out; /* taken away meanwhile */
	if ((audit->fd != NO_FILE || replace_file(audit)) &&
	    append(audit, line)) {
		tell_end(audit);
	} else {
		tell_failure(audit);
		audit->lost++;
	}
out:
	(void)pthread_mutex_unlock(&audit->lock);
}

uint64_t
sts_audit_lost(struct sts_audit *audit)
{
	uint64_t lost;

	(void)pthread_mutex_lock(&audit->lock);
	lost = audit->lost_before + audit->lost;
	(void)pthread_mutex_unlock(&audit->lock);
	return lost;
}
