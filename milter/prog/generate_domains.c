/* The domains of `mta-sts generate`: an operand, or the lines of a file. */
#include "sts/prog/domainlist.h"
#include "sts/prog/generate.h"

#include <stdlib.h>

enum { DOMAINS_MAX = 1000000 };

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

static enum sts_err
read_mx(struct sts_domainlist_reader *r, struct sts_target *target,
    struct sts_slice rest)
{
	enum sts_err err = STS_OK;
	struct sts_slice word;
	const char *why = "";

	while (
	    err != STS_E_NOMEM && (word = sts_domainlist_word(&rest)).n > 0) {
		err = sts_patterns_add(&target->mx, word, &why);
		if (err == STS_E_LIMIT)
			why = "is one too many";
		if (err != STS_OK && err != STS_E_NOMEM)
			sts_domainlist_fault(
			    r, "mx \"%.*s\" %s", (int)word.n, word.p, why);
	}
	return err == STS_E_NOMEM ? err : STS_OK;
}

/* "DOMAIN [MX ...]" */
static enum sts_err
take_line(void *cookie, struct sts_domainlist_reader *r,
    const struct sts_domainlist_line *line)
{
	struct sts_generate *g = cookie;
	struct sts_target *target;

	if (line->earlier != 0) {
		sts_domainlist_fault(r, "%s is there already, in line %u",
		    line->domain, line->earlier);
		return STS_OK;
	}
	if (strlen(line->domain) > STS_GENERATE_DOMAIN_MAX) {
		sts_domainlist_fault(r,
		    "the name is longer than %d bytes, too long for "
		    "records below it",
		    STS_GENERATE_DOMAIN_MAX);
		return STS_OK;
	}
	if (g->n == DOMAINS_MAX) {
		sts_domainlist_fault(r, "more than %d domains", DOMAINS_MAX);
		return STS_E_LIMIT;
	}
	target = add_target(g, line->domain, line->number);
	return target == NULL ? STS_E_NOMEM : read_mx(r, target, line->rest);
}

enum sts_exit
sts_generate_read_domains(struct sts_generate *g)
{
	char domain[STS_DOMAIN_SIZE];

	if (g->options.domains != NULL)
		return sts_domainlist_each(
		    g->cli, g->options.domains, take_line, g);
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
