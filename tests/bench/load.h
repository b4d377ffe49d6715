/*
 * What the benchmark's programs have in common: the time, latencies, a socket,
 * arguments, and the end where something is wrong.
 *
 * Each of them is one thread and one process, prints its result as one line of
 * `name=number` pairs, and ends with 70 and a reason where it cannot go on.
 */
#ifndef STS_TESTS_BENCH_LOAD_H
#define STS_TESTS_BENCH_LOAD_H

#include <stdint.h>
#include <stdio.h>

enum {
	LOAD_STEPS = 32, /* of a bin's size, in each power of two: 3 percent */
	LOAD_BINS = 64 * LOAD_STEPS,
};

struct load_latencies {
	uint64_t n;
	int64_t max_ns;
	uint32_t bins[LOAD_BINS];
};

/* Monotonic. */
int64_t load_now_ns(void);

void load_latency_add(struct load_latencies *l, int64_t ns);

/* What `per_mille` of them do not exceed, in ns; 0 where there are none. */
int64_t load_latency_at(const struct load_latencies *l, unsigned per_mille);

/* ` NAME_n=… NAME_p50_us=… NAME_p99_us=… NAME_max_us=…` */
void load_latency_print(const char *name, const struct load_latencies *l);

/* With errno's text, where that is not 0. */
_Noreturn void load_die(const char *what);

/* A whole number of 0 to `max`. */
unsigned load_number(const char *text, unsigned max);

/* A socket, connected to `inet:PORT@HOST` or `unix:/PATH`: it does not block,
 * or it does. */
int load_connect(const char *spec);
int load_connect_blocking(const char *spec);

/* A non-blocking socket that listens at such a place. */
int load_listen(const char *spec);

#endif
