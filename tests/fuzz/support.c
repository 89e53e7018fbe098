/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * support: see fuzz.h.
 */
#include <config.h>

#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "name.h"

void
fuzz_expect_words(const char *text)
{
	FUZZ_EXPECT(text[0] != '\0');
	FUZZ_EXPECT(utf8_valid(text, strlen(text)));
	for (; *text != '\0'; text++) {
		FUZZ_EXPECT((unsigned char)*text >= ' ' && *text != '\177');
		/* U+2028 to U+202E, U+2066 to U+2069: ends of lines, changes of direction */
		FUZZ_EXPECT(strncmp(text, "\342\200", 2) != 0 || (text[2] & 0xff) < 0xa8 || (text[2] & 0xff) > 0xae);
		FUZZ_EXPECT(strncmp(text, "\342\201", 2) != 0 || (text[2] & 0xff) < 0xa6 || (text[2] & 0xff) > 0xa9);
	}
}

char *
fuzz_string(const void *bytes, size_t len)
{
	char *string = malloc(len + 1);

	FUZZ_EXPECT(string != NULL);
	memcpy(string, bytes, len);
	string[len] = '\0';
	return string;
}

uint32_t
fuzz_crc32(uint32_t seed, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	uint32_t crc = ~seed;

	while (len-- > 0) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (0xedb88320u & (0 - (crc & 1)));
	}
	return ~crc;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	remove(path);
	return 0;
}

/* A child waits for the end of its parent, also for one by kill -9 or by what the fuzzer found. */
const char *
fuzz_folder(void)
{
	static char folder[64];
	int ends[2];
	pid_t child;
	char byte;

	if (folder[0] != '\0')
		return folder;
	snprintf(folder, sizeof folder, "%s/gsasldb-fuzz.XXXXXX",
	    access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp");
	FUZZ_EXPECT(mkdtemp(folder) != NULL && pipe2(ends, O_CLOEXEC) == 0 && (child = fork()) >= 0);
	if (child == 0) {
		setsid();	/* what ends the parent's group is not for the child */
		close(ends[1]);
		while (read(ends[0], &byte, 1) > 0)
			continue;
		nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
		_exit(0);
	}
	close(ends[0]);
	return folder;
}

void
fuzz_write_file(const char *path, const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	FUZZ_EXPECT(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
	close(fd);
}

void *
fuzz_read_file(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *bytes;

	FUZZ_EXPECT(fd >= 0 && fstat(fd, &st) == 0);
	*len = (size_t)st.st_size;
	bytes = malloc(*len + 1);
	FUZZ_EXPECT(bytes != NULL && read(fd, bytes, *len) == (ssize_t)*len);
	close(fd);
	return bytes;
}
