#include "sts/prog/notify.h"

#if STS_SYSTEMD

#include <inttypes.h>
#include <systemd/sd-daemon.h>
#include <time.h>

enum {
	PER_LIMIT = 3, /* signs of life in the time after which none is death */
};

/* Whether the service manager hears it makes no difference to the mail: it is
 * the one to act on silence. */
void
sts_notify_ready(const char *status)
{
	(void)sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

void
sts_notify_reloading(void)
{
	struct timespec ts;

	/* systemd takes the answer to an earlier reload for none by this. */
	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	(void)sd_notifyf(0,
	    "RELOADING=1\nMONOTONIC_USEC=%" PRId64
	    "\nSTATUS=reading the configuration",
	    (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
}

void
sts_notify_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1\nSTATUS=answering those who wait");
}

void
sts_notify_alive(void)
{
	(void)sd_notify(0, "WATCHDOG=1");
}

int64_t
sts_notify_alive_ms(void)
{
	uint64_t limit_us;

	if (sd_watchdog_enabled(0, &limit_us) <= 0)
		return 0;
	return (int64_t)(limit_us / 1000 / PER_LIMIT) + 1;
}

#else

void
sts_notify_ready(const char *status)
{
	(void)status;
}

void
sts_notify_reloading(void)
{
}

void
sts_notify_stopping(void)
{
}

void
sts_notify_alive(void)
{
}

int64_t
sts_notify_alive_ms(void)
{
	return 0;
}

#endif
