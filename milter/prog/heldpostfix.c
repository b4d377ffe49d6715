/* What Postfix holds: postqueue -j, postcat -hq; postsuper -H lets it go. */
#include "sts/base/buf.h"
#include "sts/prog/held.h"
#include "sts/prog/heldheader.h"
#include "sts/prog/js.h"

#include <stdio.h>
#include <string.h>

enum {
	ID_MIN = 6, /* shorter than any, and longer than its word ALL */
	LINE_MAX_BYTES = 1 << 24, /* of postqueue: all recipients */
	FIELDS_MAX = 1 << 18, /* of a message: ours stand first */
	PROGRAM_SIZE = 4096 + 16,
	ARGUMENTS = 8,
};

/* Letters and digits alone: no option, no path, not "ALL" or "-". */
static bool
is_id(const char *id)
{
	size_t n = strlen(id);

	for (size_t i = 0; i < n; i++)
		if (!sts_is_alnum(id[i]))
			return false;
	return n >= ID_MIN && n < STS_HELD_ID;
}

/* The program with its configuration, if that is not its own, and two words. */
static enum sts_err
run(const struct sts_held_mta *mta, const char *name, const char *option,
    const char *operand, int64_t ms, sts_spawn_take *take, void *cookie,
    char *why)
{
	char program[PROGRAM_SIZE];
	const char *argv[ARGUMENTS] = { program };
	size_t n = 1;

	(void)snprintf(program, sizeof(program), "%s/%s", mta->programs, name);
	if (mta->config != NULL) {
		argv[n++] = "-c";
		argv[n++] = mta->config;
	}
	argv[n++] = option;
	argv[n++] = operand;
	return sts_spawn(argv, ms, take, cookie, why);
}

static bool
take_fields(void *cookie, struct sts_slice bytes)
{
	struct sts_buf *fields = cookie;

	sts_buf_slice(fields, bytes);
	return sts_buf_err(fields) == STS_OK;
}

/* Whether the message is ours; its header is read for that. */
static enum sts_err
read_header(const struct sts_held_mta *mta, const struct sts_conf *conf,
    const char *id, bool *ours, struct sts_heldheader *header, char *why)
{
	const struct sts_heldheader_of of = { conf->header_name, conf->hostname,
		id };
	struct sts_buf fields;
	enum sts_err err;

	sts_buf_init(&fields, FIELDS_MAX);
	err = run(
	    mta, "postcat", "-hq", id, STS_HELD_MS, take_fields, &fields, why);
	if (err == STS_OK && sts_buf_err(&fields) == STS_E_NOMEM)
		err = STS_E_NOMEM;
	if (err == STS_OK)
		*ours = sts_heldheader_read(sts_buf_view(&fields), &of, header);
	sts_buf_deinit(&fields);
	return err;
}

static bool
add_recipients(json_t *message, const json_t *recipients)
{
	for (size_t i = 0; i < json_array_size(recipients); i++)
		if (!sts_held_add_recipient(message,
			sts_slice_str(sts_js_text(
			    json_array_get(recipients, i), "address"))))
			return false;
	return true;
}

/* `listed` is a line of postqueue's.  NULL: out of memory. */
static json_t *
make_message(const json_t *listed, const struct sts_heldheader *header)
{
	json_t *message = sts_held_message("postfix",
	    sts_js_text(listed, "queue_id"), sts_js_int(listed, "arrival_time"),
	    header->reason, header->required);
	bool made;

	if (message == NULL)
		return NULL;
	if (header->domain[0] != '\0')
		made = sts_held_add_domain(message, header->domain);
	else
		made = add_recipients(
		    message, json_object_get(listed, "recipients"));
	if (made)
		return message;
	json_decref(message);
	return NULL;
}

struct listing {
	const struct sts_held_mta *mta;
	struct sts_held_list *list;
	json_t *again; /* queue id: null, or what is listed now; NULL: all */
	size_t n_found; /* of those */
	struct sts_buf line;
	enum sts_err err;
	char *why;
};

static bool
is_held(const json_t *listed)
{
	return sts_js_is(listed, "queue_name", "hold") &&
	       is_id(sts_js_text(listed, "queue_id"));
}

/* It was delivered or deleted since it was listed. */
static bool
is_gone(enum sts_err err, const char *why)
{
	return err == STS_E_IO && strstr(why, "No such file") != NULL;
}

/* Its queue file is damaged, say: no reason to leave the others alone.  Without
 * the right to look none can be read. */
static bool
is_unreadable(enum sts_err err, const char *why)
{
	return err == STS_E_IO && strstr(why, "Permission denied") == NULL;
}

/* Perhaps it is not ours: that cannot be told. */
static json_t *
make_unreadable(const json_t *listed, const char *why)
{
	const struct sts_heldheader header = { .domain = "" };
	json_t *message = make_message(listed, &header);
	char problem[STS_SPAWN_WHY + 64];

	(void)snprintf(problem, sizeof(problem),
	    "it cannot be read, nor whose it is be told: %s", why);
	if (message != NULL) {
		(void)json_object_del(message, "problem");
		sts_held_set_problem(message, problem);
	}
	return message;
}

static enum sts_err
take_held(struct listing *l, const json_t *listed)
{
	struct sts_heldheader header;
	bool ours = false;
	json_t *message;
	enum sts_err err;

	if (json_array_size(l->list->messages) + l->list->others >=
	    STS_HELD_MAX) {
		l->list->more++;
		return STS_OK;
	}
	sts_held_progress(l->list);
	err = read_header(l->mta, l->list->conf,
	    sts_js_text(listed, "queue_id"), &ours, &header, l->why);
	if (is_gone(err, l->why))
		return STS_OK;
	if (err != STS_OK && !is_unreadable(err, l->why))
		return err;
	if (err == STS_OK && !ours) {
		l->list->others++;
		return STS_OK;
	}
	message = err == STS_OK ? make_message(listed, &header)
				: make_unreadable(listed, l->why);
	return json_array_append_new(l->list->messages, message) == 0
		   ? STS_OK
		   : STS_E_NOMEM;
}

