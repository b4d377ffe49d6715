#include "sts/core/tlsrpt.h"
#include "sts/prog/generate.h"

#include <stdlib.h>

enum { MAX_AGE_DIGITS = 10 };

static const char tlsrpt_begin[] = "v=TLSRPTv1; rua=";

/* --- MX patterns --- */

/* A pattern as it stands in a policy: A-labels, no final dot. */
static enum sts_err
canonical(
    struct sts_slice word, char dst[STS_MX_PATTERN_SIZE], const char **why)
{
	struct sts_slice host = sts_mx_pattern_host(word);
	char ascii[STS_MX_PATTERN_SIZE];
	struct sts_domain domain;

	if (word.n > 1 && word.p[word.n - 1] == '.')
		word.n--;
	if (sts_domain_from_name(host, &domain) != STS_OK ||
	    domain.kind != STS_DOMAIN_NAME)
		return sts_mx_pattern_parse(word, dst, why);
	(void)snprintf(ascii, sizeof(ascii), "%s%s",
	    sts_slice_starts(word, STS_LIT("*.")) ? "*." : "", domain.name);
	return sts_mx_pattern_parse(sts_slice_str(ascii), dst, why);
}

static enum sts_err
append(struct sts_patterns *patterns, const char *pattern)
{
	if (patterns->n == patterns->room) {
		size_t room = patterns->room == 0 ? 4 : patterns->room * 2;
		char **p = realloc(patterns->p, room * sizeof(*p));

		if (p == NULL)
			return STS_E_NOMEM;
		patterns->p = p;
		patterns->room = room;
	}
	patterns->p[patterns->n] = strdup(pattern);
	if (patterns->p[patterns->n] == NULL)
		return STS_E_NOMEM;
	patterns->n++;
	return STS_OK;
}

enum sts_err
sts_patterns_add(
    struct sts_patterns *patterns, struct sts_slice word, const char **why)
{
	char pattern[STS_MX_PATTERN_SIZE];
	enum sts_err err = canonical(word, pattern, why);

	if (err != STS_OK)
		return err;
	for (size_t i = 0; i < patterns->n; i++)
		if (strcmp(patterns->p[i], pattern) == 0)
			return STS_OK;
	if (patterns->n == STS_POLICY_MX_MAX)
		return STS_E_LIMIT;
	return append(patterns, pattern);
}

void
sts_patterns_deinit(struct sts_patterns *patterns)
{
	for (size_t i = 0; i < patterns->n; i++)
		free(patterns->p[i]);
	free(patterns->p);
	*patterns = (struct sts_patterns){ .p = NULL };
}

/* --- options --- */

static enum sts_exit
no_memory(struct sts_cli *cli)
{
	return sts_cli_fail(cli, STS_EXIT_SOFTWARE, "failed", "out of memory");
}

/* One host, or several with commas between them. */
static enum sts_exit
take_mx(struct sts_cli *cli, struct sts_patterns *mx, const char *text)
{
	struct sts_slice rest = sts_slice_str(text), word;
	const char *why = "is one too many";
	enum sts_err err = STS_OK;
	bool more = true;

	while (err == STS_OK && more) {
		more = sts_slice_cut(&rest, ',', &word);
		err = sts_patterns_add(mx, sts_slice_trim(word), &why);
	}
	if (err == STS_OK)
		return STS_EXIT_OK;
	if (err == STS_E_NOMEM)
		return no_memory(cli);
	return sts_cli_usage(cli, "--mx \"%s\" %s", text, why);
}

/* Operands behind the domain are hosts too: --mx HOST ...  The domain
 * stands before it then, or "--mx a b DOMAIN" would be a policy of b. */
