#include "fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATIENCE_MS = 30000 }; /* for what comes at once */

static int64_t
wall_s(const struct sts_clock *clock)
{
	const struct fixture *f = (const struct fixture *)(const void *)clock;

	return atomic_load(&f->wall);
}

static int64_t
mono_ms(const struct sts_clock *clock)
{
	const struct fixture *f = (const struct fixture *)(const void *)clock;

	return atomic_load(&f->mono);
}

static void
keep_line(void *cookie, enum sts_log_level level, const char *line)
{
	struct fixture *f = cookie;

	(void)level;
	(void)pthread_mutex_lock(&f->lock);
	sts_buf_printf(&f->lines, "%s\n", line);
	(void)pthread_mutex_unlock(&f->lock);
	if (f->on_line != NULL)
		f->on_line(f, line);
}

int
fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->clock = (struct sts_clock){ wall_s, mono_ms };
	atomic_store(&f->wall, START);
	atomic_store(&f->mono, 1000);
	f->memory_records = 1000;
	(void)pthread_mutex_init(&f->lock, NULL);
	sts_buf_init(&f->lines, 1 << 20);
	assert_int_equal(
	    sts_log_new_sink(keep_line, f, STS_LOG_DEBUG, &f->log), STS_OK);
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/sts-store-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->path, sizeof(f->path), "%s/cache.db", f->dir);
	*state = f;
	return 0;
}

static void
remove_dir(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0 &&
		    unlinkat(dirfd(dir), entry->d_name, 0) != 0)
			(void)unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
	(void)closedir(dir);
	(void)rmdir(path);
}

int
fixture_teardown(void **state)
{
	struct fixture *f = *state;

	fixture_close(f);
	remove_dir(f->dir);
	sts_log_free(f->log);
	sts_buf_deinit(&f->lines);
	(void)pthread_mutex_destroy(&f->lock);
	free(f);
	return 0;
}

void
fixture_open(struct fixture *f)
{
	struct sts_store_options options = {
		.path = f->path,
		.memory_records = f->memory_records,
		.clock = &f->clock,
		.log = f->log,
	};

	assert_int_equal(sts_store_open(&options, &f->store), STS_OK);
}

void
fixture_close(struct fixture *f)
{
	sts_store_free(f->store);
	f->store = NULL;
}

void
fixture_reopen(struct fixture *f)
{
	fixture_close(f);
	fixture_open(f);
}

void
fixture_pass(struct fixture *f, int64_t seconds)
{
	(void)atomic_fetch_add(&f->wall, seconds);
	(void)atomic_fetch_add(&f->mono, seconds * 1000);
}

size_t
fixture_logged(struct fixture *f, const char *text)
{
	const char *at;
	size_t n = 0;

	(void)pthread_mutex_lock(&f->lock);
	at = sts_buf_cstr(&f->lines);
	while ((at = strstr(at, text)) != NULL) {
		at += strlen(text);
		n++;
	}
	(void)pthread_mutex_unlock(&f->lock);
	return n;
}

bool
fixture_works(struct fixture *f)
{
	struct sts_store_health health;

	sts_store_health(f->store, &health);
	assert_int_equal(health.on_disk, health.problem[0] == '\0');
	return health.on_disk;
}

size_t
fixture_set_aside(struct fixture *f)
{
	static const char name[] = "cache.db.damaged-20260101T";
	DIR *dir = opendir(f->dir);
	struct dirent *entry;
	size_t n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		if (strncmp(entry->d_name, name, strlen(name)) == 0)
			/* The file, not the log that belongs to it. */
			n += strstr(entry->d_name, "-wal") == NULL;
	(void)closedir(dir);
	return n;
}

void
fixture_write_file(const char *path, const void *p, size_t n)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(p, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

void
fixture_patch_file(const char *path, long at, const void *p, size_t n)
{
	FILE *file = fopen(path, "r+");

	assert_non_null(file);
	assert_int_equal(fseek(file, at, SEEK_SET), 0);
	assert_int_equal(fwrite(p, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

struct sts_record *
record_of(const char *domain, const char *id, const char *mx)
{
	struct sts_record draft = { .domain = domain, .id = id }, *record;
	struct sts_policy *policy;
	char text[512];

	(void)snprintf(text, sizeof(text),
	    "version: STSv1\nmode: enforce\nmx: %s\nmax_age: 604800\n", mx);
	assert_int_equal(
	    sts_policy_parse(sts_slice_str(text), NULL, NULL, &policy), STS_OK);
	draft.policy = policy;
	draft.fetched_at = draft.confirmed_at = draft.used_at = START;
	record = sts_record_new(&draft);
	assert_non_null(record);
	sts_policy_put(policy);
	return record;
}

void
put(struct fixture *f, const char *domain, const char *id)
{
	struct sts_record *record = record_of(domain, id, "mx.example");

	assert_int_equal(sts_store_put(f->store, record), STS_OK);
	sts_record_put(record);
}

void
sync_all(struct fixture *f)
{
	assert_int_equal(sts_store_sync(f->store, PATIENCE_MS), STS_OK);
}

struct answer {
	pthread_mutex_t lock;
	pthread_cond_t come;
	bool done;
	const struct sts_record *record;
};

static void
take(void *cookie, const struct sts_record *record)
{
	struct answer *a = cookie;

	(void)pthread_mutex_lock(&a->lock);
	assert_false(a->done);
	a->done = true;
	a->record = record;
	(void)pthread_cond_signal(&a->come);
	(void)pthread_mutex_unlock(&a->lock);
}

const struct sts_record *
get(struct fixture *f, const char *domain)
{
	struct answer a = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER,
		false, NULL };
	const struct sts_record *record = NULL;
	enum sts_err err = sts_store_get(f->store, domain, take, &a, &record);

	if (err == STS_OK)
		return record;
	assert_int_equal(err, STS_E_AGAIN);
	(void)pthread_mutex_lock(&a.lock);
	while (!a.done)
		(void)pthread_cond_wait(&a.come, &a.lock);
	(void)pthread_mutex_unlock(&a.lock);
	return a.record;
}

const char *
get_id(struct fixture *f, const char *domain, char id[STS_ID_SIZE])
{
	const struct sts_record *record = get(f, domain);

	(void)snprintf(id, STS_ID_SIZE, "%s", record == NULL ? "" : record->id);
	sts_record_put(record);
	return id;
}
