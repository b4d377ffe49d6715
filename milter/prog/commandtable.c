/* The commands of `mta-sts`, and what their --help says. */
#include "sts/prog/cli.h"

static const struct sts_cli_option ask_options[] = {
	{ "cached", NULL, "show what the daemon knows, instead" },
	{ NULL, NULL, NULL },
};

static const struct sts_cli_option check_options[] = {
	{ "cached", NULL, "show what the daemon knows, instead" },
	{ "dane", NULL, "look up TLSA records, too, whatever counts" },
	{ "domains", "FILE",
	    "check all of a list, a domain a line; - is stdin" },
	{ "html", "FILE", "write a page for people, too" },
	{ NULL, NULL, NULL },
};

static const struct sts_cli_option lint_options[] = {
	{ "mx", "HOST", "whether the policy allows this MX host" },
	{ "txt", "RECORD", "check a TXT record; once for each of the name" },
	{ NULL, NULL, NULL },
};

static const struct sts_cli_option report_show_options[] = {
	{ "domain", "DOMAIN", "only what is about this domain" },
	{ "days", "N", "only reports of the last N days" },
	{ "since", "DAY", "only reports of this day (UTC) and later" },
	{ "until", "DAY", "only reports of this day (UTC) and earlier" },
	{ "sort", "WORD", "by failures (default), sessions or name" },
	{ "html", "FILE", "write a page with charts, too" },
	{ NULL, NULL, NULL },
};

static const struct sts_cli_option dryrun_options[] = {
	{ "days", "N", "how far back to look; default 7" },
	{ "on-fail", "ACTION", "in place of the configuration's on_fail" },
	{ "on-unreachable", "ACTION", "in place of its on_unreachable" },
	{ "on-temperror", "ACTION", "in place of its on_temperror" },
	{ "decide-at", "WHERE", "in place of its decide_at" },
	{ NULL, NULL, NULL },
};

static const struct sts_cli_option generate_options[] = {
	{ "mode", "MODE", "testing (the default), enforce or none" },
	{ "mx", "HOST", "an MX host, or *.DOMAIN; once for each" },
	{ "from-dns", NULL, "the MX hosts that DNS has now" },
	{ "max-age", "SECONDS", "how long senders remember the policy" },
	{ "rua", "URI", "mailto: or https:, where TLS reports go" },
	{ "host-at", "NAME", "mta-sts.DOMAIN is a CNAME of that" },
	{ "domains", "FILE", "lines of a domain and perhaps MX hosts" },
	{ "out", "DIR", "write files there, instead of printing" },
	{ "server", "WORD", "nginx (the default), apache or caddy" },
	{ "certs", "DIR", "has mta-sts.DOMAIN/fullchain.pem and privkey.pem" },
	{ "update", NULL, "change DIR; what is not said stays" },
	{ "remove", NULL, "take domains away, by way of mode none" },
	{ "offline", NULL, "do not look at the MX hosts" },
	{ "force", NULL, "even if mail would be held up" },
	{ .name = NULL },
};

static const struct sts_cli_option report_send_options[] = {
	{ "day", "DAY", "of this day (UTC); default yesterday" },
	{ "dry-run", NULL, "show what would be sent, and change nothing" },
	{ NULL, NULL, NULL },
};

static const struct sts_cli_option release_options[] = {
	{ "now", NULL, "let go what passes; without it nothing is changed" },
	{ "domain", "DOMAIN", "only mail to this one; may be repeated" },
	{ "mta", "WORD", "postfix, sendmail or auto (default)" },
	{ "postfix-config", "DIR", "Postfix's folder; default its own" },
	{ "postfix-commands", "DIR", "where postqueue is; default /usr/sbin" },
	{ "sendmail-config", "FILE", "Sendmail's file; default its own" },
	{ "sendmail-program", "FILE", "Sendmail's program sendmail" },
	{ NULL, NULL, NULL },
};

