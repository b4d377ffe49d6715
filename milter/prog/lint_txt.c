#include "sts/core/txt.h"
#include "sts/prog/lint.h"

#include <stdlib.h>

/* What one record is on its own: an STS record or not. */
static void
lint_record(struct sts_lint *lint, unsigned line, struct sts_slice record)
{
	struct sts_txt txt;

	sts_txt_select(&record, 1, &txt);
	switch (txt.status) {
	case STS_TXT_INVALID:
		sts_lint_remark(lint, true, line, txt.why);
		break;
	case STS_TXT_NONE:
		if (record.n > 0 && record.p[0] == '"')
			sts_lint_remark(lint, false, line,
			    "begins with a quote mark: give the text without "
			    "the quotes of a zone file");
		else
			sts_lint_remark(lint, false, line,
			    txt.why[0] != '\0' ? txt.why
					       : "not an STS record, ignored");
		break;
	case STS_TXT_FOUND:
	case STS_TXT_MULTIPLE:
		break;
	}
}

static void
print_txt(struct sts_lint *lint, const struct sts_txt *txt)
{
	struct sts_ui *ui = &lint->cli->ui;

	if (txt->status == STS_TXT_FOUND) {
		sts_ui_put(ui, STS_STYLE_GOOD, "valid");
		sts_ui_printf(ui, ": id %s", txt->id);
	} else {
		sts_ui_put(ui, STS_STYLE_BAD, "not valid");
		sts_ui_put(ui, STS_STYLE_PLAIN,
		    ": senders act as if there were no record");
	}
	sts_ui_newline(ui);
}

static enum sts_exit
tell_txt(struct sts_lint *lint, const struct sts_txt *txt)
{
	bool valid = txt->status == STS_TXT_FOUND;

	if (!lint->cli->json)
		print_txt(lint, txt);
	sts_lint_finish(lint, json_pack("{s:b, s:s?}", "valid", valid, "id",
				  valid ? txt->id : NULL));
	return valid ? STS_EXIT_OK : STS_EXIT_NO;
}

enum sts_exit
sts_lint_txt(struct sts_lint *lint)
{
	const struct sts_cli *cli = lint->cli;
	size_t n_txt = sts_cli_count(cli, "txt"), n = 0;
	struct sts_slice *records =
	    calloc(n_txt + cli->n_operands, sizeof(*records));
	struct sts_txt txt;

	if (records == NULL)
		return STS_EXIT_SOFTWARE;
	for (size_t i = 0; i < n_txt; i++)
		records[n++] = sts_slice_str(sts_cli_nth(cli, "txt", i));
	for (size_t i = 0; i < cli->n_operands; i++)
		records[n++] = sts_slice_str(cli->operands[i]);
	for (size_t i = 0; i < n; i++)
		lint_record(lint, (unsigned)i + 1, records[i]);
	sts_txt_select(records, n, &txt);
	if (txt.status == STS_TXT_MULTIPLE)
		sts_lint_remark(lint, true, 0,
		    "more than one record begins with v=STSv1; keep one");
	if (txt.status == STS_TXT_NONE)
		sts_lint_remark(lint, true, 0, "no record begins with v=STSv1");
	free(records);
	return tell_txt(lint, &txt);
}
