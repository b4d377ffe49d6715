/*
 * A JSON value as a line of text.
 *
 * jansson's json_dumps leaves out an object's key where there is no memory for
 * it, and calls the rest a success; here it is all or nothing.
 */
#ifndef STS_REPORT_JSONTEXT_H
#define STS_REPORT_JSONTEXT_H

#include <jansson.h>

/* Without LF, ASCII only; to be given to free().  NULL: out of memory, for
 * which `json` may be NULL too.  Any thread. */
char *sts_json_text(const json_t *json);

/* A string value; text that is not UTF-8 is escaped (and then cut where a log
 * would cut it).  NULL: out of memory. */
json_t *sts_json_string(const char *text);

#endif
