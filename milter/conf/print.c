#include "sts/conf/conf.h"
#include "sts/conf/option.h"

/* As the file has it: "text", 60, {"a", "b"}. */
static void
print_default(const struct sts_option *option, struct sts_buf *b)
{
	bool list = option->type->element > 0;
	const char *quote = option->type->bare || list ? "" : "\"";
	const char *c = option->def;

	if (c == NULL)
		return;
	sts_buf_str(b, quote);
	for (; *c != '\0'; c++) {
		if (list && *c == '}' && c[-1] != '{')
			sts_buf_char(b, '"');
		if (list && *c == ',')
			sts_buf_str(b, "\", \"");
		else
			sts_buf_char(b, *c);
		if (list && *c == '{' && c[1] != '}')
			sts_buf_char(b, '"');
	}
	sts_buf_str(b, quote);
}

static void
print_table(
    const char *prefix, const struct sts_option *option, struct sts_buf *b)
{
	for (; option->name != NULL; option++) {
		sts_buf_printf(
		    b, "%s%s\t%s\t", prefix, option->name, option->type->name);
		print_default(option, b);
		sts_buf_char(b, '\t');
		sts_option_accepted(option, b);
		sts_buf_printf(b, "\t%s\n", option->doc);
	}
}

void
sts_conf_print_options(struct sts_buf *b)
{
	print_table("", sts_conf_options, b);
	print_table("domain.", sts_exception_options, b);
}
