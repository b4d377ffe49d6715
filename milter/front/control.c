#include "sts/front/control.h"

#include "sts/base/escape.h"
#include "sts/front/controlclient.h"
#include "sts/report/jsontext.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	WAIT_MS = 60000, /* of one poll, at most */
	BREATH_MS = 100, /* after an accept that failed: no descriptors left */
	LAST_WORD_MS = 1000, /* to tell one client too many that it is */
};

struct sts_control_client {
	struct sts_control *control;
	pthread_t thread;
	enum { FREE, RUNS, ENDED } state; /* guarded by control->lock */
	int fd;
	int64_t deadline; /* monotonic ms, of what is being done */
	char in[STS_CONTROL_REQUEST_MAX];
	size_t n; /* bytes in `in` */
};

struct sts_control {
	struct sts_control_options options;
	int64_t started_at; /* wall s */
	int stop_fd; /* an eventfd, readable for good once it ends */
	atomic_bool stopping;
	pthread_t listener;
	pthread_mutex_t lock; /* guards the states of the clients */
	pthread_mutex_t reload_lock;
	struct sts_control_client clients[STS_CONTROL_CLIENTS];
};

static int64_t
now_ms(void)
{
	return sts_mono_ms(&sts_clock_system);
}

/*
 * Waits until fd is ready, or a while: the caller tries again either way.
 * STS_E_TIMEOUT: the deadline passed.  STS_E_CLOSED: the server ends.
 */
static enum sts_err
wait_ready(struct sts_control *control, int fd, short events, int64_t deadline)
{
	struct pollfd pfd[] = {
		{ .fd = control->stop_fd, .events = POLLIN },
		{ .fd = fd, .events = events },
	};
	int64_t left = deadline - now_ms();
	int n;

	if (left <= 0)
		return STS_E_TIMEOUT;
	n = poll(pfd, 2, left < WAIT_MS ? (int)left : WAIT_MS);
	if (n < 0 && errno != EINTR)
		return STS_E_IO;
	return pfd[0].revents != 0 ? STS_E_CLOSED : STS_OK;
}

