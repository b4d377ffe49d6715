/*
 * mta-sts-milter, the daemon: its options, and the order in which it starts.
 */
#include "sts/prog/background.h"
#include "sts/prog/precheck.h"
#include "sts/prog/service.h"
#include "sts/prog/signals.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum { ERRORS_MAX = 65536, FILES_MAX = 65536 };

struct options {
	const char *path; /* of the configuration, "" for the defaults */
	bool foreground, check, version, help;
};

static const struct option long_options[] = {
	{ "check", no_argument, NULL, 't' },
	{ "config", required_argument, NULL, 'c' },
	{ "foreground", no_argument, NULL, 'f' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static const char usage[] =
    "usage: mta-sts-milter [-fhtV] [-c FILE]\n"
    "  -c, --config FILE  the configuration (default " STS_CONF_PATH ")\n"
    "  -f, --foreground   stay in the foreground and log to standard error\n"
    "  -t, --check        check the configuration and exit: 0, or 78\n"
    "  -V, --version      print the version and exit\n"
    "  -h, --help         print this and exit\n";

/* false: told to standard error. */
static bool
parse_options(int argc, char **argv, struct options *o)
{
	const struct options none = { .path = NULL };
	int letter;

	*o = none;
	while ((letter = getopt_long(
		    argc, argv, "c:fhtV", long_options, NULL)) != -1)
		switch (letter) {
		case 'c':
			o->path = optarg;
			break;
		case 'f':
			o->foreground = true;
			break;
		case 'h':
			o->help = true;
			break;
		case 't':
			o->check = true;
			break;
		case 'V':
			o->version = true;
			break;
		default:
			return false;
		}
	if (optind == argc)
		return true;
	(void)fprintf(
	    stderr, "%s: \"%s\" is not expected here\n", argv[0], argv[optind]);
	return false;
}

/* The usual file need not be there: the defaults run. One that was named must.
 */
static const char *
conf_path(const struct options *o)
{
	if (o->path != NULL)
		return o->path;
	return access(STS_CONF_PATH, F_OK) == 0 ? STS_CONF_PATH : "";
}

/* 0, or EX_CONFIG, which was told to standard error. */
static int
load_conf(const char *path, const struct sts_conf **out)
{
	struct sts_buf errors;
	enum sts_err err;
	const char *text;

	sts_buf_init(&errors, ERRORS_MAX);
	err = sts_conf_load(path, &errors, out);
	if (err != STS_OK) {
		text = errors.n > 0 ? sts_buf_cstr(&errors) : sts_err_text(err);
		(void)fprintf(stderr, "%s%s", text,
		    errors.n > 0 && errors.p[errors.n - 1] == '\n' ? "" : "\n");
	}
	sts_buf_deinit(&errors);
	return err == STS_OK ? 0 : EX_CONFIG;
}

/* Connections of the MTA, lookups and probes: as many as the system grants, to
 * a bound. */
static void
set_limits(void)
{
	struct rlimit files;

	(void)umask(0027);
	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	files.rlim_cur =
	    files.rlim_max < FILES_MAX ? files.rlim_max : FILES_MAX;
	(void)setrlimit(RLIMIT_NOFILE, &files);
}

/* What failed is in service->why. */
static int
find_identity(struct sts_service *service, struct sts_identity *identity)
{
	const char *user = service->conf->user;
	enum sts_err err = sts_identity_find(user, identity);

	if (err == STS_OK)
		return 0;
	if (err == STS_E_NOTFOUND) {
		(void)snprintf(service->why, sizeof(service->why),
		    "there is no user \"%s\"; make one, or change `user`",
		    user);
		return EX_NOUSER;
	}
	(void)snprintf(service->why, sizeof(service->why),
	    "the user \"%s\" is root; change `user`, or leave it empty to "
	    "stay root on purpose",
	    user);
	return EX_CONFIG;
}

/* The defaults run, and so does a container that has only root; but nobody
 * shall do so unawares. */
static void
warn_of_root(const struct sts_service *service, bool foreground)
{
	static const char why[] =
	    "it runs as root, with root's files; name another in `user`";

	sts_log(service->log, STS_LOG_ALERT, "runs-as-root",
	    STS_KV_STR("why", why));
	if (!foreground)
		(void)fprintf(stderr, "mta-sts-milter: %s\n", why);
}

static int
start(struct sts_service *service, bool foreground)
{
	struct sts_identity identity;
	int status;

	if (sts_signals_init() != STS_OK) {
		(void)snprintf(
		    service->why, sizeof(service->why), "handling signals: %m");
		return EX_OSERR;
	}
	status = find_identity(service, &identity);
	if (status == 0 && sts_identity_is_root(&identity))
		warn_of_root(service, foreground);
	if (status == 0)
		status = sts_service_bind(service, &identity);
	if (status == 0)
		status = sts_service_confine(service, &identity);
	if (status == 0)
		status = sts_service_start(service);
	return status;
}

/* In the background there is, so far, a person at standard error as well. */
static void
tell_failure(const struct sts_service *service, bool foreground)
{
	sts_log(service->log, STS_LOG_ERR, "not-started",
	    STS_KV_STR("why", service->why));
	if (!foreground)
		(void)fprintf(stderr, "mta-sts-milter: %s\n", service->why);
}

static int
serve(const struct sts_conf *conf, const char *path, bool foreground,
    struct sts_log *log)
{
	struct sts_background background;
	struct sts_service service;
	int status;

	sts_background_stay(&background);
	if (!foreground && sts_background_enter(&background) != STS_OK) {
		perror("mta-sts-milter: going into the background");
		return EX_OSERR;
	}
	set_limits();
	sts_service_init(&service, conf, path, log, &sts_clock_system);
	status = start(&service, foreground);
	if (status != 0)
		tell_failure(&service, foreground);
	sts_background_ready(&background, status);
	if (status != 0)
		return status;
	status = sts_service_run(&service);
	if (status != 0)
		tell_failure(&service, true);
	return status;
}

static int
check(const char *path)
{
	const struct sts_conf *conf;
	struct sts_buf faults;
	int status = load_conf(path, &conf);

	if (status != 0)
		return status;
	sts_buf_init(&faults, ERRORS_MAX);
	if (sts_precheck(conf, &faults) != STS_OK) {
		(void)fputs(sts_buf_cstr(&faults), stderr);
		status = EX_CONFIG;
	} else {
		(void)printf(
		    "%s: valid\n", path[0] == '\0' ? "the defaults" : path);
	}
	sts_buf_deinit(&faults);
	sts_conf_put(conf);
	return status;
}

/* Whether standard error is the journal's: systemd.exec(5), JOURNAL_STREAM. */
static bool
is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;
	char *end;

	if (stream == NULL || fstat(STDERR_FILENO, &st) != 0)
		return false;
	device = strtoull(stream, &end, 10);
	if (*end != ':')
		return false;
	inode = strtoull(end + 1, &end, 10);
	return *end == '\0' && device == st.st_dev && inode == st.st_ino;
}

/* The journal takes both; through syslog each line has its own level, and the
 * facility that the admin chose. */
static enum sts_err
open_log(const struct sts_conf *conf, bool foreground, struct sts_log **out)
{
	bool to_stderr = foreground && !is_journal();

	return sts_log_new(to_stderr ? NULL : "mta-sts-milter",
	    conf->syslog_facility, conf->log_level, out);
}

/* The path is kept for reloads, which are made from another folder. */
static int
run(const char *path, bool foreground)
{
	const struct sts_conf *conf;
	char absolute[PATH_MAX] = "";
	struct sts_log *log;
	int status;

	status = load_conf(path, &conf);
	if (status != 0)
		return status;
	if (path[0] != '\0' && realpath(path, absolute) == NULL) {
		perror(path);
		return EX_CONFIG;
	}
	if (open_log(conf, foreground, &log) != STS_OK)
		return EX_OSERR;
	return serve(conf, absolute, foreground, log);
}

int
main(int argc, char **argv)
{
	struct options o;

	if (!parse_options(argc, argv, &o)) {
		(void)fputs(usage, stderr);
		return EX_USAGE;
	}
	if (o.help || o.version) {
		(void)fputs(o.help ? usage : "mta-sts-milter " STS_VERSION "\n",
		    stdout);
		return 0;
	}
	if (o.check)
		return check(conf_path(&o));
	/* Threads of libmilter may still use what is in memory. */
	_exit(run(conf_path(&o), o.foreground));
}
