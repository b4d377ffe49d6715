/* The commands of the control socket: who does what is asked for. */
#include "sts/front/controlclient.h"
#include "sts/front/controlrequest.h"

enum { MESSAGE_MAX = 65536 };

static bool
is_configuration_fault(enum sts_err err)
{
	return err == STS_E_SYNTAX || err == STS_E_RANGE ||
	       err == STS_E_NOTFOUND;
}

static enum sts_err
reload(struct sts_control_client *client)
{
	const struct sts_control_options *o = sts_control_options_of(client);
	pthread_mutex_t *lock = sts_control_reload_lock(client);
	struct sts_buf message;
	enum sts_err err;

	sts_buf_init(&message, MESSAGE_MAX);
	pthread_mutex_lock(lock);
	err = o->reload(o->cookie, &message);
	pthread_mutex_unlock(lock);
	if (err != STS_OK && message.n == 0)
		sts_buf_str(&message, sts_err_text(err));
	sts_control_extend(client);
	if (err == STS_OK)
		err = sts_control_reply(
		    client, json_pack("{s:b, s:o}", "ok", 1, "message",
				sts_control_text(sts_buf_cstr(&message))));
	else
		err = sts_control_refuse(client,
		    is_configuration_fault(err) ? "configuration" : "failed",
		    sts_buf_cstr(&message));
	sts_buf_deinit(&message);
	return err;
}

static enum sts_err
run(struct sts_control_client *client, const struct sts_control_request *r)
{
	switch (r->word) {
	case STS_CONTROL_STATUS:
		return sts_control_status(client);
	case STS_CONTROL_RELOAD:
		return reload(client);
	case STS_CONTROL_CACHE_LIST:
		return sts_control_cache_list(client);
	case STS_CONTROL_CACHE_SHOW:
		return sts_control_cache_show(client, r->domain);
	case STS_CONTROL_CACHE_REFRESH:
		return sts_control_cache_refresh(client, r->domain);
	case STS_CONTROL_CACHE_FLUSH:
		break;
	}
	return sts_control_cache_flush(
	    client, r->domain[0] == '\0' ? NULL : r->domain);
}

enum sts_err
sts_control_obey(struct sts_control_client *client, struct sts_slice line)
{
	struct sts_control_request request;
	const char *why = "";
	enum sts_err err = sts_control_request_parse(line, &request, &why);

	if (err == STS_OK)
		return run(client, &request);
	if (err == STS_E_SYNTAX)
		return sts_control_refuse(client, "usage", why);
	return sts_control_refuse(client, "failed", sts_err_text(err));
}
