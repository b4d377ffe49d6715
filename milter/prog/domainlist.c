#include "sts/prog/domainlist.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <uthash.h>

enum {
	FILE_MAX_BYTES = 64 << 20,
	WORD_SHOWN = 80, /* bytes, of one that is no name */
	FAULTS_MAX = 20, /* told, of those in the file */
	FAULTS_BYTES = 65536,
};

static const char space[] = " \t,\r";

/* A domain that was read, for finding it again. */
struct seen {
	UT_hash_handle hh;
	unsigned line;
	char name[];
};

struct sts_domainlist_reader {
	struct sts_cli *cli;
	const char *name; /* of the file, for people */
	unsigned line;
	unsigned faults;
	struct sts_buf told;
	struct seen *seen;
	sts_domainlist_take *take;
	void *cookie;
};

void
sts_domainlist_fault(struct sts_domainlist_reader *r, const char *fmt, ...)
{
	va_list ap;

	if (++r->faults > FAULTS_MAX)
		return;
	sts_buf_printf(
	    &r->told, "%s%s:%u: ", r->faults > 1 ? "\n" : "", r->name, r->line);
	va_start(ap, fmt);
	sts_buf_vprintf(&r->told, fmt, ap);
	va_end(ap);
}

struct sts_slice
sts_domainlist_word(struct sts_slice *rest)
{
	size_t n = 0;

	while (rest->n > 0 && memchr(space, rest->p[0], sizeof(space) - 1))
		*rest = sts_slice(rest->p + 1, rest->n - 1);
	while (n < rest->n && !memchr(space, rest->p[n], sizeof(space) - 1))
		n++;
	*rest = sts_slice(rest->p + n, rest->n - n);
	return sts_slice(rest->p - n, n);
}

/* *earlier: the line where it was seen first, 0 if that is this one. */
static enum sts_err
remember(struct sts_domainlist_reader *r, const char *name, unsigned *earlier)
{
	size_t n = strlen(name);
	struct seen *seen;

	HASH_FIND(hh, r->seen, name, n, seen);
	*earlier = seen == NULL ? 0 : seen->line;
	if (seen != NULL)
		return STS_OK;
	seen = calloc(1, sizeof(*seen) + n + 1);
	if (seen == NULL)
		return STS_E_NOMEM;
	memcpy(seen->name, name, n);
	seen->line = r->line;
	HASH_ADD_KEYPTR(hh, r->seen, seen->name, n, seen);
	if (seen->hh.tbl != NULL)
		return STS_OK;
	free(seen); /* no memory for the table */
	return STS_E_NOMEM;
}

static enum sts_err
read_line(struct sts_domainlist_reader *r, struct sts_slice text)
{
	struct sts_domainlist_line line = { .number = r->line };
	struct sts_domain domain;
	struct sts_slice word;
	enum sts_err err;

	(void)sts_slice_cut(&text, '#', &line.rest);
	word = sts_domainlist_word(&line.rest);
	if (word.n == 0)
		return STS_OK;
	if (sts_domain_from_name(word, &domain) != STS_OK ||
	    domain.kind != STS_DOMAIN_NAME) {
		sts_domainlist_fault(r,
		    "\"%.*s\" is not a domain name; one a line is expected",
		    (int)(word.n < WORD_SHOWN ? word.n : WORD_SHOWN), word.p);
		return STS_OK;
	}
	line.domain = domain.name;
	err = remember(r, domain.name, &line.earlier);
	return err == STS_OK ? r->take(r->cookie, r, &line) : err;
}

static enum sts_exit
tell_faults(struct sts_domainlist_reader *r)
{
	if (r->faults > FAULTS_MAX)
		sts_buf_printf(&r->told, "\n%s: and %u faults more", r->name,
		    r->faults - FAULTS_MAX);
	return sts_cli_fail(
	    r->cli, STS_EXIT_USAGE, "domains", "%s", sts_buf_cstr(&r->told));
}

