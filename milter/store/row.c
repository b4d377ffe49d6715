#include "sts/store/row.h"

#include "sts/core/domain.h"

enum {
	COL_DOMAIN = 1,
	COL_POLICY_ID,
	COL_POLICY,
	COL_FETCHED_AT,
	COL_CONFIRMED_AT,
	COL_USED_AT,
	COL_FAILED_ID,
	COL_FAILED_AT,
	COL_FAILED_REASON,
	COL_TRIED_AT,
	COL_REFRESH_AT,
};

static const int64_t last_second = 253402300799; /* of the year 9999 */

/* SQLite copies the text. */
static int
bind_text(sqlite3_stmt *stmt, int column, struct sts_slice s)
{
	return sqlite3_bind_text(stmt, column, s.p, (int)s.n, SQLITE_TRANSIENT);
}

static int
bind_str(sqlite3_stmt *stmt, int column, const char *s)
{
	return bind_text(stmt, column, sts_slice_str(s));
}

static int
bind_policy(sqlite3_stmt *stmt, const struct sts_policy *policy)
{
	int rc = SQLITE_NOMEM;
	struct sts_buf b;

	if (policy == NULL)
		return sqlite3_bind_null(stmt, COL_POLICY);
	/* A parsed policy's text always fits (sts/core/policy.h). */
	sts_buf_init(&b, STS_POLICY_TEXT_MAX);
	sts_policy_print(policy, &b);
	if (sts_buf_err(&b) == STS_OK)
		rc = bind_text(stmt, COL_POLICY, sts_buf_view(&b));
	sts_buf_deinit(&b);
	return rc;
}

/* The rows are cleaned in the order of this column. */
static int64_t
used_column(const struct sts_record *r, int64_t now)
{
	if (r->policy == NULL)
		return now - (STS_UNUSED_MAX - STS_ROW_FAILURE_KEPT);
	/* Never used: it counts as used when it is written, or row 44 would
	 * drop it at once. */
	return r->used_at == 0 ? now : r->used_at;
}

enum sts_err
sts_row_bind(sqlite3_stmt *stmt, const struct sts_record *r, int64_t now)
{
	int failed =
	    bind_str(stmt, COL_DOMAIN, r->domain) |
	    bind_str(stmt, COL_POLICY_ID, r->id) |
	    bind_policy(stmt, r->policy) |
	    sqlite3_bind_int64(stmt, COL_FETCHED_AT, r->fetched_at) |
	    sqlite3_bind_int64(stmt, COL_CONFIRMED_AT, r->confirmed_at) |
	    sqlite3_bind_int64(stmt, COL_USED_AT, used_column(r, now)) |
	    bind_str(stmt, COL_FAILED_ID, r->failed_id) |
	    sqlite3_bind_int64(stmt, COL_FAILED_AT, r->failed_at) |
	    bind_str(
		stmt, COL_FAILED_REASON, sts_reason_text(r->failed_reason)) |
	    sqlite3_bind_int64(stmt, COL_TRIED_AT, r->tried_at) |
	    sqlite3_bind_int64(
		stmt, COL_REFRESH_AT, sts_record_refresh_at(r, now));

	return failed == SQLITE_OK ? STS_OK : STS_E_NOMEM;
}

static bool
get_text(sqlite3_stmt *stmt, int column, struct sts_slice *out)
{
	const unsigned char *p;

	if (sqlite3_column_type(stmt, column) != SQLITE_TEXT)
		return false;
	p = sqlite3_column_text(stmt, column);
	if (p == NULL)
		return false;
	*out = sts_slice(p, (size_t)sqlite3_column_bytes(stmt, column));
	return true;
}

static bool
get_time(sqlite3_stmt *stmt, int column, int64_t *out)
{
	int64_t t = sqlite3_column_int64(stmt, column);

	if (sqlite3_column_type(stmt, column) != SQLITE_INTEGER || t < 0 ||
	    t > last_second)
		return false;
	*out = t;
	return true;
}

/* A text of fewer than `size` bytes, without NULs in it; SQLite puts one behind
 * it.  It lives as long as the row does. */
