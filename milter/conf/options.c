#include "sts/conf/conf.h"
#include "sts/conf/option.h"

#include <syslog.h>

#define AT(field) .offset = offsetof(struct sts_conf, field)
#define LIST(field) AT(field), .also = offsetof(struct sts_conf, n_##field)
#define SOCKET(field, parsed)                                                  \
	AT(field), .also = offsetof(struct sts_conf, parsed)
#define IN_BLOCK(field) .offset = offsetof(struct sts_exception, field)
#define IN_BLOCK_HAS(field)                                                    \
	IN_BLOCK(field), .also = offsetof(struct sts_exception, has_##field)

static const struct sts_word booleans[] = {
	{ "true", true },
	{ "false", false },
	{ "yes", true },
	{ "no", false },
	{ "on", true },
	{ "off", false },
	{ NULL, 0 },
};

static const struct sts_word actions[] = {
	{ "tag", STS_ACTION_TAG },
	{ "defer", STS_ACTION_DEFER },
	{ "quarantine", STS_ACTION_QUARANTINE },
	{ "reject", STS_ACTION_REJECT },
	{ "log", STS_ACTION_LOG },
	{ NULL, 0 },
};

static const struct sts_word outages[] = {
	{ "hold", STS_OUTAGE_HOLD },
	{ "log", STS_OUTAGE_LOG },
	{ NULL, 0 },
};

static const struct sts_word servers[] = {
	{ "loop", STS_MILTER_LOOP },
	{ "libmilter", STS_MILTER_LIBMILTER },
	{ NULL, 0 },
};

static const struct sts_word points[] = {
	{ "auto", STS_DECIDE_AUTO },
	{ "rcpt", STS_DECIDE_RCPT },
	{ "eom", STS_DECIDE_EOM },
	{ NULL, 0 },
};

static const struct sts_word headers[] = {
	{ "all", STS_HEADER_ALL },
	{ "failures", STS_HEADER_FAILURES },
	{ "none", STS_HEADER_NONE },
	{ NULL, 0 },
};

static const struct sts_word facilities[] = {
	{ "mail", LOG_MAIL },
	{ "daemon", LOG_DAEMON },
	{ "user", LOG_USER },
	{ "auth", LOG_AUTH },
	{ "authpriv", LOG_AUTHPRIV },
	{ "local0", LOG_LOCAL0 },
	{ "local1", LOG_LOCAL1 },
	{ "local2", LOG_LOCAL2 },
	{ "local3", LOG_LOCAL3 },
	{ "local4", LOG_LOCAL4 },
	{ "local5", LOG_LOCAL5 },
	{ "local6", LOG_LOCAL6 },
	{ "local7", LOG_LOCAL7 },
	{ NULL, 0 },
};

static const struct sts_word levels[] = {
	{ "alert", STS_LOG_ALERT },
	{ "err", STS_LOG_ERR },
	{ "warning", STS_LOG_WARNING },
	{ "notice", STS_LOG_NOTICE },
	{ "info", STS_LOG_INFO },
	{ "debug", STS_LOG_DEBUG },
	{ NULL, 0 },
};

const struct sts_option sts_conf_options[] = {
	{ "milter_socket", &sts_type_socket, "inet:8463@localhost",
	    "where the MTA's milter client connects",
	    SOCKET(milter_socket, milter), .fixed = true },
	{ "milter_server", &sts_type_word, "loop",
	    "what speaks with the MTA: our own loop, or libmilter's threads",
	    AT(milter_server), .words = servers, .fixed = true },
	{ "socketmap_socket", &sts_type_socket, "inet:8461@localhost",
	    "where the MTA's TLS policy lookups connect; \"\" is off",
	    SOCKET(socketmap_socket, socketmap), .may_be_empty = true,
	    .fixed = true },
	{ "control_socket", &sts_type_socket,
	    "unix:/run/mta-sts-milter/control",
	    "where the command mta-sts connects; its mode is 0660",
	    SOCKET(control_socket, control), .fixed = true },
	{ "store", &sts_type_path, "/var/lib/mta-sts-milter/cache.db",
	    "the SQLite file of policies; \"\" keeps them in memory only",
	    AT(store), .may_be_empty = true, .fixed = true },
	{ "hostname", &sts_type_hostname, "",
	    "the name in headers and in EHLO; \"\" is the machine's own",
	    AT(hostname), .may_be_empty = true },
	{ "user", &sts_type_text, "",
	    "whom to become after binding, when started as root", AT(user),
	    .may_be_empty = true, .fixed = true },
	{ "dns_servers", &sts_type_dns_servers, "{}",
	    "the resolvers to ask; {} is those of resolv.conf",
	    LIST(dns_servers), .may_be_empty = true },
	{ "dns_trust_ad", &sts_type_bool, "false",
	    "the resolver validates DNSSEC and the path to it is trusted",
	    AT(dns_trust_ad), .words = booleans },
	{ "ca_file", &sts_type_path, "",
	    "PEM bundle for policy and MX hosts; \"\" is the system's",
	    AT(ca_file), .may_be_empty = true },
	{ "allow_networks", &sts_type_networks, "{}",
	    "non-public networks that fetches and probes may reach",
	    LIST(allow_networks), .may_be_empty = true },
	{ "probe", &sts_type_bool, "true",
	    "false: match MX names only and trust the MTA for TLS", AT(probe),
	    .words = booleans },
	{ "probe_ttl", &sts_type_seconds, "3600",
	    "how long a probe that passed stands", AT(probe_ttl), .min = 1,
	    .max = 604800 },
	{ "probe_failure_ttl", &sts_type_seconds, "300",
	    "how long a probe that did not pass stands", AT(probe_failure_ttl),
	    .min = 1, .max = 86400 },
	/* RFC 8461 section 3.3 suggests a minute at most for the fetch. */
	{ "fetch_timeout", &sts_type_seconds, "60",
	    "deadline of a whole policy fetch", AT(fetch_timeout), .min = 1,
	    .max = 60 },
	{ "probe_timeout", &sts_type_seconds, "30", "deadline of a whole probe",
	    AT(probe_timeout), .min = 1, .max = 300 },
	{ "dns_timeout", &sts_type_seconds, "5",
	    "deadline of a whole DNS lookup", AT(dns_timeout), .min = 1,
	    .max = 60 },
	{ "on_fail", &sts_type_word, "defer", "enforce, and no validated path",
	    AT(actions.on_fail), .words = actions },
	{ "on_unreachable", &sts_type_word, "defer",
	    "enforce, and no MX could be reached to prove it",
	    AT(actions.on_unreachable), .words = actions },
	{ "on_temperror", &sts_type_word, "log",
	    "policy discovery itself failed and nothing is cached",
	    AT(actions.on_temperror), .words = actions },
	{ "on_outage", &sts_type_word, "hold",
	    "while many domains fail at once: hold to these words, or log",
	    AT(on_outage), .words = outages },
	{ "honor_tls_required_no", &sts_type_bool, "false",
	    "let a message with TLS-Required: No through (RFC 8689)",
	    AT(honor_tls_required_no), .words = booleans },
	{ "decide_at", &sts_type_word, "auto",
	    "where the answer is taken; auto: rcpt for defer and reject",
	    AT(decide_at), .words = points },
	{ "rcpt_wait", &sts_type_seconds, "8",
	    "how long a recipient waits for its answer", AT(rcpt_wait),
	    .min = 0, .max = 3600 },
	{ "eom_wait", &sts_type_seconds, "60",
	    "how long the end of a message waits for answers", AT(eom_wait),
	    .min = 0, .max = 3600 },
	{ "header", &sts_type_word, "failures",
	    "which results are told in a header", AT(header),
	    .words = headers },
	{ "header_name", &sts_type_header_name, "MTA-STS-Status",
	    "the header's name; forged ones of it are removed",
	    AT(header_name) },
	{ "audit_file", &sts_type_path, "",
	    "JSON lines, one a decision; \"\" is off", AT(audit_file),
	    .may_be_empty = true },
	{ "tlsrpt", &sts_type_bool, "false",
	    "tally sessions, and send TLS reports daily (RFC 8460)", AT(tlsrpt),
	    .words = booleans, .fixed = true },
	{ "tlsrpt_from", &sts_type_address, "",
	    "the address that reports come from; tlsrpt needs one",
	    AT(tlsrpt_from), .may_be_empty = true },
	{ "tlsrpt_organization", &sts_type_text, "",
	    "who reports; \"\" is the domain of tlsrpt_from",
	    AT(tlsrpt_organization), .may_be_empty = true },
	{ "tlsrpt_contact", &sts_type_address, "",
	    "whom to ask about a report; \"\" is tlsrpt_from",
	    AT(tlsrpt_contact), .may_be_empty = true },
	{ "tlsrpt_smtp", &sts_type_socket, "inet:25@127.0.0.1",
	    "where the MTA takes the reports' mail",
	    SOCKET(tlsrpt_smtp_socket, tlsrpt_smtp) },
	{ "tlsrpt_store", &sts_type_path, "/var/lib/mta-sts-milter/tlsrpt.db",
	    "the SQLite file of what is to be reported", AT(tlsrpt_store),
	    .fixed = true },
	{ "syslog_facility", &sts_type_word, "mail", "the facility of the log",
	    AT(syslog_facility), .words = facilities },
	{ "log_level", &sts_type_word, "info",
	    "what is logged: this and all that is worse", AT(log_level),
	    .words = levels },
	{ "mailers", &sts_type_names, "{smtp,esmtp,relay}",
	    "values of {rcpt_mailer} that count as outbound SMTP",
	    LIST(mailers) },
	{ .name = NULL },
};

/* Without a default, a word of an exception stays unset. */
const struct sts_option sts_exception_options[] = {
	{ "on_fail", &sts_type_word, NULL, "in place of the general on_fail",
	    IN_BLOCK_HAS(on_fail), .words = actions },
	{ "on_unreachable", &sts_type_word, NULL,
	    "in place of the general on_unreachable",
	    IN_BLOCK_HAS(on_unreachable), .words = actions },
	{ "until", &sts_type_end_time, "",
	    "when the exception ends; \"\" is never", IN_BLOCK(until),
	    .may_be_empty = true },
	{ "reason", &sts_type_text, "", "why it is there, for the log",
	    IN_BLOCK(reason), .may_be_empty = true },
	{ .name = NULL },
};
