#include "starve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>

#include <cmocka.h>

enum { PLENTY = 100000 }; /* of allocations: an attempt never ends */

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

/* An allocator has no argument that could lead it to a context. */
static atomic_uint
    left; /* allocations up to the one that fails; 0: none does */
static atomic_bool all_behind; /* fail too */
static atomic_bool one_failed;

static bool
fails(void)
{
	unsigned n = atomic_load(&left);

	if (atomic_load(&one_failed))
		return atomic_load(&all_behind);
	while (n > 0 && !atomic_compare_exchange_weak(&left, &n, n - 1))
		continue;
	if (n == 1)
		atomic_store(&one_failed, true);
	return n == 1;
}

void
starve_begin(unsigned n, bool for_good)
{
	atomic_store(&one_failed, false);
	atomic_store(&all_behind, for_good);
	atomic_store(&left, n);
}

bool
starve_end(void)
{
	atomic_store(&left, 0);
	return atomic_exchange(&one_failed, false);
}

unsigned
starve(bool (*attempt)(void *cookie), void *cookie)
{
	bool worked, failed = true;
	unsigned n;

	for (n = 0; failed; n++) {
		assert_true(n < PLENTY);
		starve_begin(n + 1, false);
		(void)attempt(cookie);
		(void)starve_end();
		starve_begin(n + 1, true);
		worked = attempt(cookie);
		failed = starve_end();
		assert_int_equal(worked, !failed);
	}
	return n - 1;
}

void *
starve_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *
starve_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

void *
__wrap_malloc(size_t n)
{
	return starve_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return starve_realloc(p, n);
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
