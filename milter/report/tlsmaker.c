#include "sts/report/tlsmaker.h"

#include "sts/report/gzip.h"
#include "sts/report/jsontext.h"
#include "sts/report/tlsreport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROWS_MAX = 4096, LINES_MAX = 256 };

static const char lf[] = "\r\n";

/* What is gathered of one domain; rows of one policy stand together. */
struct gathered {
	struct sts_tlsrow *rows; /* with texts of their own */
	size_t n, room;
};

/* One policy in the making. */
struct part {
	struct sts_tlsreport_failure *failures;
	char *text; /* the policy's, cut into lines */
	const char *lines[LINES_MAX], *mx[LINES_MAX];
};

const char *
sts_tlsmaker_submitter(const struct sts_conf *conf)
{
	const char *at = strrchr(conf->tlsrpt_from, '@');

	return at == NULL ? conf->hostname : at + 1;
}

void
sts_tlsmaker_id(
    const struct sts_conf *conf, int64_t day, const char *domain, char *id)
{
	time_t at = (time_t)(day * STS_DAY_S);
	char date[16] = "";
	struct tm tm;

	if (gmtime_r(&at, &tm) != NULL)
		(void)strftime(date, sizeof(date), "%Y%m%d", &tm);
	(void)snprintf(id, STS_REPORT_ID_SIZE, "%s.%s@%s", date, domain,
	    sts_tlsmaker_submitter(conf));
}

void
sts_tlsmaker_filename(const struct sts_conf *conf, int64_t day,
    const char *domain, struct sts_buf *b)
{
	sts_buf_printf(b, "%s!%s!%lld!%lld.json.gz",
	    sts_tlsmaker_submitter(conf), domain, (long long)(day * STS_DAY_S),
	    (long long)((day + 1) * STS_DAY_S - 1));
}

static void
free_row(struct sts_tlsrow *row)
{
	const char *const texts[] = { row->policy, row->result_type, row->mx,
		row->ip, row->reason_code };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free((char *)(uintptr_t)texts[i]);
}

static enum sts_err
gather(void *cookie, const struct sts_tlsrow *row)
{
	struct gathered *g = cookie;
	struct sts_tlsrow copy = *row;

	if (g->n == ROWS_MAX)
		return STS_OK; /* the tally keeps fewer */
	if (g->n == g->room) {
		size_t room = g->room == 0 ? 16 : 2 * g->room;
		struct sts_tlsrow *grown =
		    reallocarray(g->rows, room, sizeof(*grown));

		if (grown == NULL)
			return STS_E_NOMEM;
		g->rows = grown;
		g->room = room;
	}
	copy.policy = strdup(row->policy);
	copy.result_type = strdup(row->result_type);
	copy.mx = strdup(row->mx);
	copy.ip = strdup(row->ip);
	copy.reason_code = strdup(row->reason_code);
	g->rows[g->n++] = copy;
	return copy.policy == NULL || copy.result_type == NULL ||
		       copy.mx == NULL || copy.ip == NULL ||
		       copy.reason_code == NULL
		   ? STS_E_NOMEM
		   : STS_OK;
}

/* Cuts the policy's text into its lines, and lists its MX patterns. */
static enum sts_err
take_policy(struct part *part, struct sts_tlsreport_policy *p, const char *text)
{
	char *line = strdup(text), *rest = line, *end;

	if (line == NULL)
		return STS_E_NOMEM;
	part->text = line;
	p->string = part->lines;
	p->mx_host = part->mx;
	while (*rest != '\0' && p->n_string < LINES_MAX) {
		line = rest;
		end = strstr(rest, lf);
		rest = end == NULL ? rest + strlen(rest) : end + 2;
		if (end != NULL)
			*end = '\0';
		part->lines[p->n_string++] = line;
		if (strncmp(line, "mx: ", 4) == 0)
			part->mx[p->n_mx_host++] = line + 4;
	}
	return STS_OK;
}

