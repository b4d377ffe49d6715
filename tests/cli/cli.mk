# The command, as a person runs it: no root, and no network but loopback.
CLI_TESTS = \
	tests/cli/advice_test.py \
	tests/cli/check_test.py \
	tests/cli/daemon_test.py \
	tests/cli/dryrun_test.py \
	tests/cli/generate_test.py \
	tests/cli/lint_test.py \
	tests/cli/report_show_test.py \
	tests/cli/release_test.py \
	tests/cli/usage_test.py
TESTS += $(CLI_TESTS)
EXTRA_DIST += $(CLI_TESTS) tests/cli/cli.py tests/reports