static bool
get_cstr(sqlite3_stmt *stmt, int column, size_t size, const char **out)
{
	struct sts_slice s;

	if (!get_text(stmt, column, &s) || s.n >= size || strlen(s.p) != s.n)
		return false;
	*out = s.p;
	return true;
}

static bool
is_made_of(const char *s, const char *others)
{
	for (; *s != '\0'; s++)
		if (!sts_is_alnum(*s) && strchr(others, *s) == NULL)
			return false;
	return true;
}

/* 0 to 32 letters and digits. */
static bool
get_id(sqlite3_stmt *stmt, int column, const char **out)
{
	return get_cstr(stmt, column, STS_ID_SIZE, out) && is_made_of(*out, "");
}

/* The bytes of a domain's canonical form (sts/core/domain.h). */
static bool
get_domain(sqlite3_stmt *stmt, const char **out)
{
	return get_cstr(stmt, COL_DOMAIN, STS_DOMAIN_SIZE, out) &&
	       **out != '\0' && is_made_of(*out, "-_.");
}

static bool
get_reason(sqlite3_stmt *stmt, enum sts_reason *out)
{
	struct sts_slice s;

	return get_text(stmt, COL_FAILED_REASON, &s) &&
	       sts_reason_parse(s, out) == STS_OK;
}

/* All columns but the policy. NULL: each is right. */
static const char *
get_plain(sqlite3_stmt *stmt, struct sts_record *r)
{
	if (!get_domain(stmt, &r->domain))
		return "domain";
	if (!get_id(stmt, COL_POLICY_ID, &r->id))
		return "policy_id";
	if (!get_time(stmt, COL_FETCHED_AT, &r->fetched_at))
		return "fetched_at";
	if (!get_time(stmt, COL_CONFIRMED_AT, &r->confirmed_at))
		return "confirmed_at";
	if (!get_time(stmt, COL_USED_AT, &r->used_at))
		return "used_at";
	if (!get_id(stmt, COL_FAILED_ID, &r->failed_id))
		return "failed_id";
	if (!get_time(stmt, COL_FAILED_AT, &r->failed_at))
		return "failed_at";
	if (!get_reason(stmt, &r->failed_reason))
		return "failed_reason";
	if (!get_time(stmt, COL_TRIED_AT, &r->tried_at))
		return "tried_at";
	return NULL;
}

static enum sts_err
get_policy(sqlite3_stmt *stmt, struct sts_record *r)
{
	struct sts_policy *policy;
	struct sts_slice text;
	enum sts_err err;

	if (sqlite3_column_type(stmt, COL_POLICY) == SQLITE_NULL)
		return r->id[0] == '\0' ? STS_OK : STS_E_SYNTAX;
	if (!get_text(stmt, COL_POLICY, &text))
		return STS_E_SYNTAX;
	err = sts_policy_parse(text, NULL, NULL, &policy);
	if (err == STS_OK)
		r->policy = policy;
	return err == STS_OK || err == STS_E_NOMEM ? err : STS_E_SYNTAX;
}

enum sts_err
sts_row_read(
    sqlite3_stmt *stmt, const struct sts_record **out, const char **why)
{
	struct sts_record draft = { .domain = "" }, *record = NULL;
	const char *wrong = get_plain(stmt, &draft);
	enum sts_err err = STS_E_SYNTAX;

	if (wrong == NULL)
		err = get_policy(stmt, &draft);
	if (draft.policy == NULL)
		draft.used_at = draft.failed_at;
	if (err == STS_OK) {
		record = sts_record_new(&draft);
		err = record == NULL ? STS_E_NOMEM : STS_OK;
	}
	sts_policy_put(draft.policy);
	if (err == STS_OK)
		*out = record;
	else if (sqlite3_errcode(sqlite3_db_handle(stmt)) == SQLITE_NOMEM)
		err = STS_E_NOMEM; /* a text could not be had: not its fault */
	else if (err == STS_E_SYNTAX)
		*why = wrong == NULL ? "policy" : wrong;
	return err;
}