static enum sts_exit
read_mx(struct sts_cli *cli, struct sts_generate_options *o)
{
	size_t given = sts_cli_count(cli, "mx");
	enum sts_exit status = STS_EXIT_OK;

	if (cli->n_operands > 1 && sts_cli_before(cli, "mx") > 1)
		return sts_cli_usage(cli,
		    "there is an operand too many: %s; for more than one "
		    "domain, --domains FILE",
		    cli->operands[1]);
	if (cli->n_operands > 1 && sts_cli_before(cli, "mx") == 0)
		return sts_cli_usage(cli,
		    "which is the domain, %s? Put it before --mx, or give --mx "
		    "once for each host",
		    cli->operands[0]);
	for (size_t i = 0; status == STS_EXIT_OK && i < given; i++)
		status = take_mx(cli, &o->mx, sts_cli_nth(cli, "mx", i));
	for (size_t i = 1; status == STS_EXIT_OK && i < cli->n_operands; i++)
		status = take_mx(cli, &o->mx, cli->operands[i]);
	return status;
}

static enum sts_exit
read_mode(struct sts_cli *cli, struct sts_generate_options *o)
{
	const char *word = sts_cli_value(cli, "mode");

	o->has_mode = word != NULL;
	if (word != NULL &&
	    sts_mode_parse(sts_slice_str(word), &o->mode) != STS_OK)
		return sts_cli_usage(cli,
		    "--mode \"%s\" is unknown; testing, enforce and none are "
		    "accepted",
		    word);
	return STS_EXIT_OK;
}

static enum sts_exit
read_max_age(struct sts_cli *cli, struct sts_generate_options *o)
{
	const char *word = sts_cli_value(cli, "max-age");
	int64_t age = 0;

	o->max_age = -1;
	if (word == NULL)
		return STS_EXIT_OK;
	for (const char *c = word; age >= 0 && *c != '\0'; c++)
		age = sts_is_digit(*c) && c - word < MAX_AGE_DIGITS
			  ? age * 10 + (*c - '0')
			  : -1;
	if (word[0] == '\0' || age < 0 || age > STS_MAX_AGE_MAX)
		return sts_cli_usage(cli,
		    "--max-age \"%s\" is not accepted; whole seconds from 0 to "
		    "%d are, a week is 604800",
		    word, STS_MAX_AGE_MAX);
	o->max_age = age;
	return STS_EXIT_OK;
}

static enum sts_exit
read_server(struct sts_cli *cli, struct sts_generate_options *o)
{
	static const char *const words[STS_N_SERVERS] = {
		[STS_SERVER_NGINX] = "nginx",
		[STS_SERVER_APACHE] = "apache",
		[STS_SERVER_CADDY] = "caddy",
	};
	const char *word = sts_cli_value(cli, "server");

	if (word == NULL)
		return STS_EXIT_OK;
	for (size_t i = 0; i < STS_N_SERVERS; i++)
		if (strcmp(word, words[i]) == 0) {
			o->server = (enum sts_server)i;
			o->has_server = true;
			return STS_EXIT_OK;
		}
	return sts_cli_usage(cli,
	    "--server \"%s\" is unknown; nginx, apache and caddy are accepted",
	    word);
}

/* Each URI is checked as whoever sends reports will read it. */
static enum sts_exit
add_rua(struct sts_cli *cli, struct sts_slice uri, size_t n, struct sts_buf *b)
{
	struct sts_tlsrpt_rua rua;
	const char *why = sts_tlsrpt_parse_uri(uri, &rua);
	bool is_address = uri.n > 0 && memchr(uri.p, '@', uri.n) != NULL &&
			  memchr(uri.p, ':', uri.n) == NULL;

	if (why != NULL)
		return sts_cli_usage(cli, "--rua \"%.*s\": %s%s", (int)uri.n,
		    uri.p, why, is_address ? "; put mailto: before it" : "");
	if (n >= STS_TLSRPT_RUA_MAX)
		return sts_cli_usage(
		    cli, "--rua: more than %d targets", STS_TLSRPT_RUA_MAX);
	sts_buf_str(b, n == 0 ? tlsrpt_begin : ",");
	sts_buf_slice(b, uri);
	return STS_EXIT_OK;
}

static enum sts_exit
gather_rua(struct sts_cli *cli, struct sts_buf *b)
{
	enum sts_exit status = STS_EXIT_OK;
	size_t given = sts_cli_count(cli, "rua"), n = 0;

	for (size_t i = 0; i < given; i++) {
		struct sts_slice rest =
				     sts_slice_str(sts_cli_nth(cli, "rua", i)),
				 uri;
		bool more = true;

		while (status == STS_EXIT_OK && more) {
			more = sts_slice_cut(&rest, ',', &uri);
			status = add_rua(cli, sts_slice_trim(uri), n++, b);
		}
	}
	return status;
}

