/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * logins: what users pay for a lookup or a change, through the real libsasl2, with a new connection for each.
 *
 *   logins --plugins DIR --option "NAME: VALUE" ... --users N --do WHAT --count N [--processes P]
 *          [--rate PER-SECOND] [--seconds S] [--first N]
 *
 * WHAT: checkpass     sasl_checkpass() with the right password
 *       CRAM-MD5, DIGEST-MD5, SCRAM-SHA-256
 *                     a login up to where the secret has been fetched (the response is wrong)
 *       PLAIN         a login with the right password
 *       set           sasl_setpass() of a user
 *       change        the same with a password that is another one each time
 *       load          no login: loads the plugins and opens the store
 * Users are user0 ... in a random order, "set" ones from --first on in theirs.  Without --rate each process goes as
 * fast as it can; with --seconds it stops then, whatever --count says.
 *
 * Prints one line: COUNT FAILED MEAN P50 P99 P99.9 WORST CPU MEMORY (microseconds of one; CPU: user and system,
 * of one; memory: KB of the first process).
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sasl/sasl.h>
#include <sasl/saslutil.h>

#include "timing.h"

#define REALM "example.test"
#define PASSWORD "tuna melt"
#define SAMPLES_MAX (1u << 22)	/* of a process; more are counted in CPU and mean alone */

static struct {
	const char *plugins;
	const char *options[16];	/* "NAME: VALUE" */
	unsigned option_count;
	unsigned users, count, processes, rate, seconds, first;
	const char *what;
} run = {.count = 1000, .processes = 1};

/* What a process has measured; shared with the one that started it. */
struct result {
	unsigned long done, failed;
	double total, cpu;	/* microseconds */
	long memory;		/* KB */
	unsigned samples;
	float sample[SAMPLES_MAX];
};

static double
cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return ((double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec) * 1e6 + (double)u.ru_utime.tv_usec +
	    (double)u.ru_stime.tv_usec;
}

/* What the process holds for itself now. */
static long
memory_kb(void)
{
	char line[256];
	FILE *file = fopen("/proc/self/smaps_rollup", "r");
	long kb, sum = 0;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "Private_Clean: %ld", &kb) == 1 || sscanf(line, "Private_Dirty: %ld", &kb) == 1)
			sum += kb;
	if (file != NULL)
		fclose(file);
	return sum;
}

/* ---- libsasl2 ---- */

static int
get_option(void *context, const char *plugin, const char *option, const char **result, unsigned *len)
{
	(void)context, (void)plugin;
	for (unsigned i = 0; i < run.option_count; i++) {
		size_t n = strlen(option);

		if (strncmp(run.options[i], option, n) == 0 && strncmp(run.options[i] + n, ": ", 2) == 0) {
			*result = run.options[i] + n + 2;
			if (len != NULL)
				*len = (unsigned)strlen(*result);
			return SASL_OK;
		}
	}
	return SASL_FAIL;
}

static int
get_path(void *context, const char **path)
{
	(void)context;
	*path = run.plugins;
	return SASL_OK;
}

static int
ignore_log(void *context, int level, const char *message)
{
	(void)context, (void)level, (void)message;
	return SASL_OK;
}

typedef int callback(void);
static const sasl_callback_t callbacks[] = {
	{SASL_CB_GETOPT, (callback *)(uintptr_t)get_option, NULL},
	{SASL_CB_GETPATH, (callback *)(uintptr_t)get_path, NULL},
	{SASL_CB_LOG, (callback *)(uintptr_t)ignore_log, NULL},
	{SASL_CB_LIST_END, NULL, NULL},
};

static void
start(void)
{
	if (sasl_server_init(callbacks, "gsasldb-bench") != SASL_OK)
		die("sasl_server_init", "failed");
}

