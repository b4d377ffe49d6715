/* TLS reports as text for a terminal. */
#ifndef STS_PROG_REPORTTEXT_H
#define STS_PROG_REPORTTEXT_H

#include "sts/prog/cli.h"

/* `all` is the object of sts/prog/reportset.h with all that is put beside it.
 * What could not be read goes to standard error.  `html` is where a page was
 * written to, which is told; NULL: there is none. */
void sts_reporttext_show(
    struct sts_cli *cli, const json_t *all, const char *html);

#endif
