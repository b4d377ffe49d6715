/*
 * `mta-sts report dry-run` in its parts: the files are read (auditread.c), the
 * outcome becomes JSON (dryrunjson.c, with dryrunadvice.c
 * and dryrunexcept.c), and that becomes text (dryrunshow.c).
 */
#ifndef STS_PROG_DRYRUN_H
#define STS_PROG_DRYRUN_H

#include "sts/prog/cli.h"
#include "sts/report/dryrun.h"

/* What was read, and what was not. */
struct sts_dryrun_input {
	uint64_t lines, broken;
	size_t files; /* that were read */
	size_t skipped; /* that were last written before the time asked for */
	size_t packed; /* that were left out, as .xz and the like */
	json_t *unread; /* [{"file","message"}]; owned */
	json_t *faults; /* the first broken lines: [{"file","line",
			   "message"}]; owned */
};

/* Reads the operands; else the configuration's audit file and what it was
 * rotated to.  What cannot be read stands in *input, which is to be given to
 * sts_dryrun_input_deinit even on failure.  STS_EXIT_OK, or the exit status,
 * which was told to the person. */
STS_MUST_USE enum sts_exit sts_dryrun_read(struct sts_cli *cli,
    const struct sts_dryrun_settings *settings, struct sts_dryrun *dryrun,
    struct sts_dryrun_input *input);
void sts_dryrun_input_deinit(struct sts_dryrun_input *input);

/* All of it, as mta-sts(1) says; the caller owns it.  NULL: out of memory. */
json_t *sts_dryrun_json(const struct sts_dryrun_settings *settings,
    const struct sts_dryrun *dryrun, const struct sts_dryrun_input *input);

/* The same for people. */
void sts_dryrun_show(struct sts_ui *ui, const json_t *outcome);

#endif
