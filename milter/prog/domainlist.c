#include "sts/prog/domainlist.h"

#include <errno.h>
#include <stdlib.h>
#include <uthash.h>

/* A name that was read, for finding it again. */
struct seen {
	UT_hash_handle hh;
	char name[STS_DOMAIN_SIZE];
};

struct reading {
	struct sts_cli *cli;
	const char *file; /* for people */
	unsigned line;
	struct sts_domainlist list;
	size_t size; /* names allocated */
	struct seen *seen;
};

static enum sts_exit
no_memory(struct reading *r)
{
	return sts_cli_fail(
	    r->cli, STS_EXIT_SOFTWARE, "failed", "out of memory");
}

static enum sts_exit
grow(struct reading *r)
{
	size_t size = r->size == 0 ? 64 : 2 * r->size;
	void *names;

	if (r->list.n < r->size)
		return STS_EXIT_OK;
	names = reallocarray(r->list.names, size, sizeof(*r->list.names));
	if (names == NULL)
		return no_memory(r);
	r->list.names = names;
	r->size = size;
	return STS_EXIT_OK;
}

static enum sts_exit
remember(struct reading *r, const char *name)
{
	struct seen *seen = calloc(1, sizeof(*seen));

	if (seen == NULL)
		return no_memory(r);
	memcpy(seen->name, name, STS_DOMAIN_SIZE);
	HASH_ADD_STR(r->seen, name, seen);
	if (seen->hh.tbl == NULL) { /* no memory for the table */
		free(seen);
		return no_memory(r);
	}
	memcpy(r->list.names[r->list.n++], name, STS_DOMAIN_SIZE);
	return STS_EXIT_OK;
}

static enum sts_exit
add(struct reading *r, const char *name)
{
	struct seen *seen;
	enum sts_exit status;

	HASH_FIND_STR(r->seen, name, seen);
	if (seen != NULL)
		return STS_EXIT_OK;
	if (r->list.n == STS_DOMAINLIST_MAX)
		return sts_cli_usage(r->cli,
		    "%s:%u: more than %d domains; split the file", r->file,
		    r->line, STS_DOMAINLIST_MAX);
	status = grow(r);
	return status == STS_EXIT_OK ? remember(r, name) : status;
}

static enum sts_exit
take_line(struct reading *r, struct sts_slice line)
{
	struct sts_domain domain;
	struct sts_slice name;

	if (line.n > 0 && line.p[line.n - 1] == '\n')
		line.n--;
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	(void)sts_slice_cut(&line, '#', &name);
	name = sts_slice_trim(name);
	if (name.n == 0)
		return STS_EXIT_OK;
	if (sts_domain_from_name(name, &domain) == STS_OK &&
	    domain.kind == STS_DOMAIN_NAME)
		return add(r, domain.name);
	return sts_cli_usage(r->cli,
	    "%s:%u: \"%.*s\" is not a domain name; one a line is expected",
	    r->file, r->line, (int)name.n, name.p);
}

static enum sts_exit
read_lines(struct reading *r, FILE *stream)
{
	char line[STS_DOMAINLIST_LINE + 2]; /* a line end and a NUL */
	enum sts_exit status = STS_EXIT_OK;

	while (status == STS_EXIT_OK &&
	       fgets(line, sizeof(line), stream) != NULL) {
		size_t n = strlen(line);

		r->line++;
		/* Cut by its length, or by a NUL in it. */
		if (n == 0 || (line[n - 1] != '\n' && !feof(stream)))
			return sts_cli_usage(r->cli,
			    "%s:%u: no line of text of at most %d bytes; one "
			    "domain name a line is expected",
			    r->file, r->line, STS_DOMAINLIST_LINE);
		status = take_line(r, sts_slice(line, n));
	}
	if (status == STS_EXIT_OK && ferror(stream))
		return sts_cli_fail(r->cli, STS_EXIT_NOINPUT, "unreadable",
		    "%s: %s", r->file, strerror(errno));
	if (status == STS_EXIT_OK && r->list.n == 0)
		return sts_cli_usage(r->cli, "%s names no domain", r->file);
	return status;
}

static void
forget(struct reading *r)
{
	struct seen *seen, *tmp;

	HASH_ITER (hh, r->seen, seen, tmp) {
		HASH_DEL(r->seen, seen);
		free(seen);
	}
}

enum sts_exit
sts_domainlist_read(
    struct sts_cli *cli, const char *path, struct sts_domainlist *out)
{
	bool is_stdin = strcmp(path, "-") == 0;
	struct reading r = {
		.cli = cli,
		.file = is_stdin ? "standard input" : path,
	};
	FILE *stream = is_stdin ? stdin : fopen(path, "re");
	enum sts_exit status;

	if (stream == NULL)
		return sts_cli_fail(cli, STS_EXIT_NOINPUT, "unreadable",
		    "%s: %s", path, strerror(errno));
	status = read_lines(&r, stream);
	if (!is_stdin)
		(void)fclose(stream);
	forget(&r);
	if (status == STS_EXIT_OK)
		*out = r.list;
	else
		sts_domainlist_free(&r.list);
	return status;
}

void
sts_domainlist_free(struct sts_domainlist *list)
{
	free(list->names);
	*list = (struct sts_domainlist){ .n = 0 };
}
