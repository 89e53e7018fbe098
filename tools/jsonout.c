/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON on standard output.  Knows no option and no database.
 */
#include "config.h"

#include "jsonout.h"
#include "text.h"

enum status
jsonout_line(FILE *out, json_t *o, struct fault *f)
{
	int bad = o == NULL ? -1 : json_dumpf(o, out, JSON_COMPACT);

	json_decref(o);
	/* a stream that fails shows it by ferror() */
	if (bad != 0 && !ferror(out))
		return fault_set(f, ST_NOMEM, 0, "out of memory");
	fputc('\n', out);
	return ST_OK;
}

json_t *
jsonout_time(int64_t seconds)
{
	char text[TEXT_TIME_SIZE];

	if (seconds == 0)
		return json_null();
	text_time(text, seconds);
	return json_string(text);
}
