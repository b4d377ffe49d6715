#include "sts/prog/remembered.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LIMIT_S = 2 };

static FILE *
connect_daemon(const struct sts_conf *conf)
{
	struct timeval limit = { .tv_sec = LIMIT_S };
	const char *why;
	FILE *stream;
	int fd;

	if (sts_sockspec_connect(&conf->control, &fd, &why) != STS_OK)
		return NULL;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	stream = fdopen(fd, "r");
	if (stream == NULL)
		(void)close(fd);
	return stream;
}

json_t *
sts_remembered(const struct sts_conf *conf, const char *domain, bool *reached)
{
	/* A domain in canonical form needs no escapes. */
	char request[512];
	int n = snprintf(request, sizeof(request),
	    "{\"command\":\"cache-show\",\"domain\":\"%s\"}\n", domain);
	FILE *stream = connect_daemon(conf);
	json_t *line = NULL, *record;

	*reached = stream != NULL;
	if (stream == NULL)
		return NULL;
	if (send(fileno(stream), request, (size_t)n, MSG_NOSIGNAL) == n)
		line = json_loadf(stream, JSON_DISABLE_EOF_CHECK, NULL);
	(void)fclose(stream);
	record = json_object_get(line, "record");
	record = json_is_object(record) ? json_incref(record) : NULL;
	json_decref(line);
	return record;
}
