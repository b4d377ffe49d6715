#include "sts/engine/tellings.h"

#include <stdlib.h>
#include <utlist.h>

struct sts_telling {
	struct sts_tellings *tellings;
	void *task;
	sts_engine_told *done;
	void *cookie;
	struct sts_telling *prev, *next;
};

enum sts_err
sts_tellings_add(struct sts_tellings *tellings, void *task,
    sts_engine_told *done, void *cookie, struct sts_telling **out)
{
	struct sts_telling *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return STS_E_NOMEM;
	*t = (struct sts_telling){ tellings, task, done, cookie, NULL, NULL };
	DL_APPEND(tellings->first, t);
	*out = t;
	return STS_OK;
}

void
sts_telling_cancel(struct sts_telling *t)
{
	if (t == NULL)
		return;
	DL_DELETE(t->tellings->first, t);
	free(t);
}

void
sts_tellings_tell(
    struct sts_tellings *tellings, const struct sts_answer *answer)
{
	struct sts_telling *t, told;

	while ((t = tellings->first) != NULL) {
		DL_DELETE(tellings->first, t);
		told = *t;
		free(t);
		told.done(told.cookie, answer);
	}
}

void *
sts_telling_task(const struct sts_telling *t)
{
	return t->task;
}
