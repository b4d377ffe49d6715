/*
 * For tests/lint/conf-drift: without an argument prints the table of options,
 * with one loads that file and says what is wrong with it.
 */
#include "sts/conf/conf.h"

#include <stdio.h>

enum { OUTPUT_MAX = 1 << 20 };

int
main(int argc, char **argv)
{
	const struct sts_conf *conf = NULL;
	enum sts_err err = STS_OK;
	struct sts_buf text;

	sts_buf_init(&text, OUTPUT_MAX);
	if (argc < 2)
		sts_conf_print_options(&text);
	else
		err = sts_conf_load(argv[1], &text, &conf);
	if (fputs(sts_buf_cstr(&text), stdout) == EOF || fflush(stdout) == EOF)
		err = STS_E_IO;
	sts_conf_put(conf);
	sts_buf_deinit(&text);
	return err == STS_OK ? 0 : 1;
}
