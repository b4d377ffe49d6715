/*
 * The command's end of the control socket (front/control.h): where the daemon
 * is comes from the configuration.  All failures are told to the person here.
 */
#ifndef STS_PROG_DAEMON_H
#define STS_PROG_DAEMON_H

#include "sts/prog/cli.h"

struct sts_daemon {
	struct sts_cli *cli;
	FILE *stream;
	const char *doing; /* what a person who waits is told */
	bool answered; /* the reply has begun */
};

/* Connects and sends {"command":COMMAND} or {"command":COMMAND,
 * "domain":DOMAIN}; domain may be NULL.  STS_EXIT_OK, or the exit status. */
STS_MUST_USE enum sts_exit sts_daemon_open(struct sts_cli *cli,
    const char *command, const char *domain, const char *doing,
    struct sts_daemon *out);
void sts_daemon_close(struct sts_daemon *daemon);

/* The next line of the reply; the caller owns it.  A line that says
 * {"ok":false} was told to the person, and its exit status comes back. */
STS_MUST_USE enum sts_exit sts_daemon_line(
    struct sts_daemon *daemon, json_t **out);

/* Open, one line, close; the line without its "ok". */
STS_MUST_USE enum sts_exit sts_daemon_call(struct sts_cli *cli,
    const char *command, const char *domain, const char *doing, json_t **out);

#endif
