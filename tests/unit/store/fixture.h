/*
 * What the store's tests share: a folder of their own, a clock that only moves
 * when it is told to, a log that can be read, and records to remember.
 */
#ifndef TEST_STORE_FIXTURE_H
#define TEST_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sts/store/store.h"

#include <pthread.h>
#include <stdatomic.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { DAY = 86400, START = 1767225600 /* 2026-01-01T00:00:00Z */ };

struct fixture {
	struct sts_clock clock; /* first: the clock's functions cast it back */
	_Atomic int64_t wall, mono;
	struct sts_log *log;
	struct sts_store *store; /* NULL where closed */
	size_t memory_records; /* of the next open */
	char dir[64]; /* removed at the end, with all in it */
	char path[128];
	/* Set before the store is opened: is told each line as it is logged. */
	void (*on_line)(struct fixture *f, const char *line);
	pthread_mutex_t lock; /* guards lines */
	struct sts_buf lines;
};

/* cmocka's setup and teardown: *state is the fixture; the store is not open. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

void fixture_open(struct fixture *f); /* of f->path */
void fixture_close(struct fixture *f);
void fixture_reopen(struct fixture *f);
/* Moves both clocks on. */
void fixture_pass(struct fixture *f, int64_t seconds);

/* How often the text is in the log, which is from the start of the test. */
size_t fixture_logged(struct fixture *f, const char *text);
bool fixture_works(struct fixture *f); /* health's on_disk */

/* How many damaged files were set aside. */
size_t fixture_set_aside(struct fixture *f);
void fixture_write_file(const char *path, const void *p, size_t n);
/* Overwrites bytes in the middle. */
void fixture_patch_file(const char *path, long at, const void *p, size_t n);

/* An enforce policy with that MX, fetched at START. */
struct sts_record *record_of(
    const char *domain, const char *id, const char *mx);
/* record_of, put. */
void put(struct fixture *f, const char *domain, const char *id);
void sync_all(struct fixture *f);

/* What is remembered, waited for: a reference, or NULL. */
const struct sts_record *get(struct fixture *f, const char *domain);
/* Its id; "" where nothing is remembered. */
const char *get_id(struct fixture *f, const char *domain, char id[STS_ID_SIZE]);
#define assert_remembered(f, domain, expected)                                 \
	assert_string_equal(                                                   \
	    get_id((f), (domain), (char[STS_ID_SIZE]){ 0 }), (expected))

#endif