static enum sts_exit
read_rua(struct sts_cli *cli, struct sts_generate_options *o)
{
	enum sts_exit status;
	struct sts_buf b;

	sts_buf_init(&b, STS_PUBLISHED_TLSRPT_MAX);
	status = gather_rua(cli, &b);
	if (status == STS_EXIT_OK && sts_buf_err(&b) == STS_E_LIMIT)
		status = sts_cli_usage(cli,
		    "--rua: the record would be "
		    "longer than %d bytes",
		    STS_PUBLISHED_TLSRPT_MAX);
	else if (status == STS_EXIT_OK && b.n > 0) {
		o->tlsrpt = sts_buf_take(&b);
		if (o->tlsrpt == NULL)
			status = no_memory(cli);
	}
	sts_buf_deinit(&b);
	return status;
}

static enum sts_exit
read_host_at(struct sts_cli *cli, struct sts_generate_options *o)
{
	const char *name = sts_cli_value(cli, "host-at");

	if (name == NULL)
		return STS_EXIT_OK;
	return sts_cli_domain(cli, name, o->host_at) == STS_OK ? STS_EXIT_OK
							       : STS_EXIT_USAGE;
}

/* What does not go together. */
static enum sts_exit
judge(struct sts_cli *cli, const struct sts_generate_options *o)
{
	bool one = cli->n_operands > 0;

	if (o->domains != NULL && one)
		return sts_cli_usage(
		    cli, "a DOMAIN and --domains do not go together");
	if (o->domains == NULL && !one)
		return sts_cli_usage(
		    cli, "a DOMAIN is missing, or --domains FILE");
	if (o->from_dns && o->mx.n > 0)
		return sts_cli_usage(
		    cli, "--mx and --from-dns do not go together");
	if (o->from_dns && o->offline)
		return sts_cli_usage(cli, "--from-dns asks the network, and "
					  "--offline does not");
	if (o->out == NULL && (o->update || o->remove || o->has_server))
		return sts_cli_usage(cli, "--%s needs --out DIR",
		    o->update   ? "update"
		    : o->remove ? "remove"
				: "server");
	if (o->remove && (o->has_mode || o->mx.n > 0 || o->from_dns))
		return sts_cli_usage(cli, "--remove goes by mode none, without "
					  "--mode, --mx and --from-dns");
	if (o->certs != NULL &&
	    (o->certs[0] != '/' || !sts_server_path_is_plain(o->certs)))
		return sts_cli_usage(cli,
		    "--certs %s: an absolute path without spaces or quotes is "
		    "accepted",
		    o->certs);
	return STS_EXIT_OK;
}

enum sts_exit
sts_generate_read_options(struct sts_cli *cli, struct sts_generate_options *o)
{
	static enum sts_exit (*const readers[])(
	    struct sts_cli *, struct sts_generate_options *) = { read_mode,
		read_max_age, read_server, read_rua, read_host_at, read_mx };
	enum sts_exit status = STS_EXIT_OK;

	o->out = sts_cli_value(cli, "out");
	o->domains = sts_cli_value(cli, "domains");
	o->certs = sts_cli_value(cli, "certs");
	o->from_dns = sts_cli_count(cli, "from-dns") > 0;
	o->update = sts_cli_count(cli, "update") > 0;
	o->remove = sts_cli_count(cli, "remove") > 0;
	o->offline = sts_cli_count(cli, "offline") > 0;
	o->force = sts_cli_count(cli, "force") > 0;
	for (size_t i = 0;
	     status == STS_EXIT_OK && i < sizeof(readers) / sizeof(readers[0]);
	     i++)
		status = readers[i](cli, o);
	return status == STS_EXIT_OK ? judge(cli, o) : status;
}

void
sts_generate_options_deinit(struct sts_generate_options *o)
{
	sts_patterns_deinit(&o->mx);
	free(o->tlsrpt);
}
