/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mark: generations, and what a side says of itself.  Knows nothing of the other side or of the state.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checksum.h"
#include "mark.h"
#include "record.h"
#include "text.h"

static const char mark_key[] = "\0mark";
#define KEY_BYTES (sizeof(mark_key) - 1)

#define VERSION_LINE_BYTES 19	/* "gsasldb 1 " and the checksum, as in every record */
#define HEX (2 * sizeof(struct generation))
#define LINE_BYTES (sizeof("mark whole ") - 1 + HEX + 1 + HEX + 1)

/* ---- generations ---- */

bool
generation_same(const struct generation *a, const struct generation *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

enum status
generation_new(struct generation *out, struct fault *f)
{
	if (getentropy(out, sizeof(*out)) != 0)
		return fault_set(f, ST_IO, errno, "no random bytes from the system");
	return ST_OK;
}

/* ---- the value ---- */

bool
mark_is_reserved(const char *key, size_t key_len)
{
	return key_len > 0 && key[0] == '\0';
}

/* The word that stands behind "mark ". */
static const char *
state_word(bool whole)
{
	return whole ? "whole" : "begun";
}

/* Writes our two lines over the first bytes of the value. */
static void
format_mark(struct mark_record *m)
{
	char now[HEX + 1], before[HEX + 1], head[VERSION_LINE_BYTES + LINE_BYTES + 1];
	uint32_t crc;

	if (m->len == 0)
		m->len = VERSION_LINE_BYTES + LINE_BYTES;
	text_hex(now, &m->mark.now, sizeof(m->mark.now));
	text_hex(before, &m->mark.before, sizeof(m->mark.before));
	snprintf(head, sizeof(head), "gsasldb 1 %08x\nmark %s %s %s\n", 0u, state_word(m->mark.whole), now, before);
	memcpy(m->value, head, sizeof(head) - 1);
	crc = checksum(checksum(0, mark_key, KEY_BYTES), "", 1);
	crc = checksum(crc, m->value + VERSION_LINE_BYTES, m->len - VERSION_LINE_BYTES);
	snprintf(head, sizeof(head), "gsasldb 1 %08x\n", crc);
	memcpy(m->value, head, VERSION_LINE_BYTES);
}

/*
 * "begun" becomes "whole" by a write that is not synced and may lie in two sectors: after a power cut the checksum can be
 * that of the other word.  Both say the same of the contents; "begun" promises less.
 */
static bool
is_torn_word(const struct mark_record *m)
{
	struct mark_record other = *m;
	char *word = other.value + VERSION_LINE_BYTES + sizeof("mark ") - 1;
	bool whole = memcmp(word, "whole", 5) == 0;

	if (!whole && memcmp(word, "begun", 5) != 0)
		return false;
	memcpy(word, state_word(!whole), 5);
	return record_is_whole(mark_key, KEY_BYTES, other.value, other.len);
}

static bool
parse_mark(struct mark_record *m)
{
	const char *line = m->value + VERSION_LINE_BYTES, *now = line + sizeof("mark whole ") - 1;
	bool torn;

	if (m->len < VERSION_LINE_BYTES + LINE_BYTES)
		return false;
	torn = !record_is_whole(mark_key, KEY_BYTES, m->value, m->len);
	if (torn && !is_torn_word(m))
		return false;
	m->mark.whole = !torn && strncmp(line, "mark whole ", sizeof("mark whole ") - 1) == 0;
	return (m->mark.whole || torn || strncmp(line, "mark begun ", sizeof("mark begun ") - 1) == 0) &&
	    text_unhex(m->mark.now.bytes, sizeof(m->mark.now), now, HEX) && now[HEX] == ' ' &&
	    text_unhex(m->mark.before.bytes, sizeof(m->mark.before), now + HEX + 1, HEX) &&
	    now[HEX + 1 + HEX] == '\n';
}

/* ---- in the file ---- */

enum status
mark_read(struct mark_record *out, struct side *side, struct fault *f)
{
	enum status status;
	char *value;
	size_t len;

	memset(out, 0, sizeof(*out));
	out->at = -1;
	status = side_fetch_at(side, mark_key, KEY_BYTES, &value, &len, &out->at, f);
	if (status != ST_OK)
		return status;
	if (len <= sizeof(out->value)) {
		memcpy(out->value, value, len);
		out->len = len;
	}
	free(value);
	return parse_mark(out) ? ST_OK : fault_set(f, ST_CORRUPT, 0, "%s: its mark is damaged", side_path(side));
}

/* Where GDBM must find a place for it, or only GDBM knows the place. */
static enum status
store_mark(const struct mark_record *m, int fd, const char *path, struct fault *f)
{
	struct side *side;
	enum status status, finished;

	status = side_open(&side, fd, SIDE_WRITE, path, f);
	if (status != ST_OK)
		return status;
	status = side_store(side, mark_key, KEY_BYTES, m->value, m->len, NULL, f);
	finished = side_finish(side, status == ST_OK ? f : NULL);
	return status == ST_OK ? finished : status;
}

enum status
mark_write(struct mark_record *m, const struct mark *mark, int fd, const char *path, struct fault *f)
{
	ssize_t n;

	m->mark = *mark;
	format_mark(m);
	if (m->at < 0)
		return store_mark(m, fd, path, f);
	do
		n = pwrite(fd, m->value, m->len, m->at);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)m->len ? ST_OK : fault_set(f, ST_IO, n < 0 ? errno : ENOSPC, "%s", path);
}
