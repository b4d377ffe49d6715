/*
 * Loading without memory: whichever allocation of ours fails, the load says so
 * and frees the rest.  (libConfuse's own allocations are out of reach.)
 */
#include "sts/conf/conf.h"

#include "../starve.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

static const char good[] =
    "hostname = \"h.example\"\n"
    "dns_servers = {\"127.0.0.1\", \"::1\"}\n"
    "allow_networks = {\"127.0.0.0/8\"}\n"
    "mailers += {\"a\", \"b\"}\n"
    "domain \"a.example\" { on_fail = log reason = \"r\" }\n"
    "domain \"*.b.example\" { on_unreachable = tag until = \"2026-12-31\" }\n";

static const char bad[] =
    "hostname = \"h.example\"\n"
    "on_fail = \"x\"\nbogus = 1\nmailers = {\"a\", \"\"}\n"
    "domain \"a b\" { on_fail = \"x\" nonsense = 1 }\n"
    "domain \"c.example\" { }\n";

struct load {
	const char *path;
	enum sts_err err; /* with all the memory it wants */
	size_t n_errors; /* bytes that it tells then */
};

/* Errors may be among what there was no memory for. */
static bool
attempt(void *cookie)
{
	const struct load *load = cookie;
	const struct sts_conf *conf = NULL;
	struct sts_buf errors;
	enum sts_err err;
	bool worked;

	sts_buf_init(&errors, 1 << 16);
	err = sts_conf_load(load->path, &errors, &conf);
	worked = err == load->err && errors.n == load->n_errors;
	assert_int_equal(conf != NULL, err == STS_OK);
	if (!worked)
		assert_int_not_equal(err, STS_OK);
	sts_conf_put(conf);
	sts_buf_deinit(&errors);
	return worked;
}

static void
run(const char *path, enum sts_err want)
{
	struct load load = { path, want, 0 };
	const struct sts_conf *conf;
	struct sts_buf errors;

	sts_buf_init(&errors, 1 << 16);
	assert_int_equal(sts_conf_load(path, &errors, &conf), want);
	if (want == STS_OK)
		sts_conf_put(conf);
	load.n_errors = errors.n;
	sts_buf_deinit(&errors);
	assert_true(starve(attempt, &load) > 10);
}

static void
test_load(void **state)
{
	static const struct {
		const char *text;
		enum sts_err err;
	} rows[] = {
		{ good, STS_OK },
		{ bad, STS_E_SYNTAX },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char path[] = "/tmp/nomem_test.XXXXXX";
		FILE *file = fdopen(mkstemp(path), "w");

		assert_non_null(file);
		assert_true(fputs(rows[i].text, file) >= 0);
		assert_int_equal(fclose(file), 0);
		run(path, rows[i].err);
		assert_int_equal(remove(path), 0);
	}
}

static void
test_defaults(void **state)
{
	(void)state;
	run("", STS_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