static enum sts_err
take_again(struct listing *l, json_t *listed)
{
	const char *id = sts_js_text(listed, "queue_id");

	if (!json_is_null(json_object_get(l->again, id)))
		return STS_OK;
	l->n_found++;
	return json_object_set(l->again, id, listed) == 0 ? STS_OK
							  : STS_E_NOMEM;
}

static bool
has_enough(const struct listing *l)
{
	return l->err != STS_OK ||
	       (l->again != NULL && l->n_found == json_object_size(l->again));
}

static void
take_line(struct listing *l)
{
	json_error_t error;
	json_t *listed =
	    json_loadb(sts_buf_cstr(&l->line), l->line.n, 0, &error);

	if (listed == NULL && l->line.n > 0) {
		(void)snprintf(l->why, STS_SPAWN_WHY,
		    "postqueue -j: a line that is not JSON");
		l->err = STS_E_IO;
	} else if (is_held(listed)) {
		l->err = l->again != NULL ? take_again(l, listed)
					  : take_held(l, listed);
	}
	json_decref(listed);
	sts_buf_clear(&l->line);
}

static bool
take_listing(void *cookie, struct sts_slice bytes)
{
	struct listing *l = cookie;
	struct sts_slice part;

	while (bytes.n > 0 && !has_enough(l)) {
		bool whole = sts_slice_cut(&bytes, '\n', &part);

		sts_buf_slice(&l->line, part);
		l->err = sts_buf_err(&l->line);
		if (whole && l->err == STS_OK)
			take_line(l);
	}
	return !has_enough(l);
}

static enum sts_err
read_listing(struct listing *l)
{
	enum sts_err err;

	sts_buf_init(&l->line, LINE_MAX_BYTES);
	err = run(l->mta, "postqueue", "-j", NULL, STS_HELD_LIST_MS,
	    take_listing, l, l->why);
	if (err == STS_OK)
		err = l->err;
	if (err == STS_E_LIMIT)
		(void)snprintf(l->why, STS_SPAWN_WHY,
		    "postqueue -j: a line that is too long");
	sts_buf_deinit(&l->line);
	return err;
}

static enum sts_err
list(const struct sts_held_mta *mta, struct sts_held_list *list, char *why)
{
	struct listing l = { .mta = mta, .list = list, .why = why };

	return read_listing(&l);
}

static bool
take_nothing(void *cookie, struct sts_slice bytes)
{
	(void)cookie;
	(void)bytes;
	return true;
}

/* Of all of a batch at once, for postqueue lists nothing less than the whole
 * queue.  *again: see struct listing; the caller owns it. */
static enum sts_err
look_again(const struct sts_held_mta *mta, const json_t *messages,
    json_t **again, char *why)
{
	struct listing l = { .mta = mta, .again = json_object(), .why = why };
	enum sts_err err = l.again == NULL ? STS_E_NOMEM : STS_OK;

	for (size_t i = 0; err == STS_OK && i < json_array_size(messages); i++)
		if (json_object_set_new(l.again,
			sts_js_text(json_array_get(messages, i), "queue_id"),
			json_null()) != 0)
			err = STS_E_NOMEM;
	if (err == STS_OK)
		err = read_listing(&l);
	if (err == STS_OK)
		*again = l.again;
	else
		json_decref(l.again);
	return err;
}

/* A queue id is used again, and somebody else may have held what has it now:
 * the header is read just before, and postsuper takes from the hold queue
 * alone. */
static enum sts_err
release_one(const struct sts_held_mta *mta, const struct sts_conf *conf,
    const json_t *message, const json_t *listed, char *why)
{
	const char *id = sts_js_text(message, "queue_id");
	struct sts_heldheader header;
	bool ours = false, same;
	enum sts_err err;
	json_t *now;

	if (!json_is_object(listed))
		return STS_E_NOTFOUND;
	err = read_header(mta, conf, id, &ours, &header, why);
	if (is_gone(err, why) || (err == STS_OK && !ours))
		return STS_E_NOTFOUND;
	if (err != STS_OK)
		return err;
	now = make_message(listed, &header);
	if (now == NULL)
		return STS_E_NOMEM;
	same = sts_held_is_same(now, message);
	json_decref(now);
	if (!same)
		return STS_E_NOTFOUND;
	return run(
	    mta, "postsuper", "-H", id, STS_HELD_MS, take_nothing, NULL, why);
}

static void
release(const struct sts_held_mta *mta, const struct sts_conf *conf,
    const json_t *messages, sts_held_told *told, void *cookie)
{
	char no_look[STS_SPAWN_WHY] = "";
	json_t *again = NULL;
	enum sts_err looked = look_again(mta, messages, &again, no_look);

	for (size_t i = 0; i < json_array_size(messages); i++) {
		json_t *message = json_array_get(messages, i);
		const json_t *listed =
		    json_object_get(again, sts_js_text(message, "queue_id"));
		char why[STS_SPAWN_WHY] = "";
		enum sts_err err = looked;

		if (err == STS_OK)
			err = release_one(mta, conf, message, listed, why);
		told(cookie, message, err, looked == STS_OK ? why : no_look);
	}
	json_decref(again);
}

void
sts_held_postfix(struct sts_held_mta *mta)
{
	mta->name = "postfix";
	mta->list = list;
	mta->release = release;
}
