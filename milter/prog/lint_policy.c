#include "sts/base/buf.h"
#include "sts/core/mxmatch.h"
#include "sts/core/policy.h"
#include "sts/prog/lint.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void
on_note(void *cookie, const struct sts_policy_note *note)
{
	sts_lint_remark(cookie, note->is_error, note->line, note->message);
}

/* Reads all of it, but no more than shows that it is too long. */
static enum sts_err
read_all(int fd, struct sts_buf *b)
{
	char piece[4096];
	ssize_t n = 1;

	while (n != 0 && b->n <= STS_POLICY_TEXT_MAX) {
		n = read(fd, piece, sizeof(piece));
		if (n > 0)
			sts_buf_add(b, piece, (size_t)n);
		else if (n < 0 && errno != EINTR)
			return STS_E_IO;
	}
	return sts_buf_err(b);
}

static enum sts_err
read_file(const char *path, struct sts_buf *b)
{
	enum sts_err err;
	int fd, saved;

	if (strcmp(path, "-") == 0)
		return read_all(STDIN_FILENO, b);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return STS_E_IO;
	err = read_all(fd, b);
	saved = errno;
	(void)close(fd);
	errno = saved;
	return err;
}

static json_t *
mx_patterns(const struct sts_policy *policy)
{
	json_t *array = json_array();

	for (size_t i = 0; policy != NULL && i < policy->n_mx; i++)
		(void)json_array_append_new(array, json_string(policy->mx[i]));
	return array;
}

static json_t *
policy_json(const struct sts_policy *policy)
{
	json_t *found = json_object();

	(void)json_object_set_new(found, "valid", json_boolean(policy != NULL));
	(void)json_object_set_new(found, "mode",
	    policy == NULL ? json_null()
			   : json_string(sts_mode_text(policy->mode)));
	(void)json_object_set_new(found, "mx", mx_patterns(policy));
	(void)json_object_set_new(found, "max_age",
	    policy == NULL ? json_null() : json_integer(policy->max_age));
	return found;
}

static void
print_policy(struct sts_lint *lint, const struct sts_policy *policy)
{
	struct sts_ui *ui = &lint->cli->ui;
	char age[STS_DURATION_TEXT];

	sts_ui_printf(ui, "%s: ", lint->name);
	if (policy == NULL) {
		size_t n = json_array_size(lint->errors);

		sts_ui_put(ui, STS_STYLE_BAD, "not valid");
		sts_ui_printf(ui, ": %zu error%s", n, n == 1 ? "" : "s");
	} else {
		sts_ui_put(ui, STS_STYLE_GOOD, "valid");
		sts_ui_printf(ui,
		    ": mode %s, max_age %u (%s), %zu mx pattern%s",
		    sts_mode_text(policy->mode), (unsigned)policy->max_age,
		    sts_duration_text(policy->max_age, age), policy->n_mx,
		    policy->n_mx == 1 ? "" : "s");
	}
	sts_ui_newline(ui);
}

static void
print_match(
    struct sts_lint *lint, const struct sts_policy *policy, const char *host)
{
	struct sts_ui *ui = &lint->cli->ui;

	sts_ui_printf(ui, "%s: %s ", lint->name, host);
	for (size_t i = 0; i < policy->n_mx; i++)
		if (sts_mx_match(
			sts_slice_str(policy->mx[i]), sts_slice_str(host))) {
			sts_ui_put(ui, STS_STYLE_GOOD, "matches");
			sts_ui_printf(ui, " mx: %s", policy->mx[i]);
			sts_ui_newline(ui);
			return;
		}
	sts_ui_put(ui, STS_STYLE_BAD, "does not match");
	sts_ui_printf(ui, "; to allow it, add the line mx: %s", host);
	sts_ui_newline(ui);
}

static enum sts_exit
tell_policy(
    struct sts_lint *lint, const struct sts_policy *policy, const char *host)
{
	bool match = policy != NULL && host != NULL &&
		     sts_policy_allows(policy, sts_slice_str(host));
	json_t *found = policy_json(policy);

	if (host != NULL)
		(void)json_object_set_new(
		    found, "mx_match", json_boolean(match));
	if (!lint->cli->json)
		print_policy(lint, policy);
	if (!lint->cli->json && policy != NULL && host != NULL)
		print_match(lint, policy, host);
	sts_lint_finish(lint, found);
	return policy != NULL && (host == NULL || match) ? STS_EXIT_OK
							 : STS_EXIT_NO;
}

/* No text at all is neither valid nor not: a status of its own. */
static enum sts_exit
tell_unreadable(struct sts_lint *lint, int why)
{
	char message[256];

	(void)snprintf(
	    message, sizeof(message), "cannot be read: %s", strerror(why));
	if (lint->cli->json)
		sts_lint_remark(lint, true, 0, message);
	else
		(void)fprintf(
		    stderr, "mta-sts lint: %s %s\n", lint->name, message);
	sts_lint_finish(lint, policy_json(NULL));
	return STS_EXIT_NOINPUT;
}

enum sts_exit
sts_lint_policy(struct sts_lint *lint, const char *path, const char *host)
{
	struct sts_policy *policy = NULL;
	enum sts_exit status;
	struct sts_buf text;
	enum sts_err err;

	sts_buf_init(&text, STS_POLICY_TEXT_MAX + 8192);
	err = read_file(path, &text);
	if (err != STS_OK) {
		status = tell_unreadable(lint, errno);
		goto out;
	}
	err = sts_policy_parse(sts_buf_view(&text), on_note, lint, &policy);
	if (err != STS_OK && json_array_size(lint->errors) == 0)
		sts_lint_remark(lint, true, 0, sts_err_text(err));
	status = tell_policy(lint, policy, host);
	sts_policy_put(policy);
out:
	sts_buf_deinit(&text);
	return status;
}
