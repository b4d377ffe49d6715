/*
 * Memory that runs out: every allocation of an attempt fails, one after the
 * other, once alone and once with all that follow.
 *
 * The linker puts the functions of starve.c in place of libc's where our code
 * calls them (starve_ldflags in tests/unit/unit.mk); a library takes those
 * below if it lets its allocator be chosen.
 */
#ifndef TEST_STARVE_H
#define TEST_STARVE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Runs `attempt` until it needed no allocation that failed; then it must have
 * worked.  It says whether it did, and asserts that what it has to show is
 * right if it did, and otherwise an error.  Returns how many allocations it
 * takes; with the first of n failing and all behind it, it never works. Nothing
 * may be leaked, which a build with sanitizers sees.
 */
unsigned starve(bool (*attempt)(void *cookie), void *cookie);

/* The same by hand, and from any thread: allocation n, counted from 1, fails,
 * and all behind it if `for_good`.  Tells whether any did since. */
void starve_begin(unsigned n, bool for_good);
bool starve_end(void);

/* As malloc and realloc, or NULL. What they return is for free(). */
void *starve_malloc(size_t n);
void *starve_realloc(void *p, size_t n);

#endif