/* The client's message that makes the server fetch the secret, with a response that is wrong. */
static int
answer(sasl_conn_t *conn, const char *user, const char *challenge)
{
	const char *out, *nonce, *end;
	unsigned out_len;
	char response[512];

	if (strcmp(run.what, "CRAM-MD5") == 0) {
		snprintf(response, sizeof(response), "%s %032d", user, 0);
	} else {
		nonce = challenge == NULL ? NULL : strstr(challenge, "nonce=\"");
		end = nonce == NULL ? NULL : strchr(nonce + 7, '"');
		if (end == NULL)
			return SASL_FAIL;
		snprintf(response, sizeof(response), "username=\"%s\",realm=\"" REALM "\",%.*s,cnonce=\"0123456789\","
		    "nc=00000001,qop=auth,digest-uri=\"smtp/localhost\",response=%032d,charset=utf-8", user,
		    (int)(end + 1 - nonce), nonce, 0);
	}
	return sasl_server_step(conn, response, (unsigned)strlen(response), &out, &out_len);
}

static bool
log_in(sasl_conn_t *conn, const char *user)
{
	char first[128], challenge[2048];
	const char *out;
	unsigned out_len;
	int code;

	if (strcmp(run.what, "PLAIN") == 0) {
		int len = snprintf(first, sizeof(first), "%c%s%c%s", 0, user, 0, PASSWORD);

		return sasl_server_start(conn, run.what, first, (unsigned)len, &out, &out_len) == SASL_OK;
	}
	if (strcmp(run.what, "SCRAM-SHA-256") == 0) {
		snprintf(first, sizeof(first), "n,,n=%s,r=0123456789abcdef", user);
		return sasl_server_start(conn, run.what, first, (unsigned)strlen(first), &out, &out_len) ==
		    SASL_CONTINUE;
	}
	code = sasl_server_start(conn, run.what, NULL, 0, &out, &out_len);
	if (code != SASL_CONTINUE)
		return false;
	snprintf(challenge, sizeof(challenge), "%.*s", (int)out_len, out);
	return answer(conn, user, challenge) == SASL_BADAUTH;
}

static bool
is_write(void)
{
	return strcmp(run.what, "set") == 0 || strcmp(run.what, "change") == 0;
}

static bool
set_password(sasl_conn_t *conn, const char *user)
{
	static unsigned changes;
	char password[64] = PASSWORD;

	if (strcmp(run.what, "change") == 0)
		snprintf(password, sizeof(password), PASSWORD "%u-%ld", changes++, (long)getpid());
	return sasl_setpass(conn, user, password, (unsigned)strlen(password), NULL, 0, SASL_SET_CREATE) == SASL_OK;
}

/* One login or change.  False: it failed. */
static bool
once(unsigned number)
{
	sasl_conn_t *conn = NULL;
	char user[32];
	bool good;
	int len;

	len = snprintf(user, sizeof(user), "user%u", number);
	if (sasl_server_new("smtp", "localhost", REALM, NULL, NULL, NULL, 0, &conn) != SASL_OK)
		return false;
	if (strcmp(run.what, "checkpass") == 0)
		good = sasl_checkpass(conn, user, (unsigned)len, PASSWORD, sizeof(PASSWORD) - 1) == SASL_OK;
	else if (is_write())
		good = set_password(conn, user);
	else
		good = log_in(conn, user);
	sasl_dispose(&conn);
	return good;
}

/* ---- a process ---- */

static void
wait_until(double when)
{
	double left = when - now_us();
	struct timespec t = {.tv_sec = (time_t)(left / 1e6), .tv_nsec = (long)((left - (double)(time_t)(left / 1e6) * 1e6) * 1e3)};

	if (left > 0)
		nanosleep(&t, NULL);
}

static void
measure(struct result *r, unsigned seed)
{
	bool set = is_write();
	double begin, end, first, cpu;

	for (unsigned i = 0; !set && i < 50; i++)	/* caches, and what a first lookup opens */
		once((unsigned)rand_r(&seed) % run.users);
	cpu = cpu_us();
	first = now_us();
	for (unsigned i = 0; i < run.count; i++) {
		if (run.rate != 0)
			wait_until(first + i * 1e6 / run.rate);
		begin = now_us();
		if (run.seconds != 0 && begin - first > run.seconds * 1e6)
			break;
		r->failed += !once(set ? run.first + i : (unsigned)rand_r(&seed) % run.users);
		end = now_us();
		r->total += end - begin;
		r->done++;
		if (r->samples < SAMPLES_MAX)
			r->sample[r->samples++] = (float)(end - begin);
	}
	r->cpu = cpu_us() - cpu;
	r->memory = memory_kb();
}

