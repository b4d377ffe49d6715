/* Reads audit files into a dry run, and says how far it is. */
#include "sts/base/clock.h"
#include "sts/prog/dryrun.h"
#include "sts/prog/progress.h"
#include "sts/report/auditfile.h"

#include <errno.h>
#include <string.h>

enum {
	FAULTS_TOLD = 5, /* broken lines; the others are counted */
	UNREAD_TOLD = 100, /* files */
	LINES_A_LOOK = 4096, /* at the clock */
};

struct reading {
	struct sts_cli *cli;
	struct sts_dryrun *dryrun;
	struct sts_dryrun_input *input;
	struct sts_progress progress;
	int64_t shown_ms;
};

void
sts_dryrun_input_deinit(struct sts_dryrun_input *input)
{
	json_decref(input->unread);
	json_decref(input->faults);
}

static const char *
name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static void
show_progress(
    struct reading *r, const char *path, const struct sts_audit_file *file)
{
	int64_t now = sts_mono_ms(&sts_clock_system);
	int percent = sts_audit_file_percent(file);
	char what[64];

	if (now - r->shown_ms < STS_PROGRESS_MS)
		return;
	r->shown_ms = now;
	if (percent < 0)
		(void)snprintf(
		    what, sizeof(what), "reading %.40s", name_of(path));
	else
		(void)snprintf(what, sizeof(what), "reading %.40s: %d %%",
		    name_of(path), percent);
	sts_progress_show(&r->progress, what);
}

/* Past the cap it does nothing. */
static enum sts_err
tell(json_t *array, size_t cap, const char *path, uint64_t line,
    const char *message)
{
	json_t *entry;

	if (json_array_size(array) >= cap)
		return STS_OK;
	entry = json_pack("{s:s+, s:s}", "file", path, "", "message", message);
	if (entry == NULL) /* a name that is not UTF-8 */
		entry = json_pack("{s:s, s:s}", "file",
		    "(a name that is not UTF-8)", "message", message);
	if (line > 0 && json_object_set_new(
			    entry, "line", json_integer((json_int_t)line)) != 0)
		return STS_E_NOMEM;
	return json_array_append_new(array, entry) == 0 ? STS_OK : STS_E_NOMEM;
}

static enum sts_err
take_line(
    struct reading *r, const char *path, uint64_t number, struct sts_slice line)
{
	struct sts_audit_entry entry;
	const char *why = "";
	enum sts_err err;

	if (line.n == 0)
		return STS_OK; /* after a part of a line: report/audit.c */
	r->input->lines++;
	err = sts_audit_entry_parse(line, &entry, &why);
	if (err == STS_OK)
		return sts_dryrun_add(r->dryrun, &entry);
	if (err != STS_E_SYNTAX)
		return err;
	r->input->broken++;
	return tell(r->input->faults, FAULTS_TOLD, path, number, why);
}

/* STS_E_IO, and *why, where it cannot be read on. */
static enum sts_err
take_lines(struct reading *r, const char *path, struct sts_audit_file *file,
    const char **why)
{
	enum sts_err err = STS_OK;
	struct sts_slice line;
	uint64_t number;

	while (err == STS_OK) {
		err = sts_audit_file_line(file, &line, why);
		if (err != STS_OK)
			break;
		number = sts_audit_file_number(file);
		err = take_line(r, path, number, line);
		if (number % LINES_A_LOOK == 0)
			show_progress(r, path, file);
	}
	return err == STS_E_NOTFOUND ? STS_OK : err;
}

static enum sts_err
read_one(struct reading *r, const char *path)
{
	struct sts_audit_file *file;
	const char *why = "";
	enum sts_err err = sts_audit_file_open(path, &file);

	if (err == STS_E_IO)
		return tell(
		    r->input->unread, UNREAD_TOLD, path, 0, strerror(errno));
	if (err != STS_OK)
		return err;
	err = take_lines(r, path, file, &why);
	if (err == STS_E_IO)
		err = tell(r->input->unread, UNREAD_TOLD, path,
		    sts_audit_file_number(file) + 1, why);
	sts_audit_file_close(file);
	r->input->files++;
	return err;
}

/* What was last written before the time asked for has nothing of it. */
static enum sts_err
read_rotated(struct reading *r, const char *path, int64_t since)
{
	struct sts_audit_path *files = NULL;
	size_t n = 0;
	enum sts_err err = sts_audit_files(path, &files, &n, &r->input->packed);

	if (err == STS_E_IO)
		return tell(
		    r->input->unread, UNREAD_TOLD, path, 0, strerror(errno));
	for (size_t i = 0; err == STS_OK && i < n; i++)
		if (files[i].modified >= since)
			err = read_one(r, files[i].path);
		else
			r->input->skipped++;
	if (err == STS_OK && n == 0)
		err = tell(
		    r->input->unread, UNREAD_TOLD, path, 0, strerror(ENOENT));
	sts_audit_files_free(files, n);
	return err;
}

enum sts_exit
sts_dryrun_read(struct sts_cli *cli, const struct sts_dryrun_settings *settings,
    struct sts_dryrun *dryrun, struct sts_dryrun_input *input)
{
	const struct sts_conf *conf = settings->conf;
	struct reading r = { .cli = cli, .dryrun = dryrun, .input = input };
	enum sts_err err = STS_OK;

	input->unread = json_array();
	input->faults = json_array();
	if (cli->n_operands == 0 && conf->audit_file[0] == '\0')
		return sts_cli_fail(cli, STS_EXIT_NOINPUT, "no-audit",
		    "audit_file is not set in %s, so no decision was written "
		    "down; set it, have the daemon reload, and ask again in "
		    "some days",
		    conf->path[0] == '\0' ? "the configuration" : conf->path);
	if (input->unread == NULL || input->faults == NULL)
		err = STS_E_NOMEM;
	sts_progress_init(&r.progress, true);
	if (err == STS_OK && cli->n_operands == 0)
		err = read_rotated(&r, conf->audit_file, settings->since);
	for (size_t i = 0; err == STS_OK && i < cli->n_operands; i++)
		err = read_one(&r, cli->operands[i]);
	sts_progress_clear(&r.progress);
	if (err != STS_OK)
		return sts_cli_fail(
		    cli, STS_EXIT_SOFTWARE, "failed", "%s", sts_err_text(err));
	return STS_EXIT_OK;
}
