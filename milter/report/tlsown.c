#include "sts/report/tlsown.h"

#include "sts/report/tlsqueue.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE_MS = 100 };

struct sts_tlsown {
	const struct sts_clock *clock;
	char *path;
	pthread_mutex_t lock; /* guards db */
	struct sts_tlsdb *db; /* NULL: to be opened */
};

enum sts_err
sts_tlsown_new(
    const char *path, const struct sts_clock *clock, struct sts_tlsown **out)
{
	struct sts_tlsown *own = calloc(1, sizeof(*own));

	if (own == NULL)
		return STS_E_NOMEM;
	own->clock = clock;
	own->path = strdup(path);
	if (own->path == NULL) {
		free(own);
		return STS_E_NOMEM;
	}
	(void)pthread_mutex_init(&own->lock, NULL);
	*out = own;
	return STS_OK;
}

void
sts_tlsown_free(struct sts_tlsown *own)
{
	if (own == NULL)
		return;
	sts_tlsdb_close(own->db);
	(void)pthread_mutex_destroy(&own->lock);
	free(own->path);
	free(own);
}

/* Without the brackets. */
static struct sts_slice
address_of(const char *argument)
{
	struct sts_slice s = sts_slice_str(argument);

	if (s.n >= 2 && s.p[0] == '<' && s.p[s.n - 1] == '>')
		s = sts_slice(s.p + 1, s.n - 2);
	return s;
}

bool
sts_tlsown_is_sender(const struct sts_conf *conf, const char *sender)
{
	return conf->tlsrpt && conf->tlsrpt_from[0] != '\0' &&
	       sts_slice_eq_nocase(
		   address_of(sender), sts_slice_str(conf->tlsrpt_from));
}

/* As core/tlsrpt.h writes it: the domain in lower case. */
static bool
canonical(const char *recipient, char *target)
{
	struct sts_slice address = address_of(recipient);

	if (sts_slice_copy(address, target, STS_TLSRPT_TARGET_SIZE) != STS_OK)
		return false;
	target = strrchr(target, '@');
	for (; target != NULL && *target != '\0'; target++)
		*target = sts_lower(*target);
	return true;
}

bool
sts_tlsown_is_target(struct sts_tlsown *own, const char *recipient)
{
	char target[STS_TLSRPT_TARGET_SIZE];
	enum sts_err err = STS_OK;
	bool found = false;

	if (own == NULL || !canonical(recipient, target))
		return false;
	(void)pthread_mutex_lock(&own->lock);
	if (own->db == NULL)
		err = sts_tlsdb_open(own->path, PATIENCE_MS, &own->db);
	if (err == STS_OK)
		err = sts_tlsqueue_is_under_way(
		    own->db, target, sts_wall_s(own->clock), &found);
	if (err != STS_OK) { /* opened anew the next time */
		sts_tlsdb_close(own->db);
		own->db = NULL;
	}
	(void)pthread_mutex_unlock(&own->lock);
	return err == STS_OK && found;
}
