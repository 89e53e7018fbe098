/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "format.h"

static enum status
read_sasldb(struct input *in, const struct import_options *o, const struct import_sink *sink, struct fault *f)
{
	(void)in; (void)o; (void)sink; (void)f;
	return ST_OK;
}
const struct import_format import_sasldb = {"sasldb", NULL, read_sasldb};
const struct import_format import_sasldb1 = {"sasldb1", NULL, read_sasldb};