const struct sts_command sts_commands[] = {
	{
	    .name = "query",
	    .synopsis = "[--cached] [--json] DOMAIN",
	    .summary = "fetch a domain's policy as a sender does",
	    .help = "Looks up the TXT record _mta-sts.DOMAIN and fetches the "
		    "policy over HTTPS. Prints what was found, or why there "
		    "is no policy and what to do about it.\n\n"
		    "Exit status: 0 VALID or NOT_CHANGED, 1 NONE, "
		    "2 FETCH_ERROR.",
	    .options = ask_options,
	    .min_operands = 1,
	    .max_operands = 1,
	    .run = sts_cmd_query,
	},
	{
	    .name = "check",
	    .synopsis = "[--cached | --dane] [--json] [--html FILE] {DOMAIN | "
			"--domains FILE}",
	    .summary = "prove whether mail to a domain can be sent securely",
	    .help = "Fetches the policy, looks up the MX hosts, connects to "
		    "each on port 25 and checks STARTTLS and the certificate, "
		    "and looks where TLS reports are to go. Prints the "
		    "verdict, every MX host, and each finding with how bad it "
		    "is, where it is written, and what to do.\n\n"
		    "--domains checks many at once and prints a table; --html "
		    "writes a page for someone who is not technical.\n\n"
		    "Exit status: 0 pass, 1 fail, 2 none, 3 could not tell; "
		    "of many, the worst (fail, could not tell, none, pass).",
	    .options = check_options,
	    .max_operands = 1,
	    .run = sts_cmd_check,
	},
	{
	    .name = "generate",
	    .synopsis =
		"{DOMAIN | --domains FILE} [--mode MODE]\n"
		"           {--mx HOST ... | --from-dns} [--max-age SECONDS] "
		"[--rua URI ...]\n"
		"           [--host-at NAME] [--out DIR [--server WORD] "
		"[--certs DIR]\n"
		"           [--update | --remove]] [--offline] [--force] "
		"[--json]",
	    .summary = "make the policy and the records that a domain "
		       "publishes",
	    .help =
		"Makes the policy file and the TXT records of a domain, or of "
		"many, and with --out also the web server's configuration: "
		"DIR/mta-sts.DOMAIN/.well-known/mta-sts.txt, "
		"DIR/records.zone, DIR/nginx.conf.\n\n"
		"Before mode enforce is published, the MX hosts are looked at "
		"as senders would; where mail would be held up it is refused. "
		"The id changes exactly when the policy does, so that a "
		"command may be run again and again.\n\n"
		"Exit status: 0 done, 1 something was refused or not valid, "
		"66 a file cannot be read, 74 or written.",
	    .options = generate_options,
	    .max_operands = SIZE_MAX,
	    .run = sts_cmd_generate,
	},
	{
	    .name = "lint",
	    .synopsis = "[--json] {FILE | --mx HOST FILE | --txt RECORD ...}",
	    .summary = "check a policy's text or TXT records, offline",
	    .help = "Checks the text of a policy (- is standard input), "
		    "whether the policy allows an MX host (--mx), or the TXT "
		    "records of one name (--txt, once for each record).\n\n"
		    "Exit status: 0 valid (and matched), 1 not, 66 the file "
		    "cannot be read.",
	    .options = lint_options,
	    .max_operands = SIZE_MAX,
	    .run = sts_cmd_lint,
	},
	{
	    .name = "status",
	    .synopsis = "[--json]",
	    .summary = "show how the daemon is doing",
	    .help = "Asks the daemon over its control socket.\n\n"
		    "Exit status: 0, 69 no daemon.",
	    .run = sts_cmd_status,
	},
	{
	    .name = "reload",
	    .synopsis = "[--json]",
	    .summary = "have the daemon read its configuration anew",
	    .help = "A configuration with an error is refused as a whole: the "
		    "one in force stays.\n\n"
		    "Exit status: 0, 69 no daemon, 78 the configuration has "
		    "errors.",
	    .run = sts_cmd_reload,
	},
	{
	    .name = "cache",
	    .synopsis = "[--json] {list | show DOMAIN | refresh DOMAIN | "
			"flush [DOMAIN]}",
	    .summary = "show and change what the daemon remembers",
	    .help = "list prints all policies that are remembered; show, all "
		    "about one domain; refresh looks at a domain again now; "
		    "flush forgets one domain, or all.\n\n"
		    "Exit status: 0, 1 no such entry, 69 no daemon.",
	    .min_operands = 1,
	    .max_operands = 2,
	    .run = sts_cmd_cache,
	},
	{
	    .name = "report show",
	    .synopsis = "[--domain DOMAIN] [--days N] [--since DAY] "
			"[--until DAY] [--sort WORD] [--html FILE] [--json] "
			"FILE ...",
	    .summary = "show the TLS reports that other servers sent",
	    .help = "Reads TLS reports (RFC 8460): JSON, gzip of it, whole "
		    "mails, mboxes, Maildirs, folders of any of these; - is "
		    "standard input. Shows who sent how much, what failed, "
		    "where and why, and what to do about it. A report that "
		    "came twice is counted once.\n\n"
		    "Exit status: 0, 1 something could not be read as a "
		    "report (the others are shown).",
	    .options = report_show_options,
	    .min_operands = 1,
	    .max_operands = SIZE_MAX,
	    .run = sts_cmd_report_show,
	},
	{
	    .name = "report send",
	    .synopsis = "[--day DAY] [--dry-run] [--json]",
	    .summary = "send TLS reports of what the daemon has tallied",
	    .help = "Makes the TLS reports (RFC 8460) of a day that is over, "
		    "for the domains that ask for them, and delivers all that "
		    "is due. The daemon does the same by itself with tlsrpt = "
		    "true; each report is delivered once, whoever does it. "
		    "Run it as the daemon's user.\n\n"
		    "Exit status: 0, 1 something could not be looked up or "
		    "delivered and is tried again later, or was given up, 66 "
		    "nothing was tallied.",
	    .options = report_send_options,
	    .run = sts_cmd_report_send,
	},
	{
	    .name = "release",
	    .synopsis = "[--now] [--domain DOMAIN] ... [--mta WORD] [--json]",
	    .summary = "show the mail that is held, and let go what passes now",
	    .help = "Lists the messages that mta-sts-milter quarantined and "
		    "Postfix or Sendmail still holds, checks their domains "
		    "again, and shows which would pass now. With --now these "
		    "are let go, through the server's own commands. What "
		    "others hold is never touched.\n\n"
		    "Exit status: 0 nothing is held, or all of it passes (with "
		    "--now: was let go), 1 something stays, 69 the mail "
		    "server's commands cannot be used.",
	    .options = release_options,
	    .run = sts_cmd_release,
	},
	{
	    .name = "report dry-run",
	    .synopsis = "[--json] [--days N] [--on-fail ACTION] ... [FILE ...]",
	    .summary = "what enforcement would have held, by the audit file",
	    .help = "Reads the decisions of the last days from the audit file "
		    "(and what it was rotated to), or from the files named; - "
		    "is standard input, and gzip is read as it is. Tells what "
		    "the configuration, or one with the words of the options, "
		    "would have held, for which reasons, and what to do about "
		    "each: may it be switched on? ACTION is tag, defer, "
		    "quarantine, reject or log.\n\n"
		    "Exit status: 0 nothing would have been held, 1 something "
		    "would, 3 there are no decisions to tell by, 66 a file "
		    "cannot be read.",
	    .options = dryrun_options,
	    .max_operands = SIZE_MAX,
	    .run = sts_cmd_dryrun,
	},
};

const size_t sts_commands_n = sizeof(sts_commands) / sizeof(sts_commands[0]);
