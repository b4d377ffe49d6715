/*
 * Any text as a configuration file: a snapshot or errors, never both or
 * neither; each error with its file, and without a byte that is not printable.
 */
#include "sts/conf/conf.h"

#include "fuzz.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* So that no input asks the name service for the machine's name. */
static const char first_line[] = "hostname = \"h.example\"\n";

static void
check_errors(const struct sts_buf *errors, const char *path)
{
	struct sts_slice rest = sts_buf_view(errors), line;

	while (sts_slice_cut(&rest, '\n', &line)) {
		CHECK(sts_slice_starts(line, sts_slice_str(path)));
		for (size_t i = 0; i < line.n; i++)
			CHECK(line.p[i] >= ' ' && line.p[i] <= '~');
	}
	CHECK(line.n == 0);
}

static void
check_snapshot(const struct sts_conf *conf)
{
	const struct sts_exception *e;
	struct sts_actions actions;

	CHECK(conf->n_mailers > 0);
	CHECK(sts_conf_is_outbound(conf, sts_slice_str(conf->mailers[0])));
	CHECK(conf->fetch_timeout >= 1 && conf->fetch_timeout <= 60);
	CHECK(conf->control.family == AF_UNIX);
	CHECK(conf->hostname[0] != '\0');
	for (size_t i = 0; i < conf->n_exceptions; i++) {
		CHECK(conf->exceptions[i].has_on_fail ||
		      conf->exceptions[i].has_on_unreachable);
		actions = sts_conf_actions(
		    conf, sts_slice_str(conf->exceptions[i].name), 0, &e);
		CHECK(actions.on_temperror == conf->actions.on_temperror);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct sts_conf *conf = NULL;
	struct sts_buf errors;
	enum sts_err err;
	char path[64];
	int fd = memfd_create("conf", MFD_CLOEXEC);

	CHECK(fd >= 0);
	CHECK(write(fd, first_line, sizeof(first_line) - 1) ==
	      (ssize_t)sizeof(first_line) - 1);
	CHECK(write(fd, data, n) == (ssize_t)n);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	sts_buf_init(&errors, 1 << 20);
	err = sts_conf_load(path, &errors, &conf);
	CHECK((err == STS_OK) == (conf != NULL));
	CHECK((err == STS_OK) == (errors.n == 0));
	CHECK(sts_buf_err(&errors) == STS_OK);
	check_errors(&errors, path);
	if (conf != NULL)
		check_snapshot(conf);
	sts_conf_put(conf);
	sts_buf_deinit(&errors);
	CHECK(close(fd) == 0);
	return 0;
}
