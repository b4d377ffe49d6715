/*
 * What a configuration names outside of itself, looked at before the daemon is
 * started with it: `mta-sts-milter -t`.
 *
 * One thread; blocks on the disk and the user database.
 */
#ifndef STS_PROG_PRECHECK_H
#define STS_PROG_PRECHECK_H

#include "sts/base/buf.h"
#include "sts/conf/conf.h"

/*
 * Appends a line to `faults` for each thing that the daemon would miss: the CA
 * file cannot be read or has no certificate, there is no such user, a folder is
 * neither there nor can be made, with what to do.  STS_E_NOTFOUND where there
 * is any fault.
 */
STS_MUST_USE enum sts_err sts_precheck(
    const struct sts_conf *conf, struct sts_buf *faults);

#endif
