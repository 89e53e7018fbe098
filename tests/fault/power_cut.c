/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * power_cut short|plain|long: what the tools write is recorded, and the power is cut after each of their writes.
 *
 * For each such moment the files are made as they may be on the disk then (disk.h): what was synced is there, of
 * the rest anything or nothing.  Each time the store must open and hold every change that was acknowledged
 * before; of one that was not, all or nothing; the next write must work, and a listing after it must be what
 * was there before and that one change, on both sides alike.  Prints TAP.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "cut.h"
#include "recorder.h"
#include "support.h"
#include "trace.h"

/* How much is tried. */
static const struct form {
	const char *name;
	struct effort effort;
	unsigned step;		/* kills after every step-th call */
	unsigned users;		/* in an import */
} forms[] = {{"short", {4, 10}, 12, 30}, {"plain", {8, 40}, 4, 60}, {"long", {20, 100}, 1, 100}},
    many_users = {"many users", {2, 20}, 1, 1300};	/* more than a writer remembers changes for */

static const struct form *form;
static struct tried total;
static char base[280], output[300], input[300];

/* ---- runs ---- */

static struct recording recording;
static struct run runs[RUNS_MAX];
static unsigned run_count;

/* Starts with an empty folder and users that are named user0, user1, ... */
static void
start_runs(unsigned users)
{
	if (mkdir(base, 0700) != 0)
		bail("%s: %s", base, strerror(errno));
	recording_start(&recording, base);
	run_count = 0;
	promise_users(users);
}

static struct run *
record(const char *what, unsigned kill_after, const char *const argv[])
{
	struct run *run = &runs[run_count];
	struct fault f;
	int code;

	if (run_count++ == RUNS_MAX)
		bail("more than %d runs", RUNS_MAX);
	*run = (struct run){.what = what, .first = recording.count, .from = recording.count};
	code = record_run(&recording, (char *const *)(uintptr_t)argv, input, output, kill_after);
	run->end = recording.count;
	run->acknowledged = code == 0;
	if (code > 0 && code != EX_IOERR)
		bail("%s: exit code %d", what, code);
	if (!set_get(&run->set, &f))
		bail("%s: %s", what, f.text);
	return run;
}

#define RUN(what, kill_after, ...) record(what, kill_after, (const char *const[]){__VA_ARGS__, NULL})

/* The password is new each time, and as long as that. */
static struct run *
set_password(const char *what, unsigned kill_after, const char *options, const char *user)
{
	static unsigned turn;
	FILE *out = fopen(input, "w");

	if (out == NULL)
		bail("%s: %s", input, strerror(errno));
	turn++;
	for (unsigned i = 0; i < 10 + turn * 37 % 300; i++)
		fputc('a' + (int)(turn % 26), out);
	fclose(out);
	return RUN(what, kill_after, built("saslpasswd"), options, "CLEARTEXT", "-f", path, "-u", PROMISE_REALM, user);
}

static struct run *
repair(const char *what, unsigned kill_after)
{
	return RUN(what, kill_after, built("gsasldb"), "init", "-f", path);
}

static void
write_users(unsigned first, unsigned last, char letter)
{
	FILE *out = fopen(input, "w");

	if (out == NULL)
		bail("%s: %s", input, strerror(errno));
	for (unsigned i = first; i < last; i++)
		fprintf(out, "{\"user\":\"user%u\",\"realm\":\"%s\",\"secrets\":{\"CLEARTEXT\":\"%c%0*u\"}}\n", i,
		    PROMISE_REALM, letter, (int)(10 + i * 31 % 120), i);
	fclose(out);
}

static struct run *
import(const char *what, unsigned kill_after, unsigned first, unsigned last, char letter)
{
	write_users(first, last, letter);
	return RUN(what, kill_after, built("gsasldb"), "import", "-f", path, "--replace-realm", PROMISE_REALM);
}

