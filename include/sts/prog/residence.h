/*
 * Gives back the memory that only the start needed.
 *
 * The libraries are big, and the start reads all over them: to link, to read
 * the configuration, to set up TLS.  Their code is in the kernel's cache of
 * files, and comes back from there page by page as it is needed.
 */
#ifndef STS_PROG_RESIDENCE_H
#define STS_PROG_RESIDENCE_H

/* After the start, by any thread.  What the kernel refuses stays. */
void sts_residence_trim(void);

#endif
