/*
 * The system's trust anchors: a folder of hashed links, a bundle, or both.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sts/engine/anchors.h"
#include "testpki.h"

#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WHY = 256, PATH = 96 };

struct world {
	struct testpki_cert linked, bundled; /* two roots */
	char folder[32], link[PATH], bundle[PATH];
	X509_STORE *store;
};

static void
append(const char *path, const struct testpki_cert *cert)
{
	FILE *file = fopen(path, "a");

	assert_non_null(file);
	assert_int_equal(PEM_write_X509(file, cert->cert), 1);
	assert_int_equal(fclose(file), 0);
}

static struct testpki_cert
root(const char *cn)
{
	const struct testpki_spec spec = { .cn = cn, .ca = true };

	return testpki_make(&spec, NULL);
}

static int
set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->linked = root("Linked");
	w->bundled = root("Bundled");
	memcpy(w->folder, "/tmp/sts-anchors-XXXXXX", 24);
	assert_non_null(mkdtemp(w->folder));
	(void)snprintf(w->link, sizeof(w->link), "%s/%08lx.0", w->folder,
	    X509_subject_name_hash(w->linked.cert));
	(void)snprintf(w->bundle, sizeof(w->bundle), "%s/all.pem", w->folder);
	w->store = X509_STORE_new();
	assert_non_null(w->store);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	X509_STORE_free(w->store);
	(void)unlink(w->link);
	(void)unlink(w->bundle);
	(void)rmdir(w->folder);
	testpki_free(&w->linked);
	testpki_free(&w->bundled);
	free(w);
	return 0;
}

static enum sts_err
load(struct world *w)
{
	char why[WHY];

	return sts_anchors_load_system(
	    w->store, w->bundle, w->folder, why, sizeof(why));
}

static bool
trusts(struct world *w, const struct testpki_cert *issuer)
{
	struct testpki_cert leaf = testpki_leaf("mx.example", issuer);
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	bool valid;

	assert_non_null(ctx);
	assert_int_equal(
	    X509_STORE_CTX_init(ctx, w->store, leaf.cert, NULL), 1);
	valid = X509_verify_cert(ctx) == 1;
	X509_STORE_CTX_free(ctx);
	testpki_free(&leaf);
	return valid;
}

static int
n_in_memory(const struct world *w)
{
	return sk_X509_OBJECT_num(X509_STORE_get0_objects(w->store));
}

static void
a_whole_folder_is_enough(void **state)
{
	struct world *w = *state;

	append(w->link, &w->linked);
	append(w->bundle, &w->linked);
	assert_int_equal(load(w), STS_OK);
	assert_int_equal(n_in_memory(w), 0);
	assert_true(trusts(w, &w->linked));
	assert_false(trusts(w, &w->bundled));
}

/* One certificate that an admin linked takes no other away. */
static void
a_folder_with_less_than_the_bundle(void **state)
{
	struct world *w = *state;

	append(w->link, &w->linked);
	append(w->bundle, &w->bundled);
	append(w->bundle, &w->linked);
	assert_int_equal(load(w), STS_OK);
	assert_true(trusts(w, &w->linked));
	assert_true(trusts(w, &w->bundled));
}

static void
either_will_do(void **state)
{
	struct world *w = *state;

	append(w->bundle, &w->bundled);
	assert_int_equal(load(w), STS_OK);
	assert_true(trusts(w, &w->bundled));
	assert_int_equal(unlink(w->bundle), 0);
	append(w->link, &w->linked);
	assert_int_equal(load(w), STS_OK);
	assert_true(trusts(w, &w->linked));
}

static void
none_is_told(void **state)
{
	struct world *w = *state;
	char why[WHY];

	assert_int_equal(sts_anchors_load_system(
			     w->store, w->bundle, w->folder, why, sizeof(why)),
	    STS_E_NOTFOUND);
	assert_non_null(strstr(why, w->bundle));
	assert_non_null(strstr(why, "install ca-certificates"));
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_whole_folder_is_enough),
		TEST(a_folder_with_less_than_the_bundle),
		TEST(either_will_do),
		TEST(none_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
