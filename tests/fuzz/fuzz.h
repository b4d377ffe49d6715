/*
 * What every fuzzer has: the entry that libFuzzer calls, and a check that ends
 * the program where an invariant does not hold.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Returns 0, always. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define CHECK(holds)                                                           \
	((holds) ? (void)0 : check_failed(__FILE__, __LINE__, #holds))

static inline void
check_failed(const char *file, int line, const char *what)
{
	(void)fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
	abort();
}

#endif
