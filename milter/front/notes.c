#include "sts/front/notes.h"

#include <string.h>
#include <utlist.h>

void
sts_notes_init(
    struct sts_notes *notes, void (*wake)(void *cookie), void *cookie)
{
	pthread_mutex_init(&notes->lock, NULL);
	notes->first = NULL;
	notes->wake = wake;
	notes->cookie = cookie;
}

void
sts_notes_deinit(struct sts_notes *notes)
{
	pthread_mutex_destroy(&notes->lock);
}

void
sts_notes_leave(struct sts_notes *notes, struct sts_note *note)
{
	bool first;

	pthread_mutex_lock(&notes->lock);
	first = notes->first == NULL;
	if (!note->left)
		DL_APPEND(notes->first, note);
	note->left = true;
	pthread_mutex_unlock(&notes->lock);
	if (first)
		notes->wake(notes->cookie);
}

/* The lock is held. */
static void
remove_note(struct sts_notes *notes, struct sts_note *note)
{
	DL_DELETE(notes->first, note);
	note->left = false;
}

void *
sts_notes_take(struct sts_notes *notes)
{
	void *about = NULL;

	pthread_mutex_lock(&notes->lock);
	if (notes->first != NULL) {
		about = notes->first->about;
		remove_note(notes, notes->first);
	}
	pthread_mutex_unlock(&notes->lock);
	return about;
}

void
sts_notes_drop(struct sts_notes *notes, struct sts_note *note)
{
	pthread_mutex_lock(&notes->lock);
	if (note->left)
		remove_note(notes, note);
	pthread_mutex_unlock(&notes->lock);
}
