/*
 * The configuration: one file, one table of options (milter/conf/options.c),
 * an immutable, reference-counted snapshot.
 *
 * A snapshot is complete or does not exist: every key has a default, and one
 * error anywhere leaves nothing half applied.  Any thread may read a snapshot
 * that it holds; who replaces the current one on reload is the program.
 */
#ifndef STS_CONF_CONF_H
#define STS_CONF_CONF_H

#include "sts/base/addr.h"
#include "sts/base/buf.h"
#include "sts/base/err.h"
#include "sts/base/log.h"
#include "sts/base/ref.h"
#include "sts/base/sockspec.h"
#include "sts/core/verdict.h"

#include <stdint.h>

enum sts_decide_at {
	STS_DECIDE_AUTO, /* rcpt for defer and reject, else eom */
	STS_DECIDE_RCPT,
	STS_DECIDE_EOM,
};

enum sts_on_outage { /* what becomes of mail while the fault is ours */
	STS_OUTAGE_HOLD, /* the configured actions */
	STS_OUTAGE_LOG, /* at most a line in the log */
};

enum sts_header_when {
	STS_HEADER_FAILURES, /* results fail and temperror */
	STS_HEADER_ALL,
	STS_HEADER_NONE,
};

enum sts_milter_server { /* what speaks with the MTA */
	STS_MILTER_LOOP, /* front/milterserver.h */
	STS_MILTER_LIBMILTER, /* front/filter.h */
};

struct sts_dns_server {
	struct sts_addr addr;
	uint16_t port;
};

/* `domain "NAME" { … }`: an exception. */
struct sts_exception {
	char *name; /* canonical; may begin with "*." */
	bool has_on_fail, has_on_unreachable; /* else the general word counts */
	enum sts_action on_fail;
	enum sts_action on_unreachable;
	int64_t until; /* wall s at which it ends; 0: no end */
	char *reason; /* the admin's words, "" where none */
	unsigned line; /* of the file */
};

struct sts_conf {
	struct sts_ref ref;
	char *path; /* of the file, "" for the defaults */

	/* Sockets as written, for libmilter, and parsed. */
	char *milter_socket;
	struct sts_sockspec milter;
	enum sts_milter_server milter_server;
	char *socketmap_socket; /* "": off */
	struct sts_sockspec socketmap;
	char *control_socket;
	struct sts_sockspec control;

	char *store; /* "": memory only */
	char *hostname;
	char *user;

	size_t n_dns_servers;
	struct sts_dns_server *dns_servers;
	bool dns_trust_ad;
	char *ca_file;
	size_t n_allow_networks;
	struct sts_network *allow_networks;

	bool probe;
	uint32_t probe_ttl, probe_failure_ttl; /* s */
	uint32_t fetch_timeout, probe_timeout, dns_timeout; /* s */

	struct sts_actions actions;
	enum sts_on_outage on_outage;
	bool honor_tls_required_no; /* RFC 8689 section 5 */
	enum sts_decide_at decide_at;
	uint32_t rcpt_wait, eom_wait; /* s */

	enum sts_header_when header;
	char *header_name;
	char *audit_file; /* "": none */

	/* TLS reports (RFC 8460). */
	bool tlsrpt; /* sessions are tallied and reports sent */
	char *tlsrpt_store; /* the SQLite file of both */
	char *tlsrpt_from; /* an address; "": none */
	char *tlsrpt_organization; /* "": the domain of tlsrpt_from */
	char *tlsrpt_contact; /* an address; "": tlsrpt_from */
	char *tlsrpt_smtp_socket; /* where the MTA takes mail */
	struct sts_sockspec tlsrpt_smtp;

	int syslog_facility; /* LOG_MAIL … */
	enum sts_log_level log_level;

	size_t n_mailers;
	char **mailers;

	size_t n_exceptions;
	struct sts_exception *exceptions;
};

/* Where the programs look unless told otherwise. */
#define STS_CONF_PATH STS_SYSCONFDIR "/mta-sts-milter.conf"

/*
 * Reads the file; "" gives the defaults alone.  On failure the errors are
 * appended to `errors`, one a line as `FILE:LINE: what is wrong; what is
 * accepted`, all that can be found and not only the first.  STS_E_NOTFOUND
 * where the file cannot be read, STS_E_SYNTAX, STS_E_RANGE, STS_E_REFUSED (a
 * bad combination), STS_E_LIMIT, STS_E_NOMEM.
 *
 * libConfuse's lexer is global: one thread at a time.  Blocks on the file, and
 * on the host's own name service where `hostname` is left to it.
 */
STS_MUST_USE enum sts_err sts_conf_load(
    const char *path, struct sts_buf *errors, const struct sts_conf **out);

const struct sts_conf *sts_conf_get(const struct sts_conf *conf);
void sts_conf_put(const struct sts_conf *conf);

/* Whether the mailer's name counts as outbound SMTP; case does not matter. */
bool sts_conf_is_outbound(const struct sts_conf *conf, struct sts_slice mailer);

/*
 * The words that count for a policy domain now.  *exception is the one that was
 * used, or NULL: the most exact name counts, one past its end never.
 */
struct sts_actions sts_conf_actions(const struct sts_conf *conf,
    struct sts_slice domain, int64_t now,
    const struct sts_exception **exception);

/* The same if the general words were these. */
struct sts_actions sts_conf_actions_if(const struct sts_conf *conf,
    const struct sts_actions *general, struct sts_slice domain, int64_t now,
    const struct sts_exception **exception);

/*
 * What differs between two snapshots in keys that a reload cannot change
 * (sockets, store, user): their names, appended to `b` with commas.
 */
void sts_conf_fixed_changes(const struct sts_conf *running,
    const struct sts_conf *loaded, struct sts_buf *b);

/*
 * Prints the table of options, one a line, for the checks that compare manual
 * and sample with it: NAME<TAB>TYPE<TAB>DEFAULT<TAB>ACCEPTED<TAB>DOC, the
 * default as the file has it.  Keys of an exception are `domain.NAME`.
 */
void sts_conf_print_options(struct sts_buf *b);

#endif
