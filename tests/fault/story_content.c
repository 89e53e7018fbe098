/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "story_model.h"

const char *
version_words(int version)
{
	static char texts[8][32];
	static unsigned next;
	char *text = texts[next++ % 8];

	if (version == VERSION_NONE)
		return "not there";
	if (version == VERSION_BACKUP || version == VERSION_START)
		return version == VERSION_BACKUP ? "as in the backup" : "as at the beginning";
	if (version < 0)
		return "what nobody wrote";
	snprintf(text, sizeof(texts[0]), "%s by act %d", version < VERSION_BY_HAND ? "written" : "edited",
	    version % 10 + 1);
	return text;
}

void
content_change(struct content *c, struct change change)
{
	switch (change.what) {
	case CHANGE_WRITE:
		c->version[USER_PAIR] = c->version[USER_OTHER] = VERSION_WRITTEN + change.act;
		break;
	case CHANGE_DELETE:
		c->version[USER_VICTIM + change.act] = VERSION_NONE;
		break;
	case CHANGE_BY_HAND:
		c->version[USER_BY_HAND] = VERSION_BY_HAND + change.act;
		break;
	case CHANGE_NOTHING:
		break;
	}
}

struct content
content_backup(void)
{
	struct content c;

	for (int user = 0; user < USERS; user++)
		c.version[user] = user == USER_ADDED ? VERSION_NONE : VERSION_BACKUP;
	return c;
}

struct content
content_start(void)
{
	struct content c = content_backup();

	c.version[USER_PAIR] = c.version[USER_OTHER] = c.version[USER_ADDED] = VERSION_START;
	c.version[USER_REMOVED] = VERSION_NONE;
	return c;
}

bool
content_same(const struct content *a, const struct content *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}
