/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stress: readers beside a writer that runs flat out, or whose files somebody tampers with.
 *
 *   stress write SECONDS    8 processes look up while one writes: no failed, missing or wrong lookup
 *   stress tamper ROUNDS    the three files are removed, renamed, overwritten and restored under readers:
 *                           nobody crashes, nobody gets a wrong value, the change is followed in two seconds
 *
 * users.h says how a wrong value is known.  Prints TAP.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../txn.h"
#include "support.h"
#include "users.h"

/* ---- one write ---- */

static enum status
write_version(unsigned user, uint32_t version, struct fault *f)
{
	const struct store_write_options options = {.create = true, .wait = 60};
	struct store_txn *t;
	struct record r;
	struct name name;
	char value[VALUE_MAX];
	enum status status;

	user_name(&name, user);
	status = store_begin(&t, path, &options, f);
	if (status != ST_OK)
		return status;
	if (deleted(version)) {
		status = store_txn_delete(t, &name, f);
	} else {
		record_init(&r, &name, 1);
		make_value(value, user, version);
		r.secrets[MECH_CLEARTEXT].text = strdup(value);
		status = store_txn_put(t, &r, f);
		record_clear(&r);
	}
	return txn_end(t, status, f);
}

static void
run_writer(unsigned seed)
{
	struct fault f = {0};
	unsigned user;
	uint32_t version;

	while (!atomic_load(&sh->stop)) {
		user = (unsigned)rand_r(&seed) % USERS;
		version = atomic_load(&sh->started[user]) + 1;
		atomic_store(&sh->started[user], version);
		if (write_version(user, version, &f) != ST_OK) {
			complain("write: %s", f.text);
			return;
		}
		atomic_store(&sh->acknowledged[user], version);
		atomic_fetch_add(&sh->writes, 1);
	}
}

static void
fill(void)
{
	struct fault f;

	for (unsigned user = 0; user < USERS; user++) {
		atomic_store(&sh->started[user], 1);
		if (write_version(user, 1, &f) != ST_OK)
			bail("fill: %s", f.text);
		atomic_store(&sh->acknowledged[user], 1);
	}
}

/* ---- the modes ---- */

static void
mode_write(unsigned seconds)
{
	pid_t readers[READERS], others[2];

	fill();
	start_readers(readers, READERS);
	others[0] = start(run_writer, 99);
	others[1] = start(run_opener, 98);
	sleep_us(seconds * 1000000L);
	stop_all(others, 2, "writer or opener");
	stop_all(readers, READERS, "reader");
	check_all("at the end");
	printf("# %lu lookups beside %lu writes\n", (unsigned long)sh->lookups, (unsigned long)sh->writes);
	result(sh->failures == 0, "%d readers beside a flat-out writer: no failed, missing or wrong lookup",
	    READERS);
	result(sh->writes > 0 && sh->lookups > sh->writes, "both got on");
}

/* ---- tampering: all users have the same version at one time ---- */

static void
run_tamper_reader(unsigned seed)
{
	struct store *s = NULL;
	struct name name;
	struct record r;
	struct fault f;
	enum status status;
	uint32_t version;
	unsigned user;

	while (!atomic_load(&sh->stop)) {
		if (s == NULL && store_open(&s, path, &f) != ST_OK)
			continue;
		user = (unsigned)rand_r(&seed) % USERS;
		user_name(&name, user);
		status = store_get(s, &name, &r, &f);
		if (status == ST_OK && !version_of(&r, user, &version))
			complain("user %u: a wrong record", user);
		atomic_fetch_add(status == ST_OK ? &sh->lookups : status == ST_NOTFOUND ? &sh->missing
		    : &sh->errors, 1);
		record_clear(&r);
	}
	store_close(s);
}

static void
write_all_users(uint32_t version)
{
	struct fault f;

	/* never a deleted version: 1, 3, 4, 6, 7, ... */
	for (unsigned user = 0; user < USERS; user += 20)
		if (write_version(user, version, &f) != ST_OK)
			complain("write of version %u: %s", version, f.text);
}

