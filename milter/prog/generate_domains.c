/* The domains of `mta-sts generate`: an operand, or the lines of a file. */
#include "sts/prog/generate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	FILE_MAX_BYTES = 64 << 20,
	DOMAINS_MAX = 1000000,
	FAULTS_MAX = 20, /* told, of those in the file */
	FAULTS_BYTES = 65536,
};

struct reader {
	struct sts_generate *g;
	const char *name; /* of the file */
	unsigned line;
	unsigned faults;
	struct sts_buf told;
};

static void fault(struct reader *r, const char *fmt, ...) STS_PRINTF(2, 3);

static void
fault(struct reader *r, const char *fmt, ...)
{
	va_list ap;

	if (++r->faults > FAULTS_MAX)
		return;
	sts_buf_printf(&r->told, "%s:%u: ", r->name, r->line);
	va_start(ap, fmt);
	sts_buf_vprintf(&r->told, fmt, ap);
	va_end(ap);
	sts_buf_char(&r->told, '\n');
}

/* NULL: out of memory. */
static struct sts_target *
add_target(struct sts_generate *g, const char *domain, unsigned line)
{
	struct sts_target *target;

	if (g->n == g->room) {
		size_t room = g->room == 0 ? 16 : g->room * 2;
		struct sts_target *targets =
		    realloc(g->targets, room * sizeof(*targets));

		if (targets == NULL)
			return NULL;
		g->targets = targets;
		g->room = room;
	}
	target = &g->targets[g->n];
	*target = (struct sts_target){ .line = line };
	target->findings = json_array();
	if (target->findings == NULL)
		return NULL;
	(void)snprintf(
	    target->now.domain, sizeof(target->now.domain), "%s", domain);
	g->n++;
	return target;
}

static struct sts_slice
next_word(struct sts_slice *rest)
{
	size_t n = 0;

	while (rest->n > 0 && strchr(" \t,\r", rest->p[0]) != NULL)
		*rest = sts_slice(rest->p + 1, rest->n - 1);
	while (n < rest->n && strchr(" \t,\r", rest->p[n]) == NULL)
		n++;
	*rest = sts_slice(rest->p + n, rest->n - n);
	return sts_slice(rest->p - n, n);
}

static enum sts_err
read_mx(struct reader *r, struct sts_target *target, struct sts_slice rest)
{
	enum sts_err err = STS_OK;
	struct sts_slice word;
	const char *why = "";

	while (err != STS_E_NOMEM && (word = next_word(&rest)).n > 0) {
		err = sts_patterns_add(&target->mx, word, &why);
		if (err == STS_E_LIMIT)
			why = "is one too many";
		if (err != STS_OK && err != STS_E_NOMEM)
			fault(r, "mx \"%.*s\" %s", (int)word.n, word.p, why);
	}
	return err == STS_E_NOMEM ? err : STS_OK;
}

/* "DOMAIN [MX ...]", or nothing; then perhaps a comment. */
static enum sts_err
read_line(struct reader *r, struct sts_slice line)
{
	struct sts_slice rest = line, word;
	struct sts_target *target;
	struct sts_domain domain;

	(void)sts_slice_cut(&rest, '#', &line);
	word = next_word(&line);
	if (word.n == 0)
		return STS_OK;
	if (sts_domain_from_name(word, &domain) != STS_OK ||
	    domain.kind != STS_DOMAIN_NAME) {
		fault(r, "\"%.*s\" is not a domain name", (int)word.n, word.p);
		return STS_OK;
	}
	if (strlen(domain.name) > STS_GENERATE_DOMAIN_MAX) {
		fault(r,
		    "the name is longer than %d bytes, too long for "
		    "records below it",
		    STS_GENERATE_DOMAIN_MAX);
		return STS_OK;
	}
	if (r->g->n == DOMAINS_MAX) {
		fault(r, "more than %d domains", DOMAINS_MAX);
		return STS_E_LIMIT;
	}
	target = add_target(r->g, domain.name, r->line);
	return target == NULL ? STS_E_NOMEM : read_mx(r, target, line);
}

