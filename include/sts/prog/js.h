/*
 * Reading JSON objects without ceremony: what is absent, null or of another
 * type reads as "" or 0.  The texts are borrowed from the object.
 */
#ifndef STS_PROG_JS_H
#define STS_PROG_JS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline const char *
sts_js_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

static inline int64_t
sts_js_int(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static inline bool
sts_js_true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

/* Whether the key's text is exactly `word`. */
static inline bool
sts_js_is(const json_t *object, const char *key, const char *word)
{
	return strcmp(sts_js_text(object, key), word) == 0;
}

/* RFC 3339 as sts_time_rfc3339 writes it, as wall seconds; 0: none. */
int64_t sts_js_time(const json_t *object, const char *key);

#endif
