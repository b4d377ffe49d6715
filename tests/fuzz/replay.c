/*
 * Runs one fuzzer over every file of its corpus: the folder given, or else
 * corpus/NAME in the sources for a program fuzz_NAME.  An empty corpus is a
 * failure, for it proves nothing.
 */
#include "fuzz.h"

#include <dirent.h>
#include <string.h>

enum { INPUT_MAX = 1 << 20, PATH_SIZE = 4096 };

/* In memory of just that size, so that a byte too far is seen. */
static void
replay_file(const char *path)
{
	static uint8_t buffer[INPUT_MAX];
	FILE *file = fopen(path, "rb");
	uint8_t *input;
	size_t n;

	CHECK(file != NULL);
	n = fread(buffer, 1, sizeof(buffer), file);
	CHECK(ferror(file) == 0);
	(void)fclose(file);
	input = malloc(n == 0 ? 1 : n);
	CHECK(input != NULL);
	memcpy(input, buffer, n);
	(void)LLVMFuzzerTestOneInput(input, n);
	free(input);
}

static unsigned
replay_folder(const char *folder)
{
	char path[PATH_SIZE];
	struct dirent *entry;
	unsigned count = 0;
	DIR *dir = opendir(folder);

	if (dir == NULL) {
		perror(folder);
		return 0;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		CHECK(snprintf(path, sizeof(path), "%s/%s", folder,
			  entry->d_name) < (int)sizeof(path));
		(void)printf("%s\n", path);
		(void)fflush(stdout);
		replay_file(path);
		count++;
	}
	(void)closedir(dir);
	return count;
}

int
main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir");
	const char *name = strstr(argv[0], "fuzz_");
	char folder[PATH_SIZE];
	unsigned count;

	while (name != NULL && strstr(name + 1, "fuzz_") != NULL)
		name = strstr(name + 1, "fuzz_");
	if (argc > 1)
		(void)snprintf(folder, sizeof(folder), "%s", argv[1]);
	else
		(void)snprintf(folder, sizeof(folder),
		    "%s/tests/fuzz/corpus/%s", srcdir == NULL ? "." : srcdir,
		    name == NULL ? "" : name + strlen("fuzz_"));
	count = replay_folder(folder);
	(void)printf("%u inputs of %s\n", count, folder);
	return count > 0 ? 0 : 1;
}
