#include "sts/prog/reload.h"

#include "sts/prog/confine.h"
#include "sts/prog/notify.h"

#include <unistd.h>

enum { WHY_SIZE = 256, KEYS_MAX = 256 };

enum sts_err
sts_reloader_init(struct sts_reloader *r)
{
	atomic_init(&r->loaded_at, sts_wall_s(r->clock));
	return pthread_mutex_init(&r->lock, NULL) == 0 ? STS_OK : STS_E_NOMEM;
}

/* A daemon that began with the defaults takes the usual file once there is one.
 */
static const char *
path_now(const struct sts_reloader *r)
{
	if (r->path[0] == '\0' && access(STS_CONF_PATH, F_OK) == 0)
		return STS_CONF_PATH;
	return r->path;
}

/* One line of the log for each line of the message. */
static void
log_failure(const struct sts_reloader *r, struct sts_slice message)
{
	struct sts_slice line;
	bool again;

	do {
		again = sts_slice_cut(&message, '\n', &line);
		if (line.n > 0)
			sts_log(r->log, STS_LOG_ERR, "reload-failed",
			    STS_KV_SLICE("why", line));
	} while (again);
}

static void
tell_fixed_keys(const struct sts_reloader *r, const struct sts_conf *conf,
    struct sts_buf *message)
{
	struct sts_buf keys;

	sts_buf_init(&keys, KEYS_MAX);
	sts_conf_fixed_changes(r->started_with, conf, &keys);
	if (keys.n > 0) {
		sts_log(r->log, STS_LOG_WARNING, "restart-needed",
		    STS_KV_SLICE("keys", sts_buf_view(&keys)));
		sts_buf_printf(message, "; changed, but only by a restart: %s",
		    sts_buf_cstr(&keys));
	}
	sts_buf_deinit(&keys);
}

static enum sts_err
put_in_force(struct sts_reloader *r, const struct sts_conf *conf,
    struct sts_buf *message)
{
	char why[WHY_SIZE] = "";
	enum sts_err err;

	err = sts_engine_reload(r->engine, conf, why, sizeof(why));
	if (err != STS_OK) {
		sts_buf_str(message, why[0] == '\0' ? sts_err_text(err) : why);
		return err;
	}
	sts_report_reopen(r->report, conf->audit_file);
	sts_log_set_level(r->log, conf->log_level);
	sts_log_set_facility(r->log, conf->syslog_facility);
	atomic_store(&r->loaded_at, sts_wall_s(r->clock));
	sts_log(
	    r->log, STS_LOG_NOTICE, "reloaded", STS_KV_STR("conf", r->path));
	sts_buf_printf(message, "in force: %s",
	    r->path[0] == '\0' ? "the defaults" : r->path);
	tell_fixed_keys(r, conf, message);
	return STS_OK;
}

enum sts_err
sts_reloader_run(struct sts_reloader *r, struct sts_buf *message)
{
	const struct sts_conf *conf;
	enum sts_err err;

	(void)pthread_mutex_lock(&r->lock);
	sts_notify_reloading();
	err = sts_conf_load(path_now(r), message, &conf);
	if (err == STS_OK) {
		err = sts_confine_judge(r->sandbox, conf, message);
		if (err == STS_OK)
			err = put_in_force(r, conf, message);
		sts_conf_put(conf);
	} else if (message->n == 0) {
		sts_buf_str(message, sts_err_text(err));
	}
	if (err != STS_OK)
		log_failure(r, sts_buf_view(message));
	sts_notify_ready(err == STS_OK
			     ? "serving, with the configuration that was read"
			     : "serving; the last reload failed, see the log");
	(void)pthread_mutex_unlock(&r->lock);
	return err;
}
