/*
 * One client of the control socket, as its commands see it.  Used by the files
 * of control only; the client's own thread.
 */
#ifndef STS_FRONT_CONTROLCLIENT_H
#define STS_FRONT_CONTROLCLIENT_H

#include "sts/front/control.h"

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct sts_control_client; /* milter/front/control.c */

/* Sends one line and takes the reference over.  NULL, what could not be made,
 * fails as STS_E_NOMEM.  Any failure: the client is hung up on. */
STS_MUST_USE enum sts_err sts_control_reply(
    struct sts_control_client *client, json_t *line);

/* {"ok":false,"error":WORD,"message":MESSAGE}; the bytes of the message may be
 * any. */
STS_MUST_USE enum sts_err sts_control_refuse(
    struct sts_control_client *client, const char *word, const char *message);

/* Whether sts_control_free began, so that waiting makes no sense. */
bool sts_control_stopping(const struct sts_control_client *client);

/* Gives the reply, once more, all its time: after a wait. */
void sts_control_extend(struct sts_control_client *client);

const struct sts_control_options *sts_control_options_of(
    const struct sts_control_client *client);
/* When the control socket was opened, in wall seconds. */
int64_t sts_control_started_at(const struct sts_control_client *client);
/* Held while the configuration is loaded anew. */
pthread_mutex_t *sts_control_reload_lock(struct sts_control_client *client);

/* Any bytes as a JSON text; what is no UTF-8 is escaped. */
json_t *sts_control_text(const char *text);

/* Carries out one line and replies: control_command.c. */
STS_MUST_USE enum sts_err sts_control_obey(
    struct sts_control_client *client, struct sts_slice line);

/* The replies of single commands: control_status.c, control_cache.c. `domain`
 * is canonical. */
STS_MUST_USE enum sts_err sts_control_status(struct sts_control_client *client);
STS_MUST_USE enum sts_err sts_control_cache_list(
    struct sts_control_client *client);
STS_MUST_USE enum sts_err sts_control_cache_show(
    struct sts_control_client *client, const char *domain);
STS_MUST_USE enum sts_err sts_control_cache_refresh(
    struct sts_control_client *client, const char *domain);
/* NULL: all of them. */
STS_MUST_USE enum sts_err sts_control_cache_flush(
    struct sts_control_client *client, const char *domain);

#endif
