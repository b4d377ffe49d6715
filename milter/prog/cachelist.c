#include "sts/prog/cache.h"

#include "sts/prog/daemon.h"
#include "sts/prog/js.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { DOMAIN, MODE, ID, EXPIRES, CONFIRMED, USED, N_CELLS };

static const char *const keys[N_CELLS] = { "domain", "mode", "id", "expires",
	"confirmed", "used" };
static const char *const titles[N_CELLS] = { "DOMAIN", "MODE", "ID", "EXPIRES",
	"CONFIRMED", "USED" };

/* Calls `each` for every record that was put aside. */
static void
for_each(
    FILE *spool, void (*each)(void *cookie, const json_t *record), void *cookie)
{
	json_t *record;

	rewind(spool);
	while ((record = json_loadf(spool, JSON_DISABLE_EOF_CHECK, NULL)) !=
	       NULL) {
		each(cookie, record);
		json_decref(record);
	}
}

static void
fill_cells(const json_t *record, const char **cells)
{
	for (size_t i = 0; i < N_CELLS; i++)
		cells[i] = sts_js_text(record, keys[i]);
	if (cells[MODE][0] == '\0')
		cells[MODE] = "no policy";
}

static void
fit(void *cookie, const json_t *record)
{
	const char *cells[N_CELLS];

	fill_cells(record, cells);
	sts_columns_fit(cookie, cells);
}

struct printing {
	struct sts_ui *ui;
	struct sts_columns columns;
	size_t n;
};

static void
print_row(void *cookie, const json_t *record)
{
	struct printing *p = cookie;
	enum sts_style styles[N_CELLS] = { STS_STYLE_PLAIN };
	const char *cells[N_CELLS];

	fill_cells(record, cells);
	if (!sts_js_true(record, "in_force"))
		styles[MODE] = styles[EXPIRES] = STS_STYLE_WARN;
	else if (strcmp(cells[MODE], "enforce") == 0)
		styles[MODE] = STS_STYLE_GOOD;
	sts_columns_print(p->ui, &p->columns, cells, styles);
}

static void
print_table(struct sts_cli *cli, FILE *spool, int64_t n)
{
	struct printing p = { .ui = &cli->ui, .columns = { .n = N_CELLS } };

	sts_columns_fit(&p.columns, titles);
	for_each(spool, fit, &p.columns);
	sts_columns_print(&cli->ui, &p.columns, titles, NULL);
	for_each(spool, print_row, &p);
	sts_ui_printf(&cli->ui, "%" PRId64 " domain%s", n, n == 1 ? "" : "s");
	sts_ui_newline(&cli->ui);
}

static void
print_item(void *cookie, const json_t *record)
{
	struct printing *p = cookie;

	(void)fputs(p->n++ == 0 ? "\n" : ",\n", p->ui->out);
	(void)json_dumpf(record, p->ui->out, JSON_COMPACT | JSON_ENSURE_ASCII);
}

/* One array, a record a line. */
static void
print_array(struct sts_cli *cli, FILE *spool)
{
	struct printing p = { .ui = &cli->ui };

	(void)fputc('[', cli->ui.out);
	for_each(spool, print_item, &p);
	(void)fputs("\n]\n", cli->ui.out);
}

/* Puts the reply aside, up to its end, {"ok":true,"records":N}. */
static enum sts_exit
put_aside(struct sts_daemon *daemon, FILE *spool, int64_t *n)
{
	enum sts_exit status;
	bool end = false;
	json_t *line;

	while (!end) {
		status = sts_daemon_line(daemon, &line);
		if (status != STS_EXIT_OK)
			return status;
		end = sts_js_true(line, "ok");
		if (end)
			*n = sts_js_int(line, "records");
		else
			(void)json_dumpf(line, spool, JSON_COMPACT);
		json_decref(line);
	}
	if (fflush(spool) == 0 && !ferror(spool))
		return STS_EXIT_OK;
	return sts_cli_fail(daemon->cli, STS_EXIT_IO, "failed",
	    "writing a temporary file: %s", strerror(errno));
}

enum sts_exit
sts_cache_list(struct sts_cli *cli, const char *domain)
{
	FILE *spool = tmpfile();
	struct sts_daemon daemon;
	enum sts_exit status;
	int64_t n = 0;

	(void)domain;
	if (spool == NULL)
		return sts_cli_fail(cli, STS_EXIT_IO, "failed",
		    "making a temporary file: %s", strerror(errno));
	status = sts_daemon_open(
	    cli, "cache-list", NULL, "asking the daemon", &daemon);
	if (status != STS_EXIT_OK)
		goto out;
	status = put_aside(&daemon, spool, &n);
	sts_daemon_close(&daemon);
	if (status != STS_EXIT_OK)
		goto out;
	if (cli->json)
		print_array(cli, spool);
	else
		print_table(cli, spool, n);
out:
	(void)fclose(spool);
	return status;
}
