/*
 * Loading without memory: whichever allocation of ours fails, the load says so
 * and frees the rest.  (libConfuse's own allocations are out of reach.)
 */
#include "conffile.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);

/* Allocations until one fails; 0: none does. The linker puts these in place of
 * the C library's, so that the state can hang from nothing else. */
static unsigned left;

static bool
fails(void)
{
	return left > 0 && --left == 0;
}

void *
__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

char *
__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

char *
__wrap_strndup(const char *s, size_t n)
{
	return fails() ? NULL : __real_strndup(s, n);
}

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

/* Fails the first allocation, the second, …, until a load needs no more. */
static void
run(const char *text, enum sts_err want)
{
	const struct sts_conf *conf;
	struct sts_buf errors;
	enum sts_err err = STS_E_NOMEM;
	bool failed = true;

	for (unsigned n = 1; failed; n++) {
		assert_true(n < 10000);
		conf = NULL;
		sts_buf_init(&errors, 1 << 16);
		left = n;
		err = sts_conf_load(text, &errors, &conf);
		failed = left == 0;
		left = 0;
		if (failed)
			assert_int_not_equal(err, STS_OK);
		assert_int_equal(conf != NULL, err == STS_OK);
		sts_conf_put(conf);
		sts_buf_deinit(&errors);
	}
	assert_int_equal(err, want);
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