static bool
must_wait(ssize_t n)
{
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static enum sts_err
send_all(struct sts_control_client *client, const char *p, size_t size)
{
	enum sts_err err;
	ssize_t n;

	while (size > 0) {
		n = send(client->fd, p, size, MSG_NOSIGNAL);
		if (n >= 0) {
			p += n;
			size -= (size_t)n;
			continue;
		}
		if (!must_wait(n))
			return STS_E_IO;
		err = wait_ready(
		    client->control, client->fd, POLLOUT, client->deadline);
		if (err != STS_OK)
			return err;
	}
	return STS_OK;
}

enum sts_err
sts_control_reply(struct sts_control_client *client, json_t *line)
{
	char *text = sts_json_text(line);
	enum sts_err err = STS_E_NOMEM;

	json_decref(line);
	if (text == NULL)
		return err;
	err = send_all(client, text, strlen(text));
	if (err == STS_OK)
		err = send_all(client, "\n", 1);
	free(text);
	return err;
}

json_t *
sts_control_text(const char *text)
{
	json_t *value = json_string(text);
	struct sts_buf b;

	if (value != NULL)
		return value;
	sts_buf_init(&b, 4 * strlen(text) + 1);
	sts_escape(&b, sts_slice_str(text), SIZE_MAX);
	value = json_string(sts_buf_cstr(&b));
	sts_buf_deinit(&b);
	return value;
}

enum sts_err
sts_control_refuse(
    struct sts_control_client *client, const char *word, const char *message)
{
	return sts_control_reply(
	    client, json_pack("{s:b, s:s, s:o}", "ok", 0, "error", word,
			"message", sts_control_text(message)));
}

bool
sts_control_stopping(const struct sts_control_client *client)
{
	return atomic_load(&client->control->stopping);
}

void
sts_control_extend(struct sts_control_client *client)
{
	client->deadline = now_ms() + STS_CONTROL_REPLY_MS;
}

const struct sts_control_options *
sts_control_options_of(const struct sts_control_client *client)
{
	return &client->control->options;
}

int64_t
sts_control_started_at(const struct sts_control_client *client)
{
	return client->control->started_at;
}

pthread_mutex_t *
sts_control_reload_lock(struct sts_control_client *client)
{
	return &client->control->reload_lock;
}

/* Reads until a line is whole; its length, with the LF, is *line.  The deadline
 * is the line's, not a byte's: who drips gains nothing. */
static enum sts_err
read_line(struct sts_control_client *client, size_t *line)
{
	enum sts_err err;
	const char *end;
	ssize_t n;

	while ((end = memchr(client->in, '\n', client->n)) == NULL) {
		if (client->n == sizeof(client->in))
			return STS_E_LIMIT;
		n = recv(client->fd, client->in + client->n,
		    sizeof(client->in) - client->n, 0);
		if (n > 0) {
			client->n += (size_t)n;
			continue;
		}
		if (!must_wait(n))
			return STS_E_IO;
		err = wait_ready(
		    client->control, client->fd, POLLIN, client->deadline);
		if (err != STS_OK)
			return err;
	}
	*line = (size_t)(end - client->in) + 1;
	return STS_OK;
}

static enum sts_err
serve_line(struct sts_control_client *client)
{
	const struct sts_control_options *o = &client->control->options;
	size_t line;
	enum sts_err err;

	client->deadline =
	    now_ms() + (o->idle_ms > 0 ? o->idle_ms : STS_CONTROL_IDLE_MS);
	err = read_line(client, &line);
	sts_control_extend(client);
	if (err == STS_E_LIMIT && sts_control_refuse(client, "usage",
				      "the request is too long") != STS_OK)
		return STS_E_IO;
	if (err != STS_OK)
		return err;
	err = sts_control_obey(client, sts_slice(client->in, line - 1));
	client->n -= line;
	memmove(client->in, client->in + line, client->n);
	return err;
}

static void *
client_run(void *arg)
{
	struct sts_control_client *client = arg;
	struct sts_control *control = client->control;

	while (serve_line(client) == STS_OK)
		continue;
	(void)close(client->fd);
	pthread_mutex_lock(&control->lock);
	client->state = ENDED;
	pthread_mutex_unlock(&control->lock);
	return NULL;
}

/* A place for one more client, or NULL.  Those that ended are joined on the
 * way. */
static struct sts_control_client *
find_place(struct sts_control *control)
{
	struct sts_control_client *found = NULL;

	pthread_mutex_lock(&control->lock);
	for (size_t i = 0; i < STS_CONTROL_CLIENTS; i++) {
		struct sts_control_client *client = &control->clients[i];

		if (client->state == ENDED) {
			(void)pthread_join(client->thread, NULL);
			client->state = FREE;
		}
		if (client->state == FREE && found == NULL)
			found = client;
	}
	if (found != NULL)
		found->state = RUNS;
	pthread_mutex_unlock(&control->lock);
	return found;
}

static void
turn_away(struct sts_control *control, int fd)
{
	struct sts_control_client client = { .control = control, .fd = fd };

	client.deadline = now_ms() + LAST_WORD_MS;
	if (sts_control_refuse(&client, "busy",
		"there are too many clients at once; try again") != STS_OK)
		sts_log(sts_engine_log(control->options.engine), STS_LOG_DEBUG,
		    "control-busy", STS_KV_INT("clients", STS_CONTROL_CLIENTS));
	(void)close(fd);
}

static void
admit(struct sts_control *control, int fd)
{
	struct sts_control_client *client = find_place(control);

	if (client == NULL) {
		turn_away(control, fd);
		return;
	}
	client->control = control;
	client->fd = fd;
	client->n = 0;
	if (pthread_create(&client->thread, NULL, client_run, client) != 0) {
		pthread_mutex_lock(&control->lock);
		client->state = FREE;
		pthread_mutex_unlock(&control->lock);
		turn_away(control, fd);
	}
}

static void *
listener_run(void *arg)
{
	struct sts_control *control = arg;
	int fd;

	while (!atomic_load(&control->stopping)) {
		if (wait_ready(control, control->options.fd, POLLIN,
			INT64_MAX) == STS_E_CLOSED)
			break;
		fd = accept4(control->options.fd, NULL, NULL,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0)
			admit(control, fd);
		else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
			(void)wait_ready(control, -1, 0, now_ms() + BREATH_MS);
	}
	return NULL;
}

/* Threads are born with their maker's signal mask: signals are for others. */
static int
start_listener(struct sts_control *control)
{
	sigset_t all, old;
	int rc;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&control->listener, NULL, listener_run, control);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc;
}

enum sts_err
sts_control_new(
    const struct sts_control_options *options, struct sts_control **out)
{
	struct sts_control *control = calloc(1, sizeof(*control));

	if (control == NULL)
		return STS_E_NOMEM;
	control->options = *options;
	control->started_at = sts_wall_s(sts_engine_clock(options->engine));
	pthread_mutex_init(&control->lock, NULL);
	pthread_mutex_init(&control->reload_lock, NULL);
	control->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (control->stop_fd < 0)
		goto fail;
	if (start_listener(control) != 0)
		goto fail_fd;
	*out = control;
	return STS_OK;

fail_fd:
	(void)close(control->stop_fd);
fail:
	pthread_mutex_destroy(&control->reload_lock);
	pthread_mutex_destroy(&control->lock);
	free(control);
	return STS_E_IO;
}

static void
join_client(struct sts_control_client *client)
{
	bool is_free;

	if (client->control == NULL) /* never admitted */
		return;
	pthread_mutex_lock(&client->control->lock);
	is_free = client->state == FREE;
	pthread_mutex_unlock(&client->control->lock);
	if (!is_free)
		(void)pthread_join(client->thread, NULL);
}

void
sts_control_free(struct sts_control *control)
{
	uint64_t one = 1;

	if (control == NULL)
		return;
	atomic_store(&control->stopping, true);
	while (write(control->stop_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		continue;
	(void)pthread_join(control->listener, NULL);
	/* Nobody is admitted any more. */
	for (size_t i = 0; i < STS_CONTROL_CLIENTS; i++)
		join_client(&control->clients[i]);
	(void)close(control->options.fd);
	(void)close(control->stop_fd);
	pthread_mutex_destroy(&control->reload_lock);
	pthread_mutex_destroy(&control->lock);
	free(control);
}
