#include "sts/prog/progress.h"

#include "sts/base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { QUIET_MS = 250, WHAT_MAX = 64 }; /* WHAT_MAX: it must stay one line */

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
sts_progress_clear(struct sts_progress *progress)
{
	if (progress->on && progress->turn > 0)
		(void)fputs("\r\033[K", stderr);
	progress->turn = 0;
}
