/*
 * Notes that other threads leave for a loop: for which of its clients there is
 * news.  A note lies inside its client; left twice before it is taken, it is
 * one.  Any thread may call, unless said otherwise.
 */
#ifndef STS_FRONT_NOTES_H
#define STS_FRONT_NOTES_H

#include <pthread.h>
#include <stdbool.h>

struct sts_note {
	struct sts_note *prev, *next; /* guarded by the notes' lock, like ... */
	bool left; /* ... this */
	void *about; /* the owner's; never changed */
};

struct sts_notes {
	pthread_mutex_t lock; /* guards the list */
	struct sts_note *first;
	void (*wake)(void *cookie);
	void *cookie;
};

/* `wake` is called when there is a note after there was none; on any thread.
 * It shall see to it that the owner takes them. */
void sts_notes_init(
    struct sts_notes *notes, void (*wake)(void *cookie), void *cookie);
/* No note is left any more. */
void sts_notes_deinit(struct sts_notes *notes);

void sts_notes_leave(struct sts_notes *notes, struct sts_note *note);

/* The next one's `about`, or NULL. */
void *sts_notes_take(struct sts_notes *notes);

/* The note is not taken any more: its owner goes. */
void sts_notes_drop(struct sts_notes *notes, struct sts_note *note);

#endif
