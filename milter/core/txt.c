#include "sts/core/txt.h"

#include "sts/core/grammar.h"

static const struct sts_slice version = { "v=STSv1", 7 };

static bool
is_sts_record(struct sts_slice record)
{
	struct sts_slice first;

	(void)sts_grammar_next_field(&record, &first);
	return sts_slice_eq(first, version);
}

/* Meant as one, perhaps, but not one (row 11). */
static bool
is_near_miss(struct sts_slice record)
{
	record = sts_slice_trim(record);
	return record.n >= version.n &&
	       sts_slice_eq_nocase(sts_slice(record.p, version.n), version);
}

/* Each of these returns what is wrong, or NULL. */

static const char *
read_id(struct sts_slice value, char *id)
{
	if (value.n == 0)
		return "the id is empty; 1 to 32 letters and digits are "
		       "accepted";
	for (size_t i = 0; i < value.n; i++)
		if (!sts_is_alnum(value.p[i]))
			return "the id has a character that is neither a "
			       "letter nor a digit";
	if (sts_slice_copy(value, id, STS_ID_SIZE) != STS_OK)
		return "the id is longer than 32 characters";
	return NULL;
}

static const char *
read_field(struct sts_slice field, char *id)
{
	struct sts_slice name;

	if (field.n == 0)
		return "there is nothing between two semicolons";
	if (!sts_slice_cut(&field, '=', &name))
		return "a field is not of the form name=value";
	/* Of several the first counts, as in the policy's text. */
	if (id[0] == '\0' && sts_slice_eq(name, STS_LIT("id")))
		return read_id(field, id);
	if (!sts_grammar_is_field_name(name))
		return "a field's name is not 1 to 32 letters, digits, "
		       "hyphens, dots or underscores";
	if (!sts_grammar_is_field_value(field))
		return "a field's value is empty or has a character that is "
		       "not accepted there";
	return NULL;
}

/* RFC 8461 section 3.1, sts-text-record. */
static const char *
read_record(struct sts_slice record, char *id)
{
	struct sts_slice field;
	const char *why = NULL;
	bool more = sts_grammar_next_field(&record, &field); /* the version */

	while (more && why == NULL && record.n > 0) {
		more = sts_grammar_next_field(&record, &field);
		why = read_field(field, id);
	}
	if (why == NULL && id[0] == '\0')
		why = "the id is missing; write v=STSv1; id=...; with 1 to "
		      "32 letters and digits";
	return why;
}

void
sts_txt_select(const struct sts_slice *records, size_t n, struct sts_txt *out)
{
	const struct sts_slice *found = NULL;
	char id[STS_ID_SIZE] = "";
	const char *why;

	*out = (struct sts_txt){ STS_TXT_NONE, "", "" };
	for (size_t i = 0; i < n; i++) {
		if (is_near_miss(records[i]) && !is_sts_record(records[i]))
			out->why = "a record resembles one, but its first "
				   "field is not exactly v=STSv1";
		if (!is_sts_record(records[i]))
			continue;
		if (found != NULL) {
			out->status = STS_TXT_MULTIPLE;
			out->why = "more than one record begins with v=STSv1";
			return;
		}
		found = &records[i];
	}
	if (found == NULL)
		return;
	why = read_record(*found, id);
	out->status = why == NULL ? STS_TXT_FOUND : STS_TXT_INVALID;
	out->why = why == NULL ? "" : why;
	if (why == NULL)
		memcpy(out->id, id, sizeof(id));
}