static void
measure_load(struct result *r)
{
	double begin;

	for (unsigned i = 0; i < run.count; i++) {
		begin = now_us();
		start();
		r->sample[r->samples++] = (float)(now_us() - begin);
		r->total += r->sample[i];
		r->done++;
		sasl_server_done();
	}
}

static int
by_size(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

static void
print(struct result *all)
{
	unsigned long done = 0, failed = 0;
	unsigned samples = 0;
	double total = 0, cpu = 0;
	float *sorted;

	for (unsigned p = 0; p < run.processes; p++)
		samples += all[p].samples;
	sorted = malloc((samples + 1) * sizeof(*sorted));
	if (sorted == NULL || samples == 0)
		die("results", "there are none");
	samples = 0;
	for (unsigned p = 0; p < run.processes; p++) {
		done += all[p].done, failed += all[p].failed, total += all[p].total, cpu += all[p].cpu;
		memcpy(sorted + samples, all[p].sample, all[p].samples * sizeof(*sorted));
		samples += all[p].samples;
	}
	qsort(sorted, samples, sizeof(*sorted), by_size);
	printf("%lu %lu %.2f %.2f %.2f %.2f %.2f %.2f %ld\n", done, failed, total / (double)done,
	    (double)sorted[samples / 2], (double)sorted[samples / 100 * 99 + samples % 100 * 99 / 100],
	    (double)sorted[(unsigned)((double)samples * 0.999)], (double)sorted[samples - 1], cpu / (double)done,
	    all[0].memory);
	free(sorted);
}

static void
read_arguments(int argc, char **argv)
{
	static const struct option options[] = {
		{"plugins", required_argument, NULL, 'p'}, {"option", required_argument, NULL, 'o'},
		{"users", required_argument, NULL, 'u'}, {"do", required_argument, NULL, 'd'},
		{"count", required_argument, NULL, 'c'}, {"processes", required_argument, NULL, 'j'},
		{"rate", required_argument, NULL, 'r'}, {"seconds", required_argument, NULL, 's'},
		{"first", required_argument, NULL, 'f'}, {0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		unsigned number = optarg != NULL ? (unsigned)strtoul(optarg, NULL, 10) : 0;

		switch (c) {
		case 'p': run.plugins = optarg; break;
		case 'o':
			if (run.option_count < sizeof(run.options) / sizeof(run.options[0]))
				run.options[run.option_count++] = optarg;
			break;
		case 'u': run.users = number; break;
		case 'd': run.what = optarg; break;
		case 'c': run.count = number; break;
		case 'j': run.processes = number; break;
		case 'r': run.rate = number; break;
		case 's': run.seconds = number; break;
		case 'f': run.first = number; break;
		default: exit(64);
		}
	}
	if (optind != argc || run.plugins == NULL || run.what == NULL || run.users == 0 || run.count == 0 ||
	    run.processes == 0)
		die("usage", "see the top of bench/logins.c");
}

int
main(int argc, char **argv)
{
	struct result *all;
	int status;
	bool bad = false;

	read_arguments(argc, argv);
	all = mmap(NULL, run.processes * sizeof(*all), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (all == MAP_FAILED)
		die("memory", "there is not enough");
	for (unsigned p = 0; p < run.processes; p++)
		if (fork() == 0) {
			if (strcmp(run.what, "load") == 0) {
				measure_load(&all[p]);
			} else {
				start();
				measure(&all[p], p + 1);
			}
			_exit(0);
		}
	while (wait(&status) > 0)
		bad |= status != 0;
	if (bad)
		die("a process", "crashed");
	print(all);
	return 0;
}