/* Cuts the power in all that was recorded. */
static void
cut_all(const char *what)
{
	struct tried tried;
	unsigned wrong = cut_runs(&recording, runs, run_count, &form->effort, &tried);

	result(wrong == 0, "%s: %zu moments, %zu states", what, tried.moments, tried.states);
	total.moments += tried.moments;
	total.states += tried.states;
	recording_free(&recording);
	if (rmdir(base) != 0)
		bail("%s: %s", base, strerror(errno));
}

/* ---- what is recorded ---- */

static void
not_tried(struct run *run)
{
	run->from = run->end;
}

static void
cut_life(void)
{
	start_runs(4);
	set_password("make the database", 0, "-cm", "user0");
	set_password("a second user", 0, "-cm", "user1");
	set_password("a third user", 0, "-cm", "user2");
	set_password("change", 0, "-m", "user1");
	RUN("delete", 0, built("saslpasswd"), "-d", "-f", path, "-u", PROMISE_REALM, "user0");
	RUN("delete again", 0, built("saslpasswd"), "-d", "--if-exists", "-f", path, "-u", PROMISE_REALM, "user0");
	set_password("make again", 0, "-cm", "user0");
	RUN("compact", 0, built("gsasldb"), "compact", "-f", path);
	set_password("change after compacting", 0, "-m", "user2");
	cut_all("create, change, delete, compact");
}

static void
cut_import(void)
{
	unsigned users = form->users;

	start_runs(users + 10);
	not_tried(set_password("make the database", 0, "-cm", "user0"));
	import("import", 0, 1, users, 'a');
	set_password("change among many", 0, "-m", "user5");
	import("change most, remove some, add some", 0, 5, users + 10, 'b');
	RUN("compact", 0, built("gsasldb"), "compact", "-f", path);
	set_password("change after compacting", 0, "-m", "user6");
	cut_all("imports");
}

static unsigned
calls_of_last_run(void)
{
	return (unsigned)(runs[run_count - 1].end - runs[run_count - 1].first);
}

/* A killed writer, a killed repair of that, and a write. */
static void
cut_repairs(void)
{
	unsigned calls = UINT32_MAX;
	char what[120];

	for (unsigned n = 1; n < calls; n += form->step) {
		start_runs(4);
		not_tried(set_password("make the database", 0, "-cm", "user0"));
		not_tried(set_password("a second user", 0, "-cm", "user1"));
		if (calls == UINT32_MAX) {
			not_tried(set_password("change", 0, "-m", "user0"));
			calls = calls_of_last_run();
		}
		set_password("change, killed", n, "-m", "user0");
		repair("repair, killed", 1 + n % 6);
		set_password("repair and change, killed", 2 + n % 7, "-m", "user1");
		set_password("repair and change", 0, "-m", "user1");
		set_password("change", 0, "-m", "user0");
		snprintf(what, sizeof(what), "a change is killed after call %u of %u, so is its repair, twice", n, calls);
		cut_all(what);
	}
}

/* Many users: the sides are copied in several writes, and an import or a compaction leaves more behind. */
static void
cut_repair_of_import(unsigned kill_after)
{
	char what[120];

	start_runs(form->users);
	not_tried(set_password("make the database", 0, "-cm", "user0"));
	not_tried(import("import", 0, 0, form->users, 'a'));
	not_tried(import("import, killed", kill_after, 0, form->users, 'b'));
	repair("repair, killed", 3);
	set_password("repair and change", 0, "-cm", "user1");
	snprintf(what, sizeof(what), "an import is killed after call %u", kill_after);
	cut_all(what);
}

static void
cut_creation(void)
{
	unsigned calls = 1;
	char what[120];

	for (unsigned n = 1; n <= calls; n += form->step) {
		start_runs(3);
		if (n > 1)
			set_password("make the database, killed", n - 1, "-cm", "user0");
		set_password("make the database", 0, "-cm", "user0");
		if (n == 1)
			calls = calls_of_last_run() + 1;
		set_password("a second user", 0, "-cm", "user1");
		set_password("change", 0, "-m", "user0");
		snprintf(what, sizeof(what), "a creation is killed after call %u of %u", n - 1, calls - 1);
		cut_all(what);
	}
}

