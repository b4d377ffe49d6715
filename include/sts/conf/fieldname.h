/*
 * The names that our header may have.
 *
 * Internal to conf.  Pure; any thread.
 */
#ifndef STS_CONF_FIELDNAME_H
#define STS_CONF_FIELDNAME_H

#include "sts/base/err.h"
#include "sts/base/slice.h"

/*
 * A field name of RFC 5322 section 3.6.8, at most 64 bytes.  STS_E_SYNTAX;
 * STS_E_REFUSED for one that mail already uses: since headers of our name are
 * taken for forged and removed, "Subject" would remove every subject.
 */
STS_MUST_USE enum sts_err sts_field_name_check(struct sts_slice name);

#endif