static int
by_domain_and_line(const void *a, const void *b)
{
	const struct sts_target *const *x = a, *const *y = b;
	int order = strcmp((*x)->now.domain, (*y)->now.domain);

	if (order != 0)
		return order;
	return (*x)->line < (*y)->line ? -1 : 1;
}

static enum sts_err
find_twins(struct reader *r)
{
	const struct sts_generate *g = r->g;
	const struct sts_target **sorted = calloc(g->n + 1, sizeof(*sorted));

	if (sorted == NULL)
		return STS_E_NOMEM;
	for (size_t i = 0; i < g->n; i++)
		sorted[i] = &g->targets[i];
	qsort(sorted, g->n, sizeof(*sorted), by_domain_and_line);
	for (size_t i = 1; i < g->n; i++) {
		const struct sts_target *first = sorted[i - 1];

		if (strcmp(first->now.domain, sorted[i]->now.domain) != 0)
			continue;
		r->line = sorted[i]->line;
		fault(r, "%s is there already, in line %u", first->now.domain,
		    first->line);
	}
	free(sorted);
	return STS_OK;
}

static enum sts_err
read_lines(struct reader *r, struct sts_slice text)
{
	enum sts_err err = STS_OK;
	struct sts_slice line;

	while (err == STS_OK && text.n > 0) {
		r->line++;
		(void)sts_slice_cut(&text, '\n', &line);
		err = read_line(r, line);
	}
	return err == STS_OK ? find_twins(r) : err;
}

static enum sts_exit
read_text(struct sts_generate *g, const char *path, struct sts_buf *text)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	enum sts_err err = fd < 0 ? STS_E_IO : sts_buf_read(text, fd);
	int saved = errno;

	if (fd >= 0 && !is_stdin)
		(void)close(fd);
	if (err == STS_OK)
		return STS_EXIT_OK;
	if (err == STS_E_NOMEM)
		return STS_EXIT_SOFTWARE;
	return sts_cli_fail(g->cli, STS_EXIT_NOINPUT, "domains",
	    "%s cannot be read: %s", path,
	    err == STS_E_LIMIT ? "it is longer than 64 MiB" : strerror(saved));
}

static enum sts_exit
tell_faults(struct reader *r)
{
	if (r->faults > FAULTS_MAX)
		sts_buf_printf(&r->told, "%s: and %u faults more\n", r->name,
		    r->faults - FAULTS_MAX);
	return sts_cli_fail(
	    r->g->cli, STS_EXIT_NO, "domains", "%s", sts_buf_cstr(&r->told));
}

static enum sts_exit
read_file(struct sts_generate *g, const char *path)
{
	struct reader r = { .g = g,
		.name = strcmp(path, "-") == 0 ? "standard input" : path };
	enum sts_exit status;
	struct sts_buf text;
	enum sts_err err;

	sts_buf_init(&text, FILE_MAX_BYTES);
	sts_buf_init(&r.told, FAULTS_BYTES);
	status = read_text(g, path, &text);
	if (status != STS_EXIT_OK)
		goto out;
	err = read_lines(&r, sts_buf_view(&text));
	if (err == STS_E_NOMEM)
		status = sts_cli_fail(
		    g->cli, STS_EXIT_SOFTWARE, "failed", "out of memory");
	else if (r.faults > 0)
		status = tell_faults(&r);
	else if (g->n == 0)
		status = sts_cli_fail(g->cli, STS_EXIT_NO, "domains",
		    "%s has no domain in it", r.name);
out:
	sts_buf_deinit(&r.told);
	sts_buf_deinit(&text);
	return status;
}

enum sts_exit
sts_generate_read_domains(struct sts_generate *g)
{
	char domain[STS_DOMAIN_SIZE];

	if (g->options.domains != NULL)
		return read_file(g, g->options.domains);
	if (sts_cli_domain(g->cli, g->cli->operands[0], domain) != STS_OK)
		return STS_EXIT_USAGE;
	if (strlen(domain) > STS_GENERATE_DOMAIN_MAX)
		return sts_cli_usage(
		    g->cli, "%s is too long for records below it", domain);
	if (add_target(g, domain, 0) == NULL)
		return sts_cli_fail(
		    g->cli, STS_EXIT_SOFTWARE, "failed", "out of memory");
	return STS_EXIT_OK;
}
