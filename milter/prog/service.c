#include "sts/prog/service.h"

#include "sts/front/filter.h"
#include "sts/prog/confine.h"
#include "sts/prog/notify.h"
#include "sts/prog/residence.h"
#include "sts/prog/signals.h"
#include "sts/prog/watchdog.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum { MEMORY_RECORDS = 100000, MESSAGE_MAX = 65536, SYNC_MS = 2000 };

void
sts_service_init(struct sts_service *s, const struct sts_conf *conf,
    const char *path, struct sts_log *log, const struct sts_clock *clock)
{
	memset(s, 0, sizeof(*s));
	s->conf = conf;
	s->log = log;
	s->clock = clock;
	s->milter_fd = s->control_fd = s->socketmap_fd = -1;
	s->reloader.path = path;
	sts_sandbox_init(&s->sandbox);
}

/* For a person: what was being done, with what, and errno where it tells. */
static int
failed(struct sts_service *s, int status, const char *doing, const char *what)
{
	(void)snprintf(s->why, sizeof(s->why), "%s %s: %m", doing, what);
	return status;
}

static int
make_folders(struct sts_service *s, const struct sts_identity *id)
{
	const char *const paths[] = { s->conf->milter.path,
		s->conf->socketmap.path, s->conf->control.path, s->conf->store,
		s->conf->tlsrpt ? s->conf->tlsrpt_store : "" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (sts_identity_make_folder(id, paths[i]) != STS_OK)
			return failed(
			    s, EX_CANTCREAT, "making the folder of", paths[i]);
	return 0;
}

static int
bind_libmilter(struct sts_service *s, const struct sts_identity *id)
{
	const struct sts_conf *conf = s->conf;
	const char *why = "";

	if (sts_filter_open(conf->milter_socket, &conf->milter, &why) != STS_OK)
		return failed(s, EX_UNAVAILABLE, why, conf->milter_socket);
	if (conf->milter.family == AF_UNIX &&
	    sts_identity_give(id, conf->milter.path) != STS_OK)
		return failed(s, EX_OSERR, "giving away", conf->milter.path);
	return 0;
}

/* One of our own; `name` as written, "" is none. */
static int
bind_own(struct sts_service *s, const struct sts_identity *id, const char *name,
    const struct sts_sockspec *spec, int *fd)
{
	const char *why = "";

	if (name[0] == '\0')
		return 0;
	if (sts_sockspec_listen(spec, 0660, fd, &why) != STS_OK)
		return failed(s, EX_UNAVAILABLE, why, name);
	if (spec->family == AF_UNIX &&
	    sts_identity_give(id, spec->path) != STS_OK)
		return failed(s, EX_OSERR, "giving away", spec->path);
	return 0;
}

static int
bind_milter(struct sts_service *s, const struct sts_identity *id)
{
	switch (s->conf->milter_server) {
	case STS_MILTER_LOOP:
		return bind_own(s, id, s->conf->milter_socket, &s->conf->milter,
		    &s->milter_fd);
	case STS_MILTER_LIBMILTER:
		break;
	}
	return bind_libmilter(s, id);
}

int
sts_service_bind(struct sts_service *s, const struct sts_identity *id)
{
	int status = make_folders(s, id);

	if (status == 0)
		status = bind_milter(s, id);
	if (status == 0)
		status = bind_own(s, id, s->conf->socketmap_socket,
		    &s->conf->socketmap, &s->socketmap_fd);
	if (status == 0)
		status = bind_own(s, id, s->conf->control_socket,
		    &s->conf->control, &s->control_fd);
	return status;
}

/* The sandbox comes before all other threads, which are then in it as well. */
int
sts_service_confine(struct sts_service *s, const struct sts_identity *id)
{
	if (sts_identity_assume(id) != STS_OK)
		return failed(s, EX_NOPERM, "giving up privileges, as the user",
		    s->conf->user);
	if (s->conf->log_level != STS_LOG_DEBUG)
		sts_privacy_keep();
	sts_confine_plan(&s->sandbox, s->conf, s->reloader.path);
	if (sts_sandbox_enter(&s->sandbox, s->log) != STS_OK)
		return failed(s, EX_OSERR, "entering", "the sandbox");
	return 0;
}

static int
start_store(struct sts_service *s)
{
	const struct sts_store_options options = {
		.path = s->conf->store,
		.memory_records = MEMORY_RECORDS,
		.clock = s->clock,
		.log = s->log,
	};
	enum sts_err err = sts_store_open(&options, &s->store);

	if (err == STS_OK)
		return 0;
	(void)snprintf(
	    s->why, sizeof(s->why), "opening the store: %s", sts_err_text(err));
	return EX_OSERR;
}

static int
start_engine(struct sts_service *s)
{
	const struct sts_engine_options options = {
		.clock = s->clock,
		.log = s->log,
		.store = s->store,
		.conf = s->conf,
		.check_hostname = true,
	};
	char why[STS_SERVICE_WHY / 2] = "";
	enum sts_err err;

	err = sts_engine_new(&options, why, sizeof(why), &s->engine);
	if (err == STS_OK)
		return 0;
	(void)snprintf(s->why, sizeof(s->why), "starting the engine: %s",
	    why[0] == '\0' ? sts_err_text(err) : why);
	return EX_CONFIG;
}

static enum sts_err
reload(void *cookie, struct sts_buf *message)
{
	return sts_reloader_run(cookie, message);
}

static int64_t
loaded_at(void *cookie)
{
	struct sts_reloader *reloader = cookie;

	return atomic_load(&reloader->loaded_at);
}

static enum sts_err
start_reloader(struct sts_service *s)
{
	struct sts_reloader *r = &s->reloader;

	r->engine = s->engine;
	r->report = s->report;
	r->log = s->log;
	r->clock = s->clock;
	r->sandbox = &s->sandbox;
	r->started_with = s->conf;
	return sts_reloader_init(r);
}

static enum sts_err
start_tlsrpt(struct sts_service *s)
{
	const char *path = s->conf->tlsrpt_store;
	enum sts_err err;

	if (!s->conf->tlsrpt)
		return STS_OK;
	err = sts_tlstally_new(path, s->clock, s->log, &s->tally);
	if (err != STS_OK)
		return err;
	sts_report_observe(s->report, sts_tlstally_observe, s->tally);
	err = sts_tlsown_new(path, s->clock, &s->own);
	if (err != STS_OK)
		return err;
	return sts_tlstimer_new(path, s->engine, s->log, s->clock, &s->timer);
}

/* Sessions may still decide: the tally lives on, with what it has written. */
static void
stop_tlsrpt(struct sts_service *s)
{
	if (!sts_tlstimer_free(s->timer, STS_SERVICE_END_MS))
		sts_log(s->log, STS_LOG_WARNING, "tlsrpt-cut-off",
		    STS_KV_STR("why", "reports were being delivered; they are "
				      "not repeated"));
	if (s->tally != NULL && !sts_tlstally_write(s->tally))
		sts_log(s->log, STS_LOG_WARNING, "tlsrpt-tally-unsaved",
		    STS_KV_STR("path", s->conf->tlsrpt_store));
}

static enum sts_err
start_control(struct sts_service *s)
{
	const struct sts_control_options options = {
		.engine = s->engine,
		.report = s->report,
		.fd = s->control_fd,
		.reload = reload,
		.loaded_at = loaded_at,
		.cookie = &s->reloader,
	};
	enum sts_err err;

	if (s->control_fd < 0)
		return STS_OK;
	err = sts_control_new(&options, &s->control);
	if (err == STS_OK)
		s->control_fd = -1;
	return err;
}

static enum sts_err
start_socketmap(struct sts_service *s)
{
	const struct sts_socketmap_options options = {
		.engine = s->engine,
		.fd = s->socketmap_fd,
	};
	enum sts_err err;

	if (s->socketmap_fd < 0)
		return STS_OK;
	err = sts_socketmap_new(&options, &s->socketmap);
	if (err == STS_OK)
		s->socketmap_fd = -1;
	return err;
}

/* libmilter starts when it is run. */
static enum sts_err
start_milter(struct sts_service *s)
{
	const struct sts_milterserver_options options = {
		.context = &s->context,
		.fd = s->milter_fd,
	};
	enum sts_err err;

	sts_waiters_init(&s->waiters,
	    s->milter_fd < 0 ? STS_SERVICE_WAITERS : STS_MILTERSERVER_CLIENTS,
	    s->log);
	s->context.engine = s->engine;
	s->context.report = s->report;
	s->context.own = s->own;
	s->context.waiters = &s->waiters;
	if (s->milter_fd < 0)
		return STS_OK;
	err = sts_milterserver_new(&options, &s->milter);
	if (err == STS_OK)
		s->milter_fd = -1;
	return err;
}

static void
log_start(const struct sts_service *s)
{
	const struct sts_conf *conf = s->conf;
	struct sts_store_health health;

	sts_store_health(s->store, &health);
	sts_log(s->log, STS_LOG_NOTICE, "started",
	    STS_KV_STR("version", STS_VERSION),
	    STS_KV_STR("conf", s->reloader.path),
	    STS_KV_STR("milter", conf->milter_socket),
	    STS_KV_STR("socketmap", conf->socketmap_socket),
	    STS_KV_STR("control", conf->control_socket),
	    STS_KV_STR("store", conf->store),
	    STS_KV_INT("records", health.records),
	    STS_KV_STR("on_fail", sts_action_text(conf->actions.on_fail)),
	    STS_KV_STR("on_unreachable",
		sts_action_text(conf->actions.on_unreachable)),
	    STS_KV_STR(
		"on_temperror", sts_action_text(conf->actions.on_temperror)));
}

int
sts_service_start(struct sts_service *s)
{
	enum sts_err err;
	int status = start_store(s);

	if (status == 0)
		status = start_engine(s);
	if (status != 0)
		return status;
	err = sts_report_new(s->log, s->clock, s->conf->audit_file, &s->report);
	if (err == STS_OK)
		err = start_tlsrpt(s);
	if (err == STS_OK)
		err = start_reloader(s);
	if (err == STS_OK)
		err = start_socketmap(s);
	if (err == STS_OK)
		err = start_control(s);
	if (err == STS_OK)
		err = start_milter(s);
	if (err == STS_OK)
		err = sts_watchdog_start(s->engine, s->milter);
	if (err != STS_OK) {
		(void)snprintf(
		    s->why, sizeof(s->why), "starting: %s", sts_err_text(err));
		return EX_OSERR;
	}
	log_start(s);
	sts_notify_ready("serving");
	sts_residence_trim();
	return 0;
}

/* The milter has its own thread: see prog/signals.h. */
static void *
run_filter(void *cookie)
{
	struct sts_service *s = cookie;

	if (sts_filter_run(&s->conf->milter, &s->context) != STS_OK) {
		atomic_store(&s->failed, true);
		sts_log(s->log, STS_LOG_ALERT, "milter-failed",
		    STS_KV_STR("socket", s->conf->milter_socket));
	}
	sts_signals_stop();
	return NULL;
}

/* Its outcome is in the log. */
static void
reload_by_signal(struct sts_service *s)
{
	struct sts_buf message;

	sts_buf_init(&message, MESSAGE_MAX);
	if (sts_reloader_run(&s->reloader, &message) != STS_OK)
		sts_log(s->log, STS_LOG_WARNING, "old-configuration-stays",
		    STS_KV_STR("conf", s->reloader.path));
	sts_buf_deinit(&message);
}

/* Whoever waits is answered now; that libmilter writes the answers out cannot
 * be waited for, only given a moment. */
static void
let_waiters_go(struct sts_service *s)
{
	const struct timespec moment = { .tv_nsec = 20000000 };
	int64_t end = sts_mono_ms(s->clock) + STS_SERVICE_END_MS;

	while (
	    sts_waiters_count(&s->waiters) > 0 && sts_mono_ms(s->clock) < end)
		(void)nanosleep(&moment, NULL);
	(void)nanosleep(&moment, NULL);
}

static void
remove_sockets(const struct sts_conf *conf)
{
	if (conf->milter.family == AF_UNIX)
		(void)unlink(conf->milter.path);
	if (conf->socketmap_socket[0] != '\0' &&
	    conf->socketmap.family == AF_UNIX)
		(void)unlink(conf->socketmap.path);
	if (conf->control_socket[0] != '\0' && conf->control.family == AF_UNIX)
		(void)unlink(conf->control.path);
}

static void
stop(struct sts_service *s)
{
	sts_notify_stopping();
	sts_log(s->log, STS_LOG_NOTICE, "stopping",
	    STS_KV_INT("waiting", sts_waiters_count(&s->waiters)));
	sts_socketmap_free(s->socketmap);
	sts_engine_close(s->engine);
	remove_sockets(s->conf);
	if (s->milter != NULL)
		sts_milterserver_end(s->milter, STS_SERVICE_LAST_MS);
	else
		let_waiters_go(s);
	sts_control_free(s->control);
	stop_tlsrpt(s);
	if (sts_store_sync(s->store, SYNC_MS) != STS_OK)
		sts_log(s->log, STS_LOG_WARNING, "store-not-synced",
		    STS_KV_STR("store", s->conf->store));
	sts_log(s->log, STS_LOG_NOTICE, "stopped",
	    STS_KV_STR("version", STS_VERSION));
}

/* Where the server of our own runs there is nothing to be done. */
static int
run_libmilter(struct sts_service *s)
{
	pthread_t filter;

	if (s->milter != NULL)
		return 0;
	errno = pthread_create(&filter, NULL, run_filter, s);
	if (errno != 0)
		return failed(s, EX_OSERR, "starting", "a thread");
	(void)pthread_detach(filter);
	return 0;
}

int
sts_service_run(struct sts_service *s)
{
	int status = run_libmilter(s);

	if (status != 0)
		return status;
	while (sts_signals_wait() == STS_SIGNAL_RELOAD)
		reload_by_signal(s);
	stop(s);
	if (!atomic_load(&s->failed))
		return 0;
	(void)snprintf(s->why, sizeof(s->why), "libmilter failed on %s",
	    s->conf->milter_socket);
	return EX_UNAVAILABLE;
}
