/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replay: runs a fuzz target over the files of its corpus, and prints TAP.
 *
 * usage: replay_NAME [FILE ...]     (without files: $SRCDIR/tests/fuzz/corpus/NAME)
 */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

/* The whole file, in memory of the exact size, so that AddressSanitizer sees a read beyond it.  NULL: errno. */
static uint8_t *
read_whole(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t *data = NULL;
	struct stat info;

	if (fd >= 0 && fstat(fd, &info) == 0) {
		*size = (size_t)info.st_size;
		data = malloc(*size > 0 ? *size : 1);
	}
	if (data != NULL && read(fd, data, *size) != (ssize_t)*size) {
		free(data);
		data = NULL;
	}
	if (fd >= 0)
		close(fd);
	return data;
}

static int
replay(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t size = 0;
	uint8_t *data = read_whole(path, &size);

	if (data == NULL) {
		printf("not ok - %s: %s\n", path, strerror(errno));
		return 1;
	}
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	printf("ok - %s\n", slash != NULL ? slash + 1 : path);
	fflush(stdout);		/* the next one may crash */
	return 0;
}

static int
is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int
replay_corpus(void)
{
	const char *top = getenv("SRCDIR");
	char dir[4096], path[4096 + 256 + 1];
	struct dirent **entries;
	int count, failed = 0;

	snprintf(dir, sizeof dir, "%s/tests/fuzz/corpus/%s", top != NULL ? top : ".", fuzz_name);
	count = scandir(dir, &entries, is_file, alphasort);
	if (count <= 0) {
		printf("Bail out! %s: no corpus\n", dir);
		return 1;
	}
	printf("1..%d\n", count);
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, entries[i]->d_name);
		failed += replay(path);
		free(entries[i]);
	}
	free(entries);
	return failed > 0;
}

int
main(int argc, char **argv)
{
	int failed = 0;

	if (argc == 1)
		return replay_corpus();
	printf("1..%d\n", argc - 1);
	for (int i = 1; i < argc; i++)
		failed += replay(argv[i]);
	return failed > 0;
}
