/*
 * Any answer, as JSON: its findings are made, and the page about it. Whatever
 * its texts are, the page has no elements and attributes but our own, closes
 * what it opens, and is printable ASCII.
 */
#include "sts/prog/checkpage.h"
#include "sts/prog/checktable.h"
#include "sts/prog/findings.h"

#include "fuzz.h"

#include <string.h>

enum { NOW = 1795348800, DEPTH_MAX = 64 };

static const char *const elements[] = { "html", "head", "body", "main",
	"header", "footer", "section", "article", "div", "span", "p", "h1",
	"h2", "h3", "a", "ul", "li", "dl", "dt", "dd", "pre", "table", "thead",
	"tbody", "tr", "th", "td", "details", "summary", "svg", "rect", "title",
	"style" };
static const char *const empty_elements[] = { "!DOCTYPE", "meta" };
static const char *const attributes[] = { "class", "id", "href", "lang", "html",
	"charset", "http-equiv", "content", "name", "scope", "data-title",
	"aria-hidden", "aria-label", "role", "viewBox", "preserveAspectRatio",
	"x", "width", "height" };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool
is_among(const char *const *list, size_t n, struct sts_slice word)
{
	for (size_t i = 0; i < n; i++)
		if (sts_slice_eq(word, sts_slice_str(list[i])))
			return true;
	return false;
}

static struct sts_slice
take_word(struct sts_slice *rest, const char *end)
{
	size_t n = 0;
	struct sts_slice word;

	while (n < rest->n && strchr(end, rest->p[n]) == NULL)
		n++;
	word = sts_slice(rest->p, n);
	*rest = sts_slice(rest->p + n, rest->n - n);
	return word;
}

/* The attributes of one tag, without its brackets. */
static void
check_attributes(struct sts_slice rest)
{
	for (;;) {
		struct sts_slice value;

		rest = sts_slice_trim(rest);
		if (rest.n == 0)
			return;
		CHECK(is_among(
		    attributes, COUNT(attributes), take_word(&rest, "= ")));
		if (rest.n == 0 || rest.p[0] != '=')
			continue; /* <!DOCTYPE html> */
		CHECK(rest.n > 2 && rest.p[1] == '"');
		rest = sts_slice(rest.p + 2, rest.n - 2);
		(void)sts_slice_cut(&rest, '"', &value);
		CHECK(memchr(value.p, '<', value.n) == NULL);
		CHECK(value.n < 3 || strncasecmp(value.p, "jav", 3) != 0);
	}
}

struct walk {
	struct sts_slice open[DEPTH_MAX];
	size_t depth;
};

static void
check_tag(struct walk *w, struct sts_slice tag)
{
	struct sts_slice name;

	if (tag.n > 0 && tag.p[0] == '/') {
		CHECK(w->depth > 0);
		CHECK(sts_slice_eq(
		    w->open[--w->depth], sts_slice(tag.p + 1, tag.n - 1)));
		return;
	}
	name = take_word(&tag, " ");
	if (!is_among(empty_elements, COUNT(empty_elements), name)) {
		CHECK(is_among(elements, COUNT(elements), name));
		CHECK(w->depth < DEPTH_MAX);
		w->open[w->depth++] = name;
	}
	check_attributes(tag);
}

static void
check_page(struct sts_slice page)
{
	struct walk w = { .depth = 0 };
	struct sts_slice text, tag;

	for (size_t i = 0; i < page.n; i++)
		CHECK(page.p[i] == '\n' ||
		      (page.p[i] >= ' ' && page.p[i] <= '~'));
	while (sts_slice_cut(&page, '<', &text)) {
		/* A style may have the bracket of its selectors. */
		CHECK(w.depth == 0 ||
		      sts_slice_eq(w.open[w.depth - 1], STS_LIT("style")) ||
		      memchr(text.p, '>', text.n) == NULL);
		CHECK(sts_slice_cut(&page, '>', &tag));
		check_tag(&w, tag);
	}
	CHECK(w.depth == 0);
}

static void
make_page(json_t *answers, bool many)
{
	struct sts_html h;

	sts_html_init(&h);
	sts_checkpage_put(&h, answers, many, NOW);
	CHECK(sts_html_err(&h) == STS_OK);
	check_page(sts_html_view(&h));
	sts_html_deinit(&h);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	json_t *answer =
	    json_loadb((const char *)data, n, JSON_ALLOW_NUL, NULL);
	json_t *answers = json_array();
	struct sts_checktable table;

	if (json_is_object(answer)) {
		CHECK(
		    sts_findings_add(answer,
			json_object_get(answer, "remembered"), NOW) == STS_OK);
		CHECK(json_array_append(answers, answer) == 0);
		make_page(answers, false);
		make_page(answers, true);
		sts_checktable_init(&table);
		sts_checktable_add(&table, answer);
		sts_checktable_deinit(&table);
	}
	json_decref(answers);
	json_decref(answer);
	return 0;
}