/* How long until a long-lived reader sees version for the users that change? */
static int64_t
time_to_follow(struct store *s, uint32_t wanted)
{
	int64_t begun = now_us();
	struct name name;
	struct record r;
	uint32_t version = 0;
	bool seen;

	user_name(&name, 20);
	do {
		seen = store_get(s, &name, &r, NULL) == ST_OK && version_of(&r, 20, &version) &&
		    version == wanted;
		record_clear(&r);
		if (seen)
			return (now_us() - begun) / 1000;
		sleep_us(1000);
	} while (now_us() < begun + 4000000);
	return -1;
}

static void
shell(const char *command)
{
	char whole[1024];

	snprintf(whole, sizeof(whole), "cd %s && T=.db.twin S=.db.state && { %s; }", folder, command);
	if (system(whole) != 0)
		complain("failed: %s", command);
}

static void
mode_tamper(unsigned rounds)
{
	/* old: what was saved at version 1; now: version 3.  Then each case, and what must be seen. */
	static const struct {
		const char *what, *command;
		uint32_t seen;
	} cases[] = {
		{"the database restored by cp", "cp old/db db", 1},
		{"the database restored by cp -p", "cp -p old/db db", 1},
		{"the database replaced by rename", "cp old/db n && mv n db", 1},
		{"the database removed and copied", "rm db && cp old/db db", 1},
		{"the twin overwritten by cp", "cp old/$T $T", 3},
		{"the twin overwritten by cp -p", "cp -p old/$T $T", 3},
		{"the twin replaced by rename", "cp old/$T n && mv n $T", 3},
		{"the twin removed", "rm $T", 3},
		{"the twin truncated", ": > $T", 3},
		{"the twin scrambled", "head -c 40000 /dev/urandom > $T", 3},
		{"the state overwritten by cp", "cp old/$S $S", 3},
		{"the state replaced by rename", "cp old/$S n && mv n $S", 3},
		{"the state removed", "rm $S", 3},
		{"the state truncated", ": > $S", 3},
		{"the state scrambled", "head -c 80 /dev/urandom > $S", 3},
		{"both companions removed", "rm $T $S", 3},
		{"all three restored by cp -a", "cp -a old/. .", 1},
		{"all three replaced", "rm db $T $S && cp -a old/. .", 1},
		{"the database scrambled", "head -c 40000 /dev/urandom > db", 3},
		{"the database truncated", ": > db", 3},
	};
	pid_t readers[READERS];
	struct store *s;
	struct fault f;
	int64_t took;

	atomic_store(&sh->stop, 0);
	fill();
	write_all_users(1);
	shell("mkdir old && cp -p db $T $S old");
	for (unsigned i = 0; i < READERS; i++)
		readers[i] = start(run_tamper_reader, i + 1);
	for (unsigned round = 0; round < rounds; round++)
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			unsigned before = sh->failures;
			shell("rm -f db $T $S && cp -p old/* old/.db* .");
			write_all_users(3);
			if (store_open(&s, path, &f) != ST_OK)
				bail("store_open: %s", f.text);
			took = time_to_follow(s, 3);
			shell(cases[i].command);
			took = time_to_follow(s, cases[i].seen);
			/* twice: a value that was right before must stay right */
			sleep_us(cases[i].seen == 3 ? 1500000 : 0);
			if (took >= 0 && cases[i].seen == 3)
				took = time_to_follow(s, 3);
			result(took >= 0 && took <= 2000 && sh->failures == before,
			    "%s: followed (%ld ms)", cases[i].what, (long)took);
			store_close(s);
		}
	stop_all(readers, READERS, "reader");
	printf("# %lu right answers, %lu missing, %lu errors\n", (unsigned long)sh->lookups,
	    (unsigned long)sh->missing, (unsigned long)sh->errors);
	result(sh->failures == 0, "%d spinning readers: no crash, no wrong value", READERS);
}

static const char *mode;
static unsigned amount;

static void
run_mode(void)
{
	users_init();
	if (strcmp(mode, "write") == 0)
		mode_write(amount);
	else
		mode_tamper(amount);
}

int
main(int argc, char **argv)
{
	mode = argc == 3 ? argv[1] : "";
	amount = argc == 3 ? (unsigned)atoi(argv[2]) : 0;
	if (amount == 0 || (strcmp(mode, "write") != 0 && strcmp(mode, "tamper") != 0)) {
		fprintf(stderr, "usage: stress write SECONDS | tamper ROUNDS\n");
		return 64;
	}
	return support_run("stress", run_mode);
}
