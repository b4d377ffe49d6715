#include "sts/prog/progress.h"

#include "sts/base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	QUIET_MS = 250,
	WHAT_MAX = 64, /* bytes: it must stay one line */
	BAR_WIDTH = 24,
};

void
sts_progress_init(struct sts_progress *progress, bool wanted)
{
	progress->on = wanted && isatty(STDERR_FILENO) == 1;
	progress->turn = 0;
	progress->started_ms = sts_mono_ms(&sts_clock_system);
}

void
sts_progress_show(struct sts_progress *progress, const char *what)
{
	static const char wheel[] = { '|', '/', '-', '\\' };
	int64_t ms = sts_mono_ms(&sts_clock_system) - progress->started_ms;

	if (!progress->on || ms < QUIET_MS)
		return;
	(void)fprintf(stderr, "\r\033[K%c %.*s ... %" PRId64 " s",
	    wheel[progress->turn++ % sizeof(wheel)], WHAT_MAX, what, ms / 1000);
	(void)fflush(stderr);
}

void
sts_progress_bar(
    struct sts_progress *progress, const char *what, size_t done, size_t of)
{
	char line[BAR_WIDTH + 64], bar[BAR_WIDTH + 1];
	size_t full = of == 0 ? 0 : done * BAR_WIDTH / of;

	memset(bar, '.', BAR_WIDTH);
	memset(bar, '#', full > BAR_WIDTH ? BAR_WIDTH : full);
	bar[BAR_WIDTH] = '\0';
	(void)snprintf(
	    line, sizeof(line), "%s [%s] %zu/%zu", what, bar, done, of);
	sts_progress_show(progress, line);
}

void
sts_progress_clear(struct sts_progress *progress)
{
	if (progress->on && progress->turn > 0)
		(void)fputs("\r\033[K", stderr);
	progress->turn = 0;
}
