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
	const char *only; /* this queue id; NULL: all */
	bool found; /* that one */
	struct sts_buf line;
	enum sts_err err;
	char *why;
};

static bool
is_wanted(const struct listing *l, const json_t *listed)
{
	const char *id = sts_js_text(listed, "queue_id");

	return sts_js_is(listed, "queue_name", "hold") && is_id(id) &&
	       (l->only == NULL || strcmp(l->only, id) == 0);
}

/* A message that went away meanwhile is no failure; a postcat that cannot read
 * any is one. */
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
	if (err == STS_E_IO && strstr(l->why, "No such file") != NULL)
		return STS_OK;
	if (err != STS_OK)
		return err;
	if (!ours) {
		l->list->others++;
		return STS_OK;
	}
	message = make_message(listed, &header);
	return json_array_append_new(l->list->messages, message) == 0
		   ? STS_OK
		   : STS_E_NOMEM;
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
	} else if (is_wanted(l, listed)) {
		l->err = take_held(l, listed);
		l->found = l->only != NULL;
	}
	json_decref(listed);
	sts_buf_clear(&l->line);
}

static bool
take_listing(void *cookie, struct sts_slice bytes)
{
	struct listing *l = cookie;
	struct sts_slice part;

	while (bytes.n > 0 && l->err == STS_OK && !l->found) {
		bool whole = sts_slice_cut(&bytes, '\n', &part);

		sts_buf_slice(&l->line, part);
		l->err = sts_buf_err(&l->line);
		if (whole && l->err == STS_OK)
			take_line(l);
	}
	return l->err == STS_OK && !l->found;
}

static enum sts_err
list_some(const struct sts_held_mta *mta, struct sts_held_list *list,
    const char *only, char *why)
{
	struct listing l = {
		.mta = mta, .list = list, .only = only, .why = why
	};
	enum sts_err err;

	sts_buf_init(&l.line, LINE_MAX_BYTES);
	err = run(mta, "postqueue", "-j", NULL, STS_HELD_LIST_MS, take_listing,
	    &l, why);
	if (err == STS_OK)
		err = l.err;
	if (err == STS_E_LIMIT)
		(void)snprintf(why, STS_SPAWN_WHY,
		    "postqueue -j: a line that is too long");
	sts_buf_deinit(&l.line);
	return err;
}

static enum sts_err
list(const struct sts_held_mta *mta, struct sts_held_list *list, char *why)
{
	return list_some(mta, list, NULL, why);
}

static bool
take_nothing(void *cookie, struct sts_slice bytes)
{
	(void)cookie;
	(void)bytes;
	return true;
}

/* A queue id is used again, and somebody else may have held what has it now. */
static enum sts_err
look_again(const struct sts_held_mta *mta, const struct sts_conf *conf,
    const json_t *message, char *why)
{
	struct sts_held_list now = { .conf = conf, .messages = json_array() };
	enum sts_err err = STS_E_NOMEM;

	if (now.messages != NULL)
		err =
		    list_some(mta, &now, sts_js_text(message, "queue_id"), why);
	if (err == STS_OK &&
	    !sts_held_is_same(json_array_get(now.messages, 0), message))
		err = STS_E_NOTFOUND;
	json_decref(now.messages);
	return err;
}

static enum sts_err
release(const struct sts_held_mta *mta, const struct sts_conf *conf,
    const json_t *message, char *why)
{
	enum sts_err err = look_again(mta, conf, message, why);

	if (err != STS_OK)
		return err;
	return run(mta, "postsuper", "-H", sts_js_text(message, "queue_id"),
	    STS_HELD_MS, take_nothing, NULL, why);
}

void
sts_held_postfix(struct sts_held_mta *mta)
{
	mta->name = "postfix";
	mta->list = list;
	mta->release = release;
}
