/*
 * What `mta-sts generate` is made of: options and domains are read, what each
 * domain is to publish is planned, checked against the world, written to a
 * folder, and told.  Used by the files of that command only; one thread.
 *
 * The folder is its own memory: records.zone says what was published last
 * (core/published.h).
 */
#ifndef STS_PROG_GENERATE_H
#define STS_PROG_GENERATE_H

#include "sts/core/mxmatch.h"
#include "sts/core/published.h"
#include "sts/prog/cli.h"
#include "sts/prog/outdir.h"

enum { STS_GENERATE_DOMAIN_MAX = 242 }; /* "_smtp._tls." before it: 253 */

/* MX patterns in canonical form, none twice; owned. */
struct sts_patterns {
	char **p;
	size_t n, room;
};

/* Takes a word: a pattern, perhaps with U-labels or a final dot.  STS_E_SYNTAX:
 * *why, a literal, says what is wrong with it; STS_E_LIMIT: one too many;
 * STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_patterns_add(
    struct sts_patterns *patterns, struct sts_slice word, const char **why);
void sts_patterns_deinit(struct sts_patterns *patterns);

enum sts_server {
	STS_SERVER_NGINX,
	STS_SERVER_APACHE,
	STS_SERVER_CADDY,
};
enum { STS_N_SERVERS = STS_SERVER_CADDY + 1 };

struct sts_generate_options {
	bool has_mode, has_server;
	enum sts_mode mode;
	enum sts_server server;
	int64_t max_age; /* s; -1: not given */
	bool from_dns, update, remove, offline, force;
	struct sts_patterns mx;
	char *tlsrpt; /* the text of _smtp._tls; owned; NULL: not given */
	char host_at[STS_DOMAIN_SIZE]; /* "": not given */
	const char *out, *domains, *certs; /* borrowed; NULL: not given */
};

/* STS_EXIT_OK, or what was told to the person.  deinit is due even then. */
STS_MUST_USE enum sts_exit sts_generate_read_options(
    struct sts_cli *cli, struct sts_generate_options *options);
void sts_generate_options_deinit(struct sts_generate_options *options);

/* What becomes of a domain. */
enum sts_change {
	STS_CHANGE_NEW, /* nothing was there */
	STS_CHANGE_POLICY, /* another policy, and so another id */
	STS_CHANGE_RECORDS, /* the same policy, other records beside */
	STS_CHANGE_NONE,
	STS_CHANGE_REMOVED,
};
const char *sts_change_text(enum sts_change change);

enum sts_refusal {
	STS_REFUSAL_NONE,
	STS_REFUSAL_MAIL, /* it would lock mail out: --force overrides */
	STS_REFUSAL_FINAL, /* it cannot be done */
};

struct sts_target {
	unsigned line; /* of --domains; 0: from the command line */
	struct sts_patterns mx; /* those wanted for this domain alone */
	const struct sts_published *old; /* of the folder; NULL: none */
	struct sts_published now; /* to be published; its domain is set */
	enum sts_change change;
	enum sts_refusal refusal;
	bool checked; /* its MX hosts were looked at */
	json_t *findings; /* [{"severity":"error|warning","message":"…"}] */
};

/* What was published last, by name. */
struct sts_tree {
	struct sts_published *p;
	size_t n, room;
};

struct sts_generate {
	struct sts_cli *cli;
	struct sts_generate_options options;
	struct sts_target *targets; /* as they were given */
	size_t n, room;
	struct sts_outdir *dir; /* NULL: nothing is written */
	struct sts_tree tree;
	int64_t now; /* wall s */
};

/* The domains: the operand, or the lines of --domains. */
STS_MUST_USE enum sts_exit sts_generate_read_domains(struct sts_generate *g);

/* records.zone of the folder, if there is one; sets each target's `old`. */
STS_MUST_USE enum sts_exit sts_generate_read_tree(struct sts_generate *g);
void sts_tree_deinit(struct sts_tree *tree);

/* Before and after the world is asked: the first finds what each target is to
 * publish, where the options say; the second chooses change and id. */
STS_MUST_USE enum sts_exit sts_generate_plan(struct sts_generate *g);
STS_MUST_USE enum sts_exit sts_generate_settle(struct sts_generate *g);

/* Whether the target's policy is to have patterns, and from where. */
bool sts_target_wants_dns(
    const struct sts_generate *g, const struct sts_target *target);
/* Sets the target's policy from mode, patterns and max_age. STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_target_set_policy(struct sts_generate *g,
    struct sts_target *target, const struct sts_patterns *mx);

/* MX hosts from DNS where they are wanted; whether enforce would lock mail
 * out.  Asks the network unless there is nothing to ask. */
STS_MUST_USE enum sts_exit sts_generate_check(struct sts_generate *g);

/* Adds a finding; the refusal counts where it is graver than the present one.
 */
void sts_target_find(struct sts_target *target, enum sts_refusal refusal,
    const char *fmt, ...) STS_PRINTF(3, 4);
/* The same, of what is worth to know. */
void sts_target_warn(struct sts_target *target, const char *fmt, ...)
    STS_PRINTF(2, 3);

/* Whether the target is left as it is, since it was refused. */
bool sts_target_is_refused(
    const struct sts_generate *g, const struct sts_target *target);

/* Writes policies, then the server's file, then the zone. */
STS_MUST_USE enum sts_exit sts_generate_write(struct sts_generate *g);

/* The name in the folder of the policy of a domain, into PATH_MAX bytes. */
char *sts_generate_policy_name(const char *domain, char *dst);
/* The policy's text, CRLF. */
void sts_generate_policy_text(
    const struct sts_published *published, struct sts_buf *b);

/* The server's file: its name, and its content for all these domains, by name.
 * `root` is the folder's path; `certs` the certificates', or NULL. */
const char *sts_server_file(enum sts_server server);
void sts_server_print(enum sts_server server, const char *root,
    const char *certs, const struct sts_published *const *published, size_t n,
    struct sts_buf *b);
/* What a server's file may say a path with. */
bool sts_server_path_is_plain(const char *path);

/* What a person has to do, in order: an array of texts. */
json_t *sts_generate_steps(const struct sts_generate *g);

/* Tells what became of each domain, and the steps. */
void sts_generate_tell(struct sts_generate *g);
void sts_generate_tell_json(struct sts_generate *g);

#endif
