/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unfinished short|long: a write that was killed and never acknowledged meets a copy of the folder, or files that
 * are touched or removed; then one more change is made.
 *
 * After that the database holds the old set or the new one, whole, and that change: in the tools' eyes, in a fresh
 * reader's, in one's that has run all the time, and in the database file alone.  Before it nobody sees what the
 * unfinished write did.  What may be there is computed (sets.h) and
 * not asked of the store.  Prints TAP.
 */
#include <config.h>

#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sets.h"
#include "support.h"
#include "trace.h"

#define POINTS 28		/* kills of one write */
#define FIRST 8			/* of them after its first changes, */
#define LAST 10			/* after its last ones, and the others between */
#define WORKERS 4
#define FOLLOW_US 2000000
#define TOOL_US 60000000
#define SHOWN_MAX 2		/* words for each way and write */

static const char *const write_names[WRITES] = {"an import of everybody", "an import of some", "saslpasswd"};

/* ---- a worker's files ---- */

static char work[300], output[320], db[340];

static void
place_db(const char *sub)
{
	snprintf(db, sizeof(db), "%s/%s/db", work, sub);
}

/* ---- what is done to the files of an unfinished write ---- */

static const struct way {
	const char *what, *command;	/* in the folder; ../e is another */
	bool copies;			/* to it, which is used from then on */
	bool may_refuse;		/* there may be no whole side, or none that may be used */
} ways[] = {
	{"its folder copied by cp -a", "cp -a . ../e", true, false},
	{"its folder copied by cp -r", "cp -r . ../e", true, false},
	{"its folder copied by tar", "mkdir ../e && tar cf - . | tar xf - -C ../e", true, false},
	{"its folder copied as hard links", "cp -al . ../e", true, true},
	{"nothing else", ":", false, false},
	{"its twin touched", "touch .db.twin", false, false},
	{"its state removed", "rm .db.state", false, false},
	{"its twin removed", "rm .db.twin", false, true},
	{"its folder unpacked over itself by tar", "tar cf ../t . && tar xf ../t && rm ../t", false, false},
	{"its files overwritten by tar", "tar cf ../t . && tar --overwrite -xf ../t && rm ../t", false, false},
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

static struct results {
	_Atomic unsigned next;		/* job */
	struct {
		_Atomic unsigned tried, unkilled, before, after, shown;
	} of[WRITES][WAYS];
} *results;

static struct job {
	enum write write;
	unsigned changes;
} jobs[WRITES * POINTS];
static unsigned job_count;

static void
complain(const struct job *j, size_t way, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void
complain(const struct job *j, size_t way, const char *format, ...)
{
	char words[700];
	va_list ap;

	if (results->of[j->write][way].shown++ >= SHOWN_MAX)
		return;
	va_start(ap, format);
	vsnprintf(words, sizeof(words), format, ap);
	va_end(ap);
	printf("# %s killed after %u changes, %s: %s\n", write_names[j->write], j->changes, ways[way].what, words);
	fflush(stdout);
}

static void
shell(const char *sub, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* In a folder of the worker. */
static void
shell(const char *sub, const char *format, ...)
{
	char command[1024];
	int len = snprintf(command, sizeof(command), "cd '%s/%s' && ", work, sub);
	va_list ap;

	va_start(ap, format);
	vsnprintf(command + len, sizeof(command) - (size_t)len, format, ap);
	va_end(ap);
	if (system(command) != 0)
		bail("failed: %s", command);
}

/* ---- the next change ---- */

/* One user more.  False: refused. */
static bool
change_next(char words[200])
{
	char *const argv[] = {built("saslpasswd"), WORD("-c"), WORD("-m"), WORD("CLEARTEXT"), WORD("-u"),
	    WORD(SET_REALM), WORD("-f"), db, WORD("extra"), NULL};
	char input[300];

	snprintf(input, sizeof(input), "%s/extra", folder);
	if (run_tool(input, output, argv) == 0)
		return true;
	first_line(output, words, 200);
	return false;
}

/* The whole: what the tools, a fresh reader and one that has run all the time (NULL: there is none) see. */
static bool
check_after(const struct job *j, size_t way, struct store *running, enum set_kind before)
{
	struct set now, other;
	int64_t end = now_us() + FOLLOW_US;

	set_read_export(&now, db, output);
	if (set_kind(&now, j->write) > SET_NEW || !now.extra) {
		complain(j, way, "after the next change: %s", set_words(&now, j->write));
		return false;
	}
	if (before <= SET_NEW && before != set_kind(&now, j->write))
		return complain(j, way, "the next change turns the one set into the other"), false;
	if (!set_is_listed(&now, db, output))
		return complain(j, way, "the listing names other users than the export"), false;
	set_read_fresh(&other, db);
	if (memcmp(&other, &now, sizeof(now)) != 0)
		return complain(j, way, "a fresh reader: %s", set_words(&other, j->write)), false;
	while (running != NULL && (set_read(&other, running), memcmp(&other, &now, sizeof(now)) != 0))
		if (now_us() > end)
			return complain(j, way, "a running reader: %s", set_words(&other, j->write)), false;
		else
			sleep_us(50000);
	shell("", "rm -f '%s/'.db.*", strrchr(db, '/')[-1] == 'e' ? "e" : "d");
	set_read_export(&other, db, output);
	if (memcmp(&other, &now, sizeof(now)) != 0)
		return complain(j, way, "the database file alone: %s", set_words(&other, j->write)), false;
	return true;
}

/* Nothing was done, and that was said: then nothing may have become of the database but what was there. */
static bool
check_refused(const struct job *j, size_t way, const char *words)
{
	struct set now;

	if (!ways[way].may_refuse) {
		complain(j, way, "the next change: %s", words);
		return false;
	}
	set_read_export(&now, db, output);
	if (set_kind(&now, j->write) != SET_MIXTURE && !now.extra)
		return true;
	complain(j, way, "after the next change was refused: %s", set_words(&now, j->write));
	return false;
}

static void
judge(const struct job *j, size_t way, struct store *running)
{
	struct set before;
	char words[200];
	enum set_kind kind;
	bool good;

	results->of[j->write][way].tried++;
	set_read_fresh(&before, db);
	kind = set_kind(&before, j->write);
	if (kind == SET_MIXTURE || before.extra || (kind == SET_NONE && !ways[way].may_refuse)) {
		results->of[j->write][way].before++;
		complain(j, way, "a reader before the next change: %s", set_words(&before, j->write));
	}
	if (change_next(words))
		good = check_after(j, way, running, kind);
	else
		good = check_refused(j, way, words);
	/* the other names are gone, and with them the reason to refuse */
	if (good && ways[way].copies && ways[way].may_refuse && access(db, F_OK) == 0) {
		place_db("d");
		if (access(db, F_OK) == 0)
			shell("", "rm -rf '%s'", "d");
		place_db("e");
		if (change_next(words))
			good = check_after(j, way, NULL, kind);
		else
			complain(j, way, "and with one name again: %s", words), good = false;
	}
	results->of[j->write][way].after += !good;
}

/* ---- the kills ---- */

static void
start_write(struct trace *t, enum write write)
{
	char input[300], place[340];
	char *const import_all[] = {built("gsasldb"), WORD("import"), WORD("-f"), place, WORD("--replace-realm"),
	    WORD(SET_REALM), input, NULL};
	char *const import_some[] = {import_all[0], WORD("import"), WORD("-f"), place, input, NULL};
	char passwd[520];
	char *const change[] = {passwd, WORD("-m"), WORD("CLEARTEXT"), WORD("-u"), WORD(SET_REALM), WORD("-f"), place,
	    WORD("user7"), NULL};

	snprintf(input, sizeof(input), "%s/input%d", folder, (int)write);
	snprintf(place, sizeof(place), "%s/d/db", work);
	if (write == WRITE_ONE) {
		snprintf(passwd, sizeof(passwd), "%s", built("saslpasswd"));
		trace_start(t, change, input, output);
	} else
		trace_start(t, write == WRITE_ALL ? import_all : import_some, NULL, output);
}

/* Up to the limit.  False: it has ended before. */
static bool
go_on(struct trace *t, unsigned limit, unsigned *seen)
{
	struct change_call call;
	char in[320];

	snprintf(in, sizeof(in), "%s/d", work);
	for (*seen = 0; *seen < limit;) {
		if (!trace_next(t, &call))
			return false;
		*seen += trace_in_folder(t, call.fd, in);
	}
	return true;
}

/* d: a database of the old set, with companions of its own. */
static void
prepare(void)
{
	char *const init[] = {built("gsasldb"), WORD("init"), WORD("-f"), db, NULL};

	shell("", "rm -rf d e && mkdir d && cp '%s/old' d/db", folder);
	place_db("d");
	if (run_tool("/dev/null", output, init) != 0)
		bail("gsasldb init fails");
}

static bool
kill_write(const struct job *j)
{
	struct trace t;
	unsigned seen;

	start_write(&t, j->write);
	if (!go_on(&t, j->changes, &seen))
		return false;
	trace_kill(&t);
	return true;
}

static void
try_copies(const struct job *j)
{
	bool killed;

	prepare();
	killed = kill_write(j);
	for (size_t way = 0; way < WAYS; way++) {
		if (!ways[way].copies)
			continue;
		results->of[j->write][way].unkilled += !killed;
		place_db("e");
		shell("d", "%s", ways[way].command);
		judge(j, way, NULL);
		shell("", "rm -rf %s", "e");
	}
}

static void
try_in_place(const struct job *j, size_t way)
{
	struct store *running;
	struct fault f;

	prepare();
	if (store_open(&running, db, &f) != ST_OK)
		bail("store_open: %s", f.text);
	results->of[j->write][way].unkilled += !kill_write(j);
	shell("d", "%s", ways[way].command);
	judge(j, way, running);
	store_close(running);
}

static void
run_worker(unsigned number)
{
	unsigned i;

	snprintf(work, sizeof(work), "%s/w%u", folder, number);
	snprintf(output, sizeof(output), "%s/output", work);
	if (mkdir(work, 0700) != 0)
		bail("%s: cannot be made", work);
	while ((i = atomic_fetch_add(&results->next, 1)) < job_count * (WAYS + 1)) {
		const struct job *j = &jobs[i / (WAYS + 1)];
		size_t way = i % (WAYS + 1);

		if (way == WAYS)
			try_copies(j);
		else if (!ways[way].copies)
			try_in_place(j, way);
	}
}

/* ---- all of them ---- */

static void
write_set(const char *name, const struct set *s, const struct set *without)
{
	char value[SET_VALUE_MAX];
	FILE *out = fopen(folder_file(name), "w");

	if (out == NULL)
		bail("%s: cannot be written", name);
	for (unsigned user = 0; user < SET_ALL; user++) {
		if (s->versions[user] == 0 || (without != NULL && without->versions[user] == s->versions[user]))
			continue;
		set_value(value, user, s->versions[user]);
		fprintf(out, "{\"user\":\"user%u\",\"realm\":\"" SET_REALM "\",\"secrets\":{\"CLEARTEXT\":\"%s\"}}\n", user, value);
	}
	fclose(out);
}

static void
write_text(const char *name, const char *text)
{
	FILE *out = fopen(folder_file(name), "w");

	if (out == NULL || fputs(text, out) < 0 || fclose(out) != 0)
		bail("%s: cannot be written", name);
}

static void
make_inputs(void)
{
	char value[SET_VALUE_MAX];
	char *const import[] = {built("gsasldb"), WORD("import"), WORD("-f"), db, output, NULL};

	sets_init();
	write_set("input0", &new_sets[WRITE_ALL], NULL);
	write_set("input1", &new_sets[WRITE_SOME], &old_set);
	set_value(value, 7, 2);
	write_text("input2", value);
	write_text("extra", "extra");
	write_set("list", &old_set, NULL);
	snprintf(output, sizeof(output), "%s/list", folder);
	snprintf(db, sizeof(db), "%s/old", folder);
	if (run_tool("/dev/null", folder_file("said"), import) != 0)
		bail("the first import fails");
}

/* How many changes it makes when nobody kills it; afterwards the new set is there. */
static unsigned
measure(enum write write)
{
	struct trace t;
	struct set now;
	unsigned seen;

	prepare();
	start_write(&t, write);
	go_on(&t, UINT32_MAX, &seen);
	if (!WIFEXITED(t.status) || WEXITSTATUS(t.status) != 0)
		bail("%s fails by itself", write_names[write]);
	set_read_export(&now, db, output);
	if (set_kind(&now, write) != SET_NEW)
		bail("%s by itself: %s", write_names[write], set_words(&now, write));
	return seen;
}

/* The i-th of the places where a write of so many changes is killed.  More of them are early: a write that makes
 * the twin anew at its end has the commit among the last changes, and a long part before it where all is alike. */
static unsigned
point(unsigned i, unsigned changes)
{
	if (changes <= POINTS)
		return 1 + i * (changes - 1) / (POINTS - 1);
	if (i < FIRST)
		return 1 + i;
	if (i >= POINTS - LAST)
		return changes - (POINTS - 1 - i);
	return FIRST + 1 + (i - FIRST) * (i - FIRST) * (changes - LAST - FIRST - 2) /
	    ((POINTS - LAST - FIRST) * (POINTS - LAST - FIRST));
}

static void
plan_jobs(bool all)
{
	/* in the short form one in so many */
	static const unsigned steps[WRITES] = {4, 5, 4};
	unsigned changes;

	for (enum write w = 0; w < WRITES; w++) {
		changes = measure(w);
		printf("# %s makes %u changes\n", write_names[w], changes);
		for (unsigned i = all ? 0 : 3; i < POINTS; i += all ? 1 : steps[w])
			if (job_count == 0 || jobs[job_count - 1].write != w || jobs[job_count - 1].changes != point(i, changes))
				jobs[job_count++] = (struct job){w, point(i, changes)};
	}
}

static void
report(void)
{
	for (enum write w = 0; w < WRITES; w++)
		for (size_t way = 0; way < WAYS; way++) {
			unsigned tried = results->of[w][way].tried;

			result(results->of[w][way].before == 0 && results->of[w][way].unkilled == 0,
			    "%s, killed, and %s: a reader sees nothing of it (%u of %u wrong)", write_names[w], ways[way].what,
			    results->of[w][way].before, tried);
			result(results->of[w][way].after == 0 && tried > 0,
			    "%s, killed, and %s: after the next change one set, whole (%u of %u wrong)", write_names[w],
			    ways[way].what, results->of[w][way].after, tried);
		}
}

static bool in_full;

static void
try_all(void)
{
	pid_t workers[WORKERS];
	int status;

	results = mmap(NULL, sizeof(*results), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (results == MAP_FAILED)
		bail("mmap");
	snprintf(work, sizeof(work), "%s", folder);
	make_inputs();
	snprintf(output, sizeof(output), "%s/output", work);
	plan_jobs(in_full);
	fflush(stdout);
	for (unsigned i = 0; i < WORKERS; i++) {
		workers[i] = fork();
		if (workers[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			run_worker(i);
			fflush(stdout);
			_exit(0);
		}
	}
	for (unsigned i = 0; i < WORKERS; i++)
		if (waitpid(workers[i], &status, 0) != workers[i] || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
			bail("a worker ended with status %x", (unsigned)status);
	report();
}

int
main(int argc, char **argv)
{
	if (argc != 2 || (strcmp(argv[1], "short") != 0 && strcmp(argv[1], "long") != 0)) {
		fprintf(stderr, "usage: unfinished short|long\n");
		return 64;
	}
	in_full = strcmp(argv[1], "long") == 0;
	return trace_or_skip() ? support_run("unfinished", try_all) : 0;
}