static enum sts_exit
read_lines(struct sts_domainlist_reader *r, struct sts_slice text)
{
	enum sts_err err = STS_OK;
	struct sts_slice line;

	while (err == STS_OK && text.n > 0) {
		r->line++;
		(void)sts_slice_cut(&text, '\n', &line);
		err = read_line(r, line);
	}
	if (r->faults > 0)
		return tell_faults(r);
	if (err != STS_OK)
		return sts_cli_fail(r->cli, STS_EXIT_SOFTWARE, "failed", "%s",
		    sts_err_text(err));
	if (r->seen == NULL)
		return sts_cli_fail(r->cli, STS_EXIT_USAGE, "domains",
		    "%s names no domain", r->name);
	return STS_EXIT_OK;
}

static enum sts_exit
read_text(
    struct sts_domainlist_reader *r, const char *path, struct sts_buf *text)
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
		return sts_cli_fail(
		    r->cli, STS_EXIT_SOFTWARE, "failed", "out of memory");
	return sts_cli_fail(r->cli, STS_EXIT_NOINPUT, "unreadable", "%s: %s",
	    r->name,
	    err == STS_E_LIMIT ? "it is longer than 64 MiB" : strerror(saved));
}

static void
forget(struct sts_domainlist_reader *r)
{
	struct seen *seen, *tmp;

	HASH_ITER (hh, r->seen, seen, tmp) {
		HASH_DEL(r->seen, seen);
		free(seen);
	}
}

enum sts_exit
sts_domainlist_each(struct sts_cli *cli, const char *path,
    sts_domainlist_take *take, void *cookie)
{
	struct sts_domainlist_reader r = {
		.cli = cli,
		.name = strcmp(path, "-") == 0 ? "standard input" : path,
		.take = take,
		.cookie = cookie,
	};
	enum sts_exit status;
	struct sts_buf text;

	sts_buf_init(&text, FILE_MAX_BYTES);
	sts_buf_init(&r.told, FAULTS_BYTES);
	status = read_text(&r, path, &text);
	if (status == STS_EXIT_OK)
		status = read_lines(&r, sts_buf_view(&text));
	forget(&r);
	sts_buf_deinit(&r.told);
	sts_buf_deinit(&text);
	return status;
}

struct gathering {
	struct sts_domainlist list;
	size_t size; /* names allocated */
};

static enum sts_err
grow(struct gathering *g)
{
	size_t size = g->size == 0 ? 64 : 2 * g->size;
	void *names;

	if (g->list.n < g->size)
		return STS_OK;
	names = reallocarray(g->list.names, size, sizeof(*g->list.names));
	if (names == NULL)
		return STS_E_NOMEM;
	g->list.names = names;
	g->size = size;
	return STS_OK;
}

static enum sts_err
gather(void *cookie, struct sts_domainlist_reader *r,
    const struct sts_domainlist_line *line)
{
	struct gathering *g = cookie;
	enum sts_err err;

	if (line->earlier != 0)
		return STS_OK;
	if (g->list.n == STS_DOMAINLIST_MAX) {
		sts_domainlist_fault(r, "more than %d domains; split the file",
		    STS_DOMAINLIST_MAX);
		return STS_E_LIMIT;
	}
	err = grow(g);
	if (err == STS_OK)
		(void)snprintf(g->list.names[g->list.n++], STS_DOMAIN_SIZE,
		    "%s", line->domain);
	return err;
}

enum sts_exit
sts_domainlist_read(
    struct sts_cli *cli, const char *path, struct sts_domainlist *out)
{
	struct gathering g = { .size = 0 };
	enum sts_exit status = sts_domainlist_each(cli, path, gather, &g);

	if (status == STS_EXIT_OK)
		*out = g.list;
	else
		sts_domainlist_free(&g.list);
	return status;
}

void
sts_domainlist_free(struct sts_domainlist *list)
{
	free(list->names);
	*list = (struct sts_domainlist){ .n = 0 };
}
