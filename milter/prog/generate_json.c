/* What `mta-sts generate` says, as JSON. */
#include "sts/prog/generate.h"

#include "sts/base/clock.h"

enum { RECORDS_MAX = STS_POLICY_TEXT_MAX * 16 };

/* --- JSON --- */

static void
put(json_t *object, const char *key, json_t *value)
{
	(void)json_object_set_new(object, key, value);
}

static json_t *
text_or_null(const char *text)
{
	return text == NULL || text[0] == '\0' ? json_null()
					       : json_string(text);
}

static json_t *
time_or_null(int64_t wall_s)
{
	char text[STS_TIME_TEXT];

	return wall_s == 0 ? json_null()
			   : json_string(sts_time_rfc3339(wall_s, text));
}

static json_t *
policy_text(const struct sts_published *published)
{
	struct sts_buf text;
	json_t *string;

	sts_buf_init(&text, STS_POLICY_TEXT_MAX);
	sts_generate_policy_text(published, &text);
	string = json_stringn(sts_buf_cstr(&text), text.n);
	sts_buf_deinit(&text);
	return string;
}

static json_t *
patterns(const struct sts_policy *policy)
{
	json_t *array = json_array();

	for (size_t i = 0; i < policy->n_mx; i++)
		(void)json_array_append_new(array, json_string(policy->mx[i]));
	return array;
}

/* The zone lines without the comment. */
static json_t *
records(const struct sts_published *published)
{
	json_t *array = json_array();
	struct sts_slice rest, line;
	struct sts_buf b;

	sts_buf_init(&b, RECORDS_MAX);
	sts_published_print(published, &b);
	rest = sts_buf_view(&b);
	while (sts_slice_cut(&rest, '\n', &line))
		if (line.n > 0 && line.p[0] != ';')
			(void)json_array_append_new(
			    array, json_stringn(line.p, line.n));
	sts_buf_deinit(&b);
	return array;
}

static void
put_published(json_t *object, const struct sts_target *target)
{
	const struct sts_published *now = &target->now;

	put(object, "mode", json_string(sts_mode_text(now->policy->mode)));
	put(object, "mx", patterns(now->policy));
	put(object, "max_age", json_integer(now->policy->max_age));
	put(object, "id", text_or_null(now->id));
	put(object, "policy", policy_text(now));
	put(object, "records", records(now));
	put(object, "earlier_until", time_or_null(now->earlier));
}

static json_t *
target_json(const struct sts_generate *g, const struct sts_target *target)
{
	bool refused = sts_target_is_refused(g, target);
	json_t *object = json_object();

	put(object, "domain", json_string(target->now.domain));
	put(object, "change",
	    json_string(refused ? "refused" : sts_change_text(target->change)));
	if (!refused && target->change != STS_CHANGE_REMOVED)
		put_published(object, target);
	put(object, "previous_id",
	    text_or_null(target->old == NULL ? NULL : target->old->id));
	put(object, "checked", json_boolean(target->checked));
	(void)json_object_set(object, "findings", target->findings);
	return object;
}

static json_t *
written(const struct sts_generate *g)
{
	json_t *array = json_array();
	const char *name;

	for (size_t i = 0;
	     g->dir != NULL && (name = sts_outdir_changed(g->dir, i)) != NULL;
	     i++)
		(void)json_array_append_new(array, json_string(name));
	return array;
}

void
sts_generate_tell_json(struct sts_generate *g)
{
	json_t *object = json_object(), *domains = json_array();

	for (size_t i = 0; i < g->n; i++)
		(void)json_array_append_new(
		    domains, target_json(g, &g->targets[i]));
	put(object, "domains", domains);
	put(object, "out",
	    text_or_null(g->dir == NULL ? NULL : sts_outdir_path(g->dir)));
	put(object, "written", written(g));
	put(object, "steps", sts_generate_steps(g));
	sts_cli_print_json(g->cli, object);
	json_decref(object);
}
