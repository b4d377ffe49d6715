#include "sts/prog/daemon.h"

#include "sts/base/clock.h"
#include "sts/prog/js.h"
#include "sts/prog/progress.h"
#include "sts/report/jsontext.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	WAIT_MS = 300000, /* for a line to begin; a new look takes long */
	LINE_S = 60, /* for a line that began to end */
};

/* The group that may use the socket, or that may enter its folder. */
static void
find_group(const struct sts_sockspec *spec, char *name, size_t size)
{
	char folder[sizeof(spec->path)];
	const struct group *group;
	struct stat st;
	char *slash;

	memcpy(folder, spec->path, sizeof(folder));
	slash = strrchr(folder, '/');
	if (slash != NULL)
		*slash = '\0';
	(void)snprintf(name, size, "that of its folder");
	if (stat(spec->path, &st) != 0 && stat(folder, &st) != 0)
		return;
	group = getgrgid(st.st_gid);
	if (group != NULL)
		(void)snprintf(name, size, "%s", group->gr_name);
	else
		(void)snprintf(name, size, "%lu", (unsigned long)st.st_gid);
}

static enum sts_exit
tell_unreachable(struct sts_cli *cli, const struct sts_conf *conf, int error)
{
	char group[64];

	if (error == EACCES && conf->control.family == AF_UNIX) {
		find_group(&conf->control, group, sizeof(group));
		return sts_cli_fail(cli, STS_EXIT_NO_DAEMON, "permission",
		    "%s: permission denied; root may, and members of the "
		    "group %s",
		    conf->control_socket, group);
	}
	return sts_cli_fail(cli, STS_EXIT_NO_DAEMON, "no-daemon",
	    "no answer from the daemon; is mta-sts-milter running? tried %s: "
	    "%s",
	    conf->control_socket, strerror(error));
}

static enum sts_exit
connect_daemon(struct sts_cli *cli, const struct sts_conf *conf, FILE **out)
{
	struct timeval limit = { .tv_sec = LINE_S };
	const char *why;
	FILE *stream;
	int fd;

	if (sts_sockspec_connect(&conf->control, &fd, &why) != STS_OK)
		return tell_unreachable(cli, conf, errno);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	stream = fdopen(fd, "r");
	if (stream == NULL) {
		(void)close(fd);
		return STS_EXIT_SOFTWARE;
	}
	*out = stream;
	return STS_EXIT_OK;
}

static enum sts_exit
send_request(
    struct sts_cli *cli, FILE *stream, const char *command, const char *domain)
{
	json_t *request =
	    json_pack("{s:s, s:s*}", "command", command, "domain", domain);
	char *text = sts_json_text(request);
	enum sts_exit status = STS_EXIT_SOFTWARE;
	struct iovec piece[2];
	struct msghdr message = { .msg_iov = piece, .msg_iovlen = 2 };

	json_decref(request);
	if (text == NULL)
		return status;
	piece[0] = (struct iovec){ text, strlen(text) };
	piece[1] = (struct iovec){ (char[]){ '\n' }, 1 };
	/* One client too many is told so and hung up on, whatever it asks: then
	 * the reply is there all the same. */
	if (sendmsg(fileno(stream), &message, MSG_NOSIGNAL) < 0 &&
	    errno != EPIPE)
		status = sts_cli_fail(cli, STS_EXIT_NO_DAEMON, "no-daemon",
		    "the daemon hung up: %s", strerror(errno));
	else
		status = STS_EXIT_OK;
	free(text);
	return status;
}

enum sts_exit
sts_daemon_open(struct sts_cli *cli, const char *command, const char *domain,
    const char *doing, struct sts_daemon *out)
{
	const struct sts_conf *conf;
	enum sts_exit status = sts_cli_conf(cli, &conf);
	FILE *stream = NULL;

	if (status != STS_EXIT_OK)
		return status;
	status = connect_daemon(cli, conf, &stream);
	sts_conf_put(conf);
	if (status != STS_EXIT_OK)
		return status;
	status = send_request(cli, stream, command, domain);
	if (status == STS_EXIT_OK)
		*out = (struct sts_daemon){ cli, stream, doing, false };
	else
		(void)fclose(stream);
	return status;
}

void
sts_daemon_close(struct sts_daemon *daemon)
{
	(void)fclose(daemon->stream);
}

/* Whether something came in time. */
static bool
wait_readable(struct sts_daemon *daemon)
{
	struct pollfd pfd = { fileno(daemon->stream), POLLIN, 0 };
	int64_t until = sts_mono_ms(&sts_clock_system) + WAIT_MS;
	struct sts_progress progress;
	int n = 0;

	sts_progress_init(&progress, true);
	while (n == 0 && sts_mono_ms(&sts_clock_system) < until) {
		n = poll(&pfd, 1, STS_PROGRESS_MS);
		sts_progress_show(&progress, daemon->doing);
	}
	sts_progress_clear(&progress);
	return n > 0;
}

static enum sts_exit
refused(struct sts_cli *cli, const json_t *line)
{
	static const struct {
		const char *word;
		enum sts_exit status;
	} table[] = {
		{ "not-found", STS_EXIT_NO },
		{ "usage", STS_EXIT_USAGE },
		{ "busy", STS_EXIT_NO_DAEMON },
		{ "closed", STS_EXIT_NO_DAEMON },
		{ "configuration", STS_EXIT_CONFIG },
	};
	enum sts_exit status = STS_EXIT_SOFTWARE;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (sts_js_is(line, "error", table[i].word))
			status = table[i].status;
	return sts_cli_fail(cli, status, sts_js_text(line, "error"), "%s",
	    sts_js_text(line, "message"));
}

enum sts_exit
sts_daemon_line(struct sts_daemon *daemon, json_t **out)
{
	json_t *line = NULL;
	json_error_t error;
	enum sts_exit status;

	if (daemon->answered || wait_readable(daemon))
		line =
		    json_loadf(daemon->stream, JSON_DISABLE_EOF_CHECK, &error);
	daemon->answered = true;
	if (!json_is_object(line)) {
		json_decref(line);
		return sts_cli_fail(daemon->cli, STS_EXIT_NO_DAEMON,
		    "no-daemon", "the daemon hung up before it answered");
	}
	if (json_is_false(json_object_get(line, "ok"))) {
		status = refused(daemon->cli, line);
		json_decref(line);
		return status;
	}
	*out = line;
	return STS_EXIT_OK;
}

enum sts_exit
sts_daemon_call(struct sts_cli *cli, const char *command, const char *domain,
    const char *doing, json_t **out)
{
	struct sts_daemon daemon;
	enum sts_exit status =
	    sts_daemon_open(cli, command, domain, doing, &daemon);

	if (status != STS_EXIT_OK)
		return status;
	status = sts_daemon_line(&daemon, out);
	sts_daemon_close(&daemon);
	if (status == STS_EXIT_OK)
		(void)json_object_del(*out, "ok");
	return status;
}
