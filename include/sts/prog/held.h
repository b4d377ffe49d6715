/*
 * Held mail: what the milter quarantined and the MTA still holds, and how it is
 * let go.
 *
 * Each message is a JSON object from the queue on:
 *
 *	{"mta":"postfix|sendmail","queue_id":"…","queued":"RFC 3339"|null,
 *	 "reason":"certificate-expired","requiretls":false,"domains":["…"],
 *	 "problem":null|"why nothing can be told of it"}
 *
 * to which sts_held_check adds "checks", "passes" and "why", and the command
 * what became of it.  Nothing of the sender or the recipients is kept but their
 * domains.  One thread; blocks on the MTA's programs.
 */
#ifndef STS_PROG_HELD_H
#define STS_PROG_HELD_H

#include "sts/prog/cli.h"
#include "sts/prog/progress.h"
#include "sts/prog/spawn.h"

enum {
	STS_HELD_MAX = 100000, /* messages that are looked at */
	STS_HELD_BATCH = 100, /* let go with one look at the queue */
	STS_HELD_ID = 33, /* a queue id and its NUL */
	STS_HELD_MS = 60000, /* for a program to end */
	STS_HELD_LIST_MS = 600000, /* for one that lists a whole queue */
};

/* What was found. */
struct sts_held_list {
	const struct sts_conf *conf; /* borrowed */
	json_t *messages; /* ours; owned */
	uint64_t others; /* held, and not by us */
	struct sts_progress *progress; /* borrowed; NULL: none is shown */
	int64_t shown_ms; /* monotonic, when it was last */
	uint64_t more; /* ours or not: past STS_HELD_MAX, not looked at */
};

/* What became of one that was to be let go: STS_E_NOTFOUND where it is held no
 * more, or is not what it was; with others, `why` tells a person. */
typedef void sts_held_told(
    void *cookie, json_t *message, enum sts_err err, const char *why);

/* An MTA: how it is asked.  Paths are borrowed, from the options. */
struct sts_held_mta {
	const char *name; /* "postfix", "sendmail" */
	const char *config; /* Postfix's folder, Sendmail's file; NULL: its own
			     */
	char programs[4096]; /* Postfix's folder of commands, or Sendmail */

	/* Adds what it holds to the list.  STS_E_IO and the like: `why` (of
	 * STS_SPAWN_WHY bytes) tells a person. */
	enum sts_err (*list)(const struct sts_held_mta *mta,
	    struct sts_held_list *list, char *why);
	/* Lets those go, each by itself, that still are what they were when
	 * they were listed; `messages` is an array of STS_HELD_BATCH at most.
	 */
	void (*release)(const struct sts_held_mta *mta,
	    const struct sts_conf *conf, const json_t *messages,
	    sts_held_told *told, void *cookie);
};

enum { STS_HELD_MTAS = 2 };

/* The MTAs that the options name, or that are here.  STS_EXIT_OK: *n of them;
 * else it was told to the person. */
STS_MUST_USE enum sts_exit sts_held_mtas(
    struct sts_cli *cli, struct sts_held_mta mtas[STS_HELD_MTAS], size_t *n);

/* Of each MTA: what it needs from the options. */
void sts_held_postfix(struct sts_held_mta *mta);
void sts_held_sendmail(struct sts_held_mta *mta);

/* Tells a person who waits how many messages have been looked at. */
void sts_held_progress(struct sts_held_list *list);

/* A message in the making: without domains.  `reason` is a word of
 * core/words.h; `queued` is wall s, 0 where it is not known.  The caller owns
 * it.  NULL: out of memory. */
json_t *sts_held_message(const char *mta, const char *queue_id, int64_t queued,
    enum sts_reason reason, bool requiretls);
/* Adds the recipient's domain, once; what has none is passed over, and what
 * cannot be read is a problem.  false: out of memory. */
bool sts_held_add_recipient(json_t *message, struct sts_slice recipient);
bool sts_held_add_domain(json_t *message, const char *domain);
/* The first one stays. */
void sts_held_set_problem(json_t *message, const char *problem);
/* Whether two listings of a message say the same. */
bool sts_held_is_same(const json_t *a, const json_t *b);

/*
 * Looks at all domains of the messages anew, at the daemon if one answers, else
 * with an engine of its own, and adds to each message
 *
 *	"checks":[{"domain","result","reason","action","passes"}],
 *	"passes":true, "why":null|"what keeps it"
 *
 * *by says who was asked: "daemon" or "engine".  Anything but STS_EXIT_OK was
 * told to the person.
 */
STS_MUST_USE enum sts_exit sts_held_check(struct sts_cli *cli,
    const struct sts_conf *conf, json_t *messages, const char **by);

/* The outcome for people: {"messages":[…],"others":N,…}. */
void sts_held_show(struct sts_ui *ui, const json_t *outcome);

#endif