/* The policy of the rows from `first` on; returns how many are of it. */
static size_t
count_rows(const struct gathered *g, size_t first)
{
	const struct sts_tlsrow *row = &g->rows[first];
	size_t n = 1;

	while (first + n < g->n && g->rows[first + n].type == row->type &&
	       strcmp(g->rows[first + n].policy, row->policy) == 0)
		n++;
	return n;
}

static enum sts_err
take_rows(struct part *part, struct sts_tlsreport_policy *p,
    const struct sts_tlsrow *rows, size_t n)
{
	part->failures = calloc(n, sizeof(*part->failures));
	if (part->failures == NULL)
		return STS_E_NOMEM;
	p->type = (enum sts_tlsreport_type)rows[0].type;
	p->domain = rows[0].domain;
	p->failures = part->failures;
	for (size_t i = 0; i < n; i++) {
		if (rows[i].result_type[0] == '\0') {
			p->success += rows[i].sessions;
			continue;
		}
		p->failure += rows[i].sessions;
		part->failures[p->n_failures++] =
		    (struct sts_tlsreport_failure){
			    .result_type = rows[i].result_type,
			    .receiving_mx_hostname = rows[i].mx,
			    .receiving_ip = rows[i].ip,
			    .failed_session_count = rows[i].sessions,
			    .failure_reason_code = rows[i].reason_code,
		    };
	}
	return take_policy(part, p, rows[0].policy);
}

static json_t *
write_report(const struct sts_conf *conf, int64_t day, const char *domain,
    const struct sts_tlsreport_policy *policies, size_t n)
{
	char id[STS_REPORT_ID_SIZE];
	bool named = conf->tlsrpt_organization[0] != '\0';
	bool told = conf->tlsrpt_contact[0] != '\0';
	const struct sts_tlsreport report = {
		.organization = named ? conf->tlsrpt_organization
				      : sts_tlsmaker_submitter(conf),
		.contact = told ? conf->tlsrpt_contact : conf->tlsrpt_from,
		.report_id = id,
		.begin = day * STS_DAY_S,
		.end = (day + 1) * STS_DAY_S - 1,
		.policies = policies,
		.n_policies = n,
	};

	sts_tlsmaker_id(conf, day, domain, id);
	return sts_tlsreport_json(&report);
}

static enum sts_err
make(const struct gathered *g, const struct sts_conf *conf, int64_t day,
    const char *domain, json_t **out)
{
	struct sts_tlsreport_policy *policies = calloc(g->n, sizeof(*policies));
	struct part *parts = calloc(g->n, sizeof(*parts));
	enum sts_err err = STS_OK;
	size_t n = 0;

	if (policies == NULL || parts == NULL)
		err = STS_E_NOMEM;
	for (size_t i = 0; err == STS_OK && i < g->n; n++) {
		size_t rows = count_rows(g, i);

		err = take_rows(&parts[n], &policies[n], &g->rows[i], rows);
		i += rows;
	}
	if (err == STS_OK) {
		*out = write_report(conf, day, domain, policies, n);
		err = *out == NULL ? STS_E_NOMEM : STS_OK;
	}
	for (size_t i = 0; parts != NULL && i < g->n; i++) {
		free(parts[i].failures);
		free(parts[i].text);
	}
	free(parts);
	free(policies);
	return err;
}

enum sts_err
sts_tlsmaker_json(struct sts_tlsdb *db, const struct sts_conf *conf,
    int64_t day, const char *domain, json_t **out)
{
	struct gathered g = { .n = 0 };
	enum sts_err err = sts_tlsdb_rows(db, day, domain, gather, &g);

	for (size_t i = 0; i < g.n; i++)
		g.rows[i].domain = domain; /* not of the statement any more */
	if (err == STS_OK)
		err = g.n == 0 ? STS_E_NOTFOUND
			       : make(&g, conf, day, domain, out);
	for (size_t i = 0; i < g.n; i++)
		free_row(&g.rows[i]);
	free(g.rows);
	return err;
}

enum sts_err
sts_tlsmaker_pack(const json_t *report, struct sts_buf *b)
{
	char *text = sts_json_text(report);
	enum sts_err err;

	if (text == NULL)
		return STS_E_NOMEM;
	err = sts_gzip(sts_slice_str(text), b);
	free(text);
	return err;
}
