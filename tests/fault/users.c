/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"
#include "users.h"

#define SHOWN_MAX 20	/* failures that are printed */

struct shared *sh;

void
users_init(void)
{
	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sh == MAP_FAILED)
		bail("mmap");
}

void
complain(const char *format, ...)
{
	va_list ap;

	if (atomic_fetch_add(&sh->failures, 1) >= SHOWN_MAX)
		return;
	fprintf(stderr, "# ");
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void
user_name(struct name *out, unsigned user)
{
	char text[32];

	snprintf(text, sizeof(text), "user%u", user);
	if (name_parse(out, text, REALM, NULL, NULL) != ST_OK)
		bail("name_parse");
}

bool
deleted(uint32_t version)
{
	return version % 3 == 2;
}

size_t
make_value(char out[VALUE_MAX], unsigned user, uint32_t version)
{
	size_t len = (size_t)snprintf(out, VALUE_MAX, "%u %u ", user, version);
	size_t fill = 20 + (user * 7 + version * 13) % 400;

	memset(out + len, 'a' + (int)((user + version) % 26), fill);
	out[len + fill] = '\0';
	return len + fill;
}

bool
version_of(const struct record *r, unsigned user, uint32_t *version)
{
	const char *value = r->secrets[MECH_CLEARTEXT].text;
	char expected[VALUE_MAX];
	unsigned claimed_user;

	if (value == NULL || sscanf(value, "%u %u ", &claimed_user, version) != 2 || claimed_user != user)
		return false;
	make_value(expected, user, *version);
	return strcmp(value, expected) == 0;
}

/* Is there a version between low and high that is deleted (or, if !gone, exactly version)? */
static bool
possible(uint32_t low, uint32_t high, bool gone, uint32_t version)
{
	if (!gone)
		return version >= low && version <= high;
	for (uint32_t v = low; v <= high; v++)
		if (v == 0 || deleted(v))
			return true;
	return false;
}

void
check_lookup(struct store *s, unsigned user)
{
	struct name name;
	struct record r;
	struct fault f = {0};
	enum status status;
	uint32_t low, high, version = 0;

	user_name(&name, user);
	low = atomic_load(&sh->acknowledged[user]);
	status = store_get(s, &name, &r, &f);
	high = atomic_load(&sh->started[user]);
	if (status == ST_OK && !version_of(&r, user, &version))
		complain("user %u: a wrong record", user);
	else if (status != ST_OK && status != ST_NOTFOUND)
		complain("user %u: %s: %s", user, status_text(status), f.text);
	else if (!possible(low, high, status == ST_NOTFOUND, version))
		complain("user %u: version %u%s, but %u was acknowledged and %u started", user, version,
		    status == ST_NOTFOUND ? " (missing)" : "", low, high);
	record_clear(&r);
	atomic_fetch_add(&sh->lookups, 1);
}

void
check_all(const char *when)
{
	struct store *s;
	struct fault f;

	if (store_open(&s, path, &f) != ST_OK) {
		complain("%s: store_open: %s", when, f.text);
		return;
	}
	for (unsigned user = 0; user < USERS; user++)
		check_lookup(s, user);
	store_close(s);
}

/* ---- processes ---- */

pid_t
start(void (*run)(unsigned), unsigned argument)
{
	pid_t pid = fork();

	if (pid < 0)
		bail("fork");
	if (pid == 0) {
		run(argument);
		_exit(0);
	}
	return pid;
}

static void
pause_reader(void)
{
	if (sh->pause_us > 0)
		sleep_us(sh->pause_us);
}

void
run_reader(unsigned seed)
{
	struct store *s;
	struct fault f;

	if (store_open(&s, path, &f) != ST_OK) {
		complain("store_open: %s", f.text);
		return;
	}
	if (seed % 2 == 0)
		store_map(s);
	while (!atomic_load(&sh->stop)) {
		check_lookup(s, (unsigned)rand_r(&seed) % USERS);
		pause_reader();
	}
	store_close(s);
}

void
run_opener(unsigned seed)
{
	struct store *s;
	struct fault f;

	while (!atomic_load(&sh->stop)) {
		if (store_open(&s, path, &f) != ST_OK) {
			complain("store_open: %s", f.text);
			continue;
		}
		check_lookup(s, (unsigned)rand_r(&seed) % USERS);
		store_close(s);
		pause_reader();
	}
}

void
start_readers(pid_t *pid, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		pid[i] = start(run_reader, i + 1);
}

void
reap(pid_t pid, const char *what)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		bail("waitpid");
	if (WIFSIGNALED(status))
		complain("a %s died of signal %d", what, WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		complain("a %s ended with %d", what, WEXITSTATUS(status));
}

void
stop_all(const pid_t *pid, unsigned count, const char *what)
{
	atomic_store(&sh->stop, 1);
	for (unsigned i = 0; i < count; i++)
		reap(pid[i], what);
}
