/*
 * The audit file: one JSON object a line, one line a decision.
 *
 * The file is only ever appended to, each line with a single write, so that it
 * may be rotated and read while it grows.  A full disk or an unwritable file
 * never holds up mail: the lines are lost, which is told to the log once when
 * it begins and once, with their number, when it ends.
 *
 * Any thread may call.
 */
#ifndef STS_REPORT_AUDIT_H
#define STS_REPORT_AUDIT_H

#include "sts/base/err.h"
#include "sts/base/log.h"
#include "sts/report/report.h"

#include <stdint.h>

struct sts_audit;

/* Without a file at first. `log` is borrowed.  STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_audit_new(
    struct sts_log *log, struct sts_audit **out);
void sts_audit_free(struct sts_audit *audit);

/* Opens or makes the file, mode 0640; "" leaves none.  Where that fails, the
 * log is told, and an older file that is still open goes on being used. */
void sts_audit_open(struct sts_audit *audit, const char *path);

/* Whether there is a file to write to, so that a line is worth making. */
bool sts_audit_wanted(struct sts_audit *audit);

/* `line` is without its LF; NULL stands for one that could not be made. */
void sts_audit_write(struct sts_audit *audit, char *line);

/* Lines lost since the start. */
uint64_t sts_audit_lost(struct sts_audit *audit);

/*
 * The line of one decision, without LF, to be given to free().  Each of its
 * keys is always there, null where it has no value: time, queue_id, domain,
 * result, policy, id, reason, mx, action, stage, cached, ms, mxs, exception,
 * requiretls, relief, message, outage, tls_required_no, by_command. NULL: out
 * of memory.
 */
char *sts_audit_line(const struct sts_decision *decision, int64_t wall_s);

#endif
