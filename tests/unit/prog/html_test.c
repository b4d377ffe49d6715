/*
 * Pages: nothing that a stranger wrote is ever markup, what is opened is
 * closed, and a file is written whole or not at all.
 */
#include "sts/prog/html.h"
#include "sts/prog/outfile.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
assert_page(struct sts_html *h, const char *expected)
{
	assert_int_equal(sts_html_err(h), STS_OK);
	assert_string_equal(sts_buf_cstr(&h->out), expected);
	sts_html_deinit(h);
}

static void
test_text_is_never_markup(void **state)
{
	struct sts_html h;

	(void)state;
	sts_html_init(&h);
	sts_html_open(&h, "a", "x");
	sts_html_attr(&h, "title", "\"><script>'&\n");
	sts_html_text(&h, "</a><script>alert('\"&')\x1b\xe2\x80\xae\\x1b");
	sts_html_close(&h);
	assert_page(&h,
	    "<a class=\"x\" title=\"&quot;&gt;&lt;script&gt;&#39;&amp;\\x0a\">"
	    "&lt;/a&gt;&lt;script&gt;alert(&#39;&quot;&amp;&#39;)"
	    "\\x1b\\xe2\\x80\\xae\\x1b</a>");
}

static void
test_printf_escapes(void **state)
{
	struct sts_html h;

	(void)state;
	sts_html_init(&h);
	sts_html_printf(&h, "%d%s", 7, "<b>");
	sts_html_badge(&h, STS_TONE_BAD, "<i>");
	assert_page(&h, "7&lt;b&gt;<span class=\"badge bad\">&lt;i&gt;</span>");
}

static void
test_paragraphs(void **state)
{
	struct sts_html h;

	(void)state;
	sts_html_init(&h);
	sts_html_paragraphs(&h, "Publish <this>:\n"
				"    a {\n      b\n    }\n"
				"Then wait.\n\nEnd:\n    c");
	assert_page(&h, "<p>Publish &lt;this&gt;:</p>\n"
			"<pre class=\"copy\">a {\n  b\n}</pre>\n"
			"<p>Then wait.</p>\n<p>End:</p>\n"
			"<pre class=\"copy\">c</pre>\n");
	sts_html_init(&h);
	sts_html_paragraphs(&h, "");
	sts_html_paragraphs(&h, " only\n");
	assert_page(&h, "<pre class=\"copy\">only</pre>\n");
}

static void
test_table(void **state)
{
	static const char *const titles[] = { "Name", "Days" };
	struct sts_html_table table;
	struct sts_html h;

	(void)state;
	sts_html_init(&h);
	sts_html_table_begin(&table, &h, titles, 2);
	sts_html_row_begin(&table);
	sts_html_cell(&table, NULL);
	sts_html_cell_int(&table, -3);
	sts_html_row_end(&table);
	sts_html_table_end(&table);
	assert_page(&h,
	    "<table><thead><tr><th scope=\"col\">Name</th>"
	    "<th scope=\"col\">Days</th></tr>\n</thead>\n<tbody><tr>"
	    "<td data-title=\"Name\"><span>-</span></td>"
	    "<td class=\"number\" data-title=\"Days\"><span>-3</span></td>"
	    "</tr>\n</tbody>\n</table>\n");
}

static void
test_bar(void **state)
{
	static const struct sts_html_part parts[] = {
		{ STS_TONE_GOOD, 3 },
		{ STS_TONE_WARN, 0 },
		{ STS_TONE_BAD, 1 },
	};
	static const struct sts_html_part huge[] = {
		{ STS_TONE_GOOD, UINT64_MAX },
		{ STS_TONE_BAD, 1 },
	};
	struct sts_html h;
	const char *text;

	(void)state;
	sts_html_init(&h);
	sts_html_bar(&h, "3 \"good\"", parts, COUNT(parts));
	text = sts_buf_cstr(&h.out);
	assert_non_null(strstr(text, "aria-label=\"3 &quot;good&quot;\""));
	assert_non_null(strstr(text,
	    "<rect class=\"good\" x=\"0\" height=\"16\" width=\"750\">"
	    "</rect><rect class=\"bad\" x=\"750\" height=\"16\" "
	    "width=\"250\"></rect>"));
	assert_null(strstr(text, "warn"));
	sts_html_bar(&h, "", huge, COUNT(huge));
	sts_html_bar(&h, "", NULL, 0);
	assert_int_equal(sts_html_err(&h), STS_OK);
	sts_html_deinit(&h);
}

/* The hash of the style is of the bytes between its tags: as a browser
 * computes it, else the page would be without style.  Chromium is asked in
 * tests/e2e; here, that it is there, and that nothing from elsewhere is. */
static void
test_page(void **state)
{
	struct sts_html h;
	const char *text;

	(void)state;
	sts_html_init(&h);
	sts_html_page_begin(&h, "A <title>", "more");
	sts_html_card_begin(&h, "here", "Heading");
	sts_html_close(&h);
	sts_html_light(&h, STS_TONE_WARN, "Nearly.", NULL);
	sts_html_tiles_begin(&h);
	sts_html_tile(&h, STS_TONE_GOOD, "12", "hosts");
	sts_html_tiles_end(&h);
	sts_html_page_end(&h, 1767225600);
	assert_int_equal(sts_html_err(&h), STS_OK);
	text = sts_buf_cstr(&h.out);
	assert_non_null(strstr(text, "<title>A &lt;title&gt;</title>"));
	assert_non_null(
	    strstr(text, "content=\"default-src 'none'; style-src 'sha256-"));
	assert_non_null(strstr(text, "2026-01-01T00:00:00Z"));
	assert_null(strstr(text, "http:"));
	assert_null(strstr(text, "https:"));
	assert_null(strstr(text, "url("));
	assert_null(strstr(text, "<script"));
	assert_int_equal(h.depth, 0);
	sts_html_deinit(&h);
}

static void
read_back(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t n;

	assert_non_null(file);
	n = fread(text, 1, size - 1, file);
	text[n] = '\0';
	(void)fclose(file);
}

static void
test_outfile(void **state)
{
	char folder[] = "/tmp/outfile.XXXXXX", path[64], link[64], text[64];
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/page", folder);
	(void)umask(022);
	assert_int_equal(sts_outfile_write(path, STS_LIT("one")), STS_OK);
	assert_int_equal(sts_outfile_write(path, STS_LIT("two")), STS_OK);
	read_back(path, text, sizeof(text));
	assert_string_equal(text, "two");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	/* A link, such as /dev/stdout, stays one. */
	(void)snprintf(link, sizeof(link), "%s/link", folder);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(sts_outfile_write(link, STS_LIT("3")), STS_OK);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	read_back(path, text, sizeof(text));
	assert_string_equal(text, "3");
	assert_int_equal(unlink(link), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0); /* nothing was left beside it */
	assert_int_equal(sts_outfile_write(path, STS_LIT("x")), STS_E_IO);
	assert_int_equal(
	    sts_outfile_write("/dev/full", STS_LIT("x")), STS_E_IO);
	assert_int_equal(stat("/dev/full", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_is_never_markup),
		cmocka_unit_test(test_printf_escapes),
		cmocka_unit_test(test_paragraphs),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_bar),
		cmocka_unit_test(test_page),
		cmocka_unit_test(test_outfile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
