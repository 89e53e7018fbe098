/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spool: AES-256 in counter mode, the counter being the place in the file in blocks: nothing is ever written
 * twice to one place, so no counter is used twice.  Nothing protects against changes; nobody else has the file.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spool.h"

#define BLOCK 16
#define CHUNK 1048576			/* what is written at once */
#define BUFFER (CHUNK + SPOOL_ITEM_MAX + 2 * BLOCK)
#define READ_AHEAD 1024			/* most items are shorter */
#define KEY_BYTES 32

/* An item is its length (4 bytes), its bytes, and zeros up to the next block. */
struct spool {
	int fd;			/* -1: nothing was written yet */
	uint64_t written;	/* bytes in the file; where the buffer begins */
	size_t used;		/* of the buffer */
	char *buffer;		/* the end of the spool, readable */
	char *item;		/* what was read last */
	EVP_CIPHER_CTX *cipher;	/* with the key */
};

static enum status
no_crypto(struct fault *f)
{
	return fault_set(f, ST_IO, 0, "temporary file: libcrypto does not encrypt");
}

static enum status
set_key(struct spool *s, struct fault *f)
{
	unsigned char key[KEY_BYTES];
	enum status status = ST_OK;

	if (getentropy(key, sizeof(key)) != 0)
		return fault_set(f, ST_IO, errno, "random bytes");
	if (EVP_EncryptInit_ex2(s->cipher, EVP_aes_256_ctr(), key, NULL, NULL) != 1)
		status = no_crypto(f);
	explicit_bzero(key, sizeof(key));
	return status;
}

enum status
spool_open(struct spool **out, struct fault *f)
{
	struct spool *s = calloc(1, sizeof(*s));
	enum status status;

	*out = NULL;
	if (s == NULL)
		return fault_set(f, ST_NOMEM, 0, "out of memory");
	s->fd = -1;
	s->buffer = malloc(BUFFER);
	s->item = malloc(BUFFER);
	s->cipher = EVP_CIPHER_CTX_new();
	if (s->buffer == NULL || s->item == NULL || s->cipher == NULL)
		status = fault_set(f, ST_NOMEM, 0, "out of memory");
	else
		status = set_key(s, f);
	if (status != ST_OK) {
		spool_close(s);
		return status;
	}
	*out = s;
	return ST_OK;
}

static void
wipe(char *buffer)
{
	if (buffer != NULL)
		explicit_bzero(buffer, BUFFER);
	free(buffer);
}

void
spool_close(struct spool *s)
{
	if (s == NULL)
		return;
	wipe(s->buffer);
	wipe(s->item);
	EVP_CIPHER_CTX_free(s->cipher);	/* wipes the key */
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

/* Encrypts or decrypts, which is the same, len bytes of place at, in place. */
static enum status
crypt_at(struct spool *s, uint64_t at, char *data, size_t len, struct fault *f)
{
	unsigned char counter[BLOCK] = {0};
	uint64_t block = at / BLOCK;
	int done;

	for (int i = 0; i < 8; i++)
		counter[BLOCK - 1 - i] = (unsigned char)(block >> (8 * i));
	if (EVP_EncryptInit_ex2(s->cipher, NULL, NULL, counter, NULL) != 1 ||
	    EVP_EncryptUpdate(s->cipher, (unsigned char *)data, &done, (unsigned char *)data, (int)len) != 1 ||
	    (size_t)done != len)
		return no_crypto(f);
	return ST_OK;
}

static enum status
make_file(struct spool *s, struct fault *f)
{
	const char *dir = secure_getenv("TMPDIR");
	char *path;

	if (dir == NULL || *dir == '\0')
		dir = "/tmp";
	s->fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (s->fd >= 0)
		return ST_OK;
	if (asprintf(&path, "%s/gsasldb.XXXXXX", dir) < 0)
		return fault_set(f, ST_NOMEM, 0, "out of memory");
	s->fd = mkostemp(path, O_CLOEXEC);
	if (s->fd >= 0)
		unlink(path);
	else
		fault_set(f, ST_IO, errno, "%s: no temporary file can be made (TMPDIR chooses another place)", dir);
	free(path);
	return s->fd >= 0 ? ST_OK : ST_IO;
}

/* Writes the buffer out. */
static enum status
flush(struct spool *s, struct fault *f)
{
	enum status status = s->fd >= 0 ? ST_OK : make_file(s, f);
	size_t done = 0;

	if (status == ST_OK)
		status = crypt_at(s, s->written, s->buffer, s->used, f);
	while (status == ST_OK && done < s->used) {
		ssize_t n = pwrite(s->fd, s->buffer + done, s->used - done, (off_t)(s->written + done));

		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			status = fault_set(f, ST_IO, n == 0 ? ENOSPC : errno,
			    "temporary file: cannot be written (TMPDIR chooses another place)");
	}
	s->written += s->used;
	s->used = 0;
	return status;
}

enum status
spool_append_parts(struct spool *s, const struct iovec *parts, size_t count, uint64_t *at, struct fault *f)
{
	char *place = s->buffer + s->used, *end = place + sizeof(uint32_t);
	size_t len = 0, whole;
	uint32_t size;

	for (size_t i = 0; i < count; i++)
		len += parts[i].iov_len;
	if (len > SPOOL_ITEM_MAX)
		return fault_set(f, ST_TOOBIG, 0, "temporary file: an item of %zu bytes", len);
	*at = s->written + s->used;
	size = (uint32_t)len;
	whole = (sizeof(size) + len + BLOCK - 1) / BLOCK * BLOCK;
	memset(place + whole - BLOCK, 0, BLOCK);
	memcpy(place, &size, sizeof(size));
	for (size_t i = 0; i < count; i++)
		end = mempcpy(end, parts[i].iov_base, parts[i].iov_len);
	s->used += whole;
	return s->used >= CHUNK ? flush(s, f) : ST_OK;
}

enum status
spool_append(struct spool *s, const void *data, size_t len, uint64_t *at, struct fault *f)
{
	const struct iovec part = {(void *)(uintptr_t)data, len};

	return spool_append_parts(s, &part, 1, at, f);
}

/* len bytes of place at, all of them in the file, into s->item. */
static enum status
read_file(struct spool *s, uint64_t at, size_t len, struct fault *f)
{
	size_t done = 0;

	if (at + len > s->written)
		return fault_set(f, ST_IO, 0, "temporary file: is cut off");
	while (done < len) {
		ssize_t n = pread(s->fd, s->item + done, len - done, (off_t)(at + done));

		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			return fault_set(f, ST_IO, n == 0 ? 0 : errno, "temporary file: cannot be read");
	}
	return crypt_at(s, at, s->item, len, f);
}

enum status
spool_read(struct spool *s, uint64_t at, const char **data, size_t *len, struct fault *f)
{
	const char *place = s->item;
	enum status status = ST_OK;
	size_t there = READ_AHEAD;
	uint32_t size;

	if (at >= s->written)
		place = s->buffer + (at - s->written);
	else {
		if (s->written - at < there)
			there = (size_t)(s->written - at);
		status = read_file(s, at, there, f);
	}
	if (status != ST_OK)
		return status;
	memcpy(&size, place, sizeof(size));
	if (place == s->item && sizeof(size) + size > there)
		status = size <= SPOOL_ITEM_MAX ? read_file(s, at, sizeof(size) + size, f)
		    : fault_set(f, ST_IO, 0, "temporary file: is damaged");
	*data = place + sizeof(size);
	*len = size;
	return status;
}
