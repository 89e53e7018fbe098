/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memory: an auxprop plugin of the benchmark that has the same secrets for everybody and looks nothing up: what
 * a lookup costs is the difference to it.  Its option "memory_readable: yes" makes it hand out the password, as
 * the stock sasldb does, and not the secrets made of it.  The password is "tuna melt"; made with hashlib.
 */
#include <string.h>
#include <strings.h>

#include <sasl/sasl.h>
#include <sasl/saslplug.h>
#include <sasl/prop.h>

#define SCRAM_SHA_256 "SCRAM-SHA-256$10000:MDEyMzQ1Njc4OWFiY2RlZg==" \
	"$d+6qVXzHqq3jNCbm1ToBEtzBz5KlZ3BxNjij/KvEpjk=:EQ8J/Qz54lV/qT2+rLLP7bo0ghCJACmlLIfRbmB64T0="

static const struct secret {
	const char *property, *value;
	int len;
} readable[] = {
	{"userPassword", "tuna melt", 9},
	{0},
}, hashed[] = {
	/* salt, NUL, md5(salt "sasldb" password) */
	{"cmusaslsecretPLAIN", "0123456789abcdef\0g \014\264\336$\357\372-x~`\351R\270F", 33},
	{"cmusaslsecretCRAM-MD5", "0123456789abcdef0123456789abcdef", 32},
	{"cmusaslsecretDIGEST-MD5", "0123456789abcdef", 16},
	{"authPassword", SCRAM_SHA_256, sizeof(SCRAM_SHA_256) - 1},
	{0},
};
static const struct secret *secrets;

static int
look_up(void *context, sasl_server_params_t *sparams, unsigned flags, const char *user, unsigned user_len)
{
	const struct propval *p;

	(void)context, (void)user, (void)user_len;
	if (flags & SASL_AUXPROP_AUTHZID)
		return SASL_OK;
	for (p = sparams->utils->prop_get(sparams->propctx); p->name != NULL; p++)
		for (const struct secret *s = secrets; s->property != NULL; s++)
			if (p->name[0] == '*' && strcasecmp(p->name + 1, s->property) == 0)
				sparams->utils->prop_set(sparams->propctx, p->name, s->value, s->len);
	return SASL_OK;
}

int sasl_auxprop_plug_init(const sasl_utils_t *utils, int max_version, int *version, sasl_auxprop_plug_t **plug,
    const char *name) __attribute__((visibility("default")));

int
sasl_auxprop_plug_init(const sasl_utils_t *utils, int max_version, int *version, sasl_auxprop_plug_t **plug,
    const char *name)
{
	static char own_name[] = "memory";
	static sasl_auxprop_plug_t memory = {.auxprop_lookup = look_up, .name = own_name};
	const char *choice = NULL;

	(void)name;
	if (max_version < SASL_AUXPROP_PLUG_VERSION)
		return SASL_BADVERS;
	utils->getopt(utils->getopt_context, NULL, "memory_readable", &choice, NULL);
	secrets = choice != NULL && strcmp(choice, "yes") == 0 ? readable : hashed;
	*version = SASL_AUXPROP_PLUG_VERSION;
	*plug = &memory;
	return SASL_OK;
}