static int
file_named(const char *name)
{
	for (unsigned i = 0; i < recording.name_count; i++)
		if (strcmp(recording.names[i].text, name) == 0)
			return recording.names[i].file;
	return NO_FILE;
}

/* The events of a run from its first write to the state on. */
static void
try_from_state(struct run *run)
{
	int state = file_named(".db.state");

	for (; run->from < run->end; run->from++)
		if (recording.events[run->from].kind == EVENT_BYTES && (int)recording.events[run->from].file == state)
			return;
}

/* Somebody overwrites the database with a copy and syncs nothing.  Until a write of ours begins nobody can
 * promise what is there. */
static void
cut_restored(void)
{
	char copy[320], from[340], to[340], *command;

	snprintf(copy, sizeof(copy), "%s/copy", folder);
	snprintf(from, sizeof(from), "if=%s", copy);
	snprintf(to, sizeof(to), "of=%s", path);
	start_runs(30);
	not_tried(set_password("make the database", 0, "-cm", "user0"));
	not_tried(import("import", 0, 0, 20, 'a'));
	if (asprintf(&command, "cp '%s' '%s'", path, copy) < 0 || system(command) != 0)
		bail("%s: cannot be copied", path);
	free(command);
	not_tried(import("import", 0, 5, 28, 'b'));
	not_tried(set_password("change", 0, "-m", "user10"));
	sleep_us(20000);	/* the clock of the file system moves on, so that the copy has another time */
	not_tried(RUN("restore", 0, "/bin/dd", from, to, "bs=4096", "status=none"));
	try_from_state(set_password("change", 0, "-m", "user1"));
	set_password("change", 0, "-m", "user2");
	cut_all("the database was restored, unsynced");
}

/* A file is gone, and nobody has synced that. */
static void
cut_removed(const char *name)
{
	char file[320], what[64];

	snprintf(file, sizeof(file), "%s/%s", base, name);
	start_runs(3);
	not_tried(set_password("make the database", 0, "-cm", "user0"));
	not_tried(set_password("a second user", 0, "-cm", "user1"));
	not_tried(RUN("remove", 0, "/bin/rm", file));
	set_password("change", 0, "-m", "user1");
	set_password("change", 0, "-m", "user0");
	snprintf(what, sizeof(what), "%s was removed", name);
	cut_all(what);
}

/* An import that the system stops at a file size: it undoes what it has done. */
static void
cut_undone(void)
{
	static const char limit[] = "ulimit -f 48; exec \"$0\" import -f \"$1\" \"$2\"";	/* blocks of 512 bytes */

	start_runs(4);
	not_tried(set_password("make the database", 0, "-cm", "user0"));
	not_tried(set_password("a second user", 0, "-cm", "user1"));
	write_users(2, 300, 'a');
	if (RUN("import, undone", 0, "/bin/sh", "-c", limit, built("gsasldb"), path, input)->acknowledged)
		bail("an import that should fail did not");
	set_password("change", 0, "-m", "user1");
	cut_all("an import fails and is undone");
}

static void
cut_everything(void)
{
	snprintf(base, sizeof(base), "%s/d", folder);
	snprintf(path, sizeof(path), "%s/db", base);
	snprintf(input, sizeof(input), "%s/input", folder);
	snprintf(output, sizeof(output), "%s/output", folder);
	cut_life();
	cut_import();
	cut_creation();
	cut_restored();
	cut_removed(".db.twin");
	cut_removed(".db.state");
	cut_undone();
	cut_repairs();
	for (unsigned n = 3; n < 6 * form->users; n += form->users * form->step / 8 + 1)
		cut_repair_of_import(n);
	if (form->step == 1) {
		form = &many_users;
		cut_import();
	}
	printf("# in all: %zu moments, %zu states\n", total.moments, total.states);
}

int
main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(argv[1], forms[i].name) == 0)
			form = &forms[i];
	if (form == NULL) {
		fprintf(stderr, "usage: power_cut short|plain|long\n");
		return 64;
	}
	return trace_or_skip() ? support_run("power_cut", cut_everything) : 0;
}
