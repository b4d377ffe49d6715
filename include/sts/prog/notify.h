/*
 * What the service manager is told, sd_notify(3).  Where there is none, or the
 * daemon was built without libsystemd, nothing is.  Any thread may call.
 */
#ifndef STS_PROG_NOTIFY_H
#define STS_PROG_NOTIFY_H

#include <stdint.h>

/* It serves; `status` is a line for a person. */
void sts_notify_ready(const char *status);

/* Its configuration is being read; sts_notify_ready ends that. */
void sts_notify_reloading(void);

/* It ends. */
void sts_notify_stopping(void);

/* It is alive. */
void sts_notify_alive(void);

/* How often, in ms, it has to say that it is alive; 0: nobody wants to know. */
int64_t sts_notify_alive_ms(void);

#endif
