/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unfinished short|long: a write that was killed and never acknowledged meets a copy of the folder, or files that
 * are touched or removed; then one more change is made.
 *
 * After that the database holds the old set or the new one, whole, and that change: in the tools' eyes, in a fresh
 * reader's, in one's that has run all the time, and in the database file alone.  Before it nobody sees what the
 * unfinished write did.  What may be there is computed here and not asked of the store.  Prints TAP.
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

#include "store.h"
#include "support.h"
#include "trace.h"

#define USERS 1500		/* at first, of which an import of all removes some and adds some */
#define REMOVED 50
#define ADDED 100
#define ALL (USERS + ADDED)
#define REALM "unfinished.example.test"
#define VALUE_MAX 300
#define POINTS 28		/* kills of one write */
#define FIRST 8			/* of them after its first changes, */
#define LAST 10			/* after its last ones, and the others between */
#define WORKERS 4
#define FOLLOW_US 2000000
#define TOOL_US 60000000
#define SHOWN_MAX 2		/* words for each way and write */

/* ---- what may be there ---- */

/* Each user's version: 0 is not there. */
struct set {
	unsigned char versions[ALL];
	bool extra;		/* the user that the change adds */
	char words[200];	/* why it is none: nobody could tell, or there is what never was */
};

enum write { WRITE_ALL, WRITE_SOME, WRITE_ONE, WRITES };
static const char *const write_names[WRITES] = {"an import of everybody", "an import of some", "saslpasswd"};

static unsigned char
version_after(enum write write, unsigned user)
{
	switch (write) {
	case WRITE_ALL:
		return user < REMOVED ? 0 : 2;
	case WRITE_SOME:
		return user >= USERS + ADDED / 2 ? 0 : user >= USERS || user % 5 == 0 ? 2 : 1;
	default:
		return user >= USERS ? 0 : user == 7 ? 2 : 1;
	}
}

static struct set old_set, new_sets[WRITES];

static void
make_value(char out[VALUE_MAX], unsigned user, unsigned version)
{
	int len = snprintf(out, VALUE_MAX, "%u %u ", user, version);
	size_t fill = 20 + (user * 7 + version * 13) % 200;

	memset(out + len, 'a' + (int)((user + version) % 26), fill);
	out[(size_t)len + fill] = '\0';
}

static void
set_is_none(struct set *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
set_is_none(struct set *s, const char *format, ...)
{
	va_list ap;

	if (s->words[0] != '\0')
		return;
	va_start(ap, format);
	vsnprintf(s->words, sizeof(s->words), format, ap);
	va_end(ap);
}

static void
set_add(struct set *s, unsigned user, const char *value)
{
	char expected[VALUE_MAX];
	unsigned version = 0, of_user = ALL;

	if (user >= ALL || sscanf(value, "%u %u ", &of_user, &version) != 2 || of_user != user || version > 2)
		set_is_none(s, "user%u: a wrong secret", user);
	else if (make_value(expected, user, version), strcmp(expected, value) != 0)
		set_is_none(s, "user%u: a damaged secret", user);
	else if (s->versions[user] != 0)
		set_is_none(s, "user%u: is there twice", user);
	else
		s->versions[user] = (unsigned char)version;
}

enum kind { KIND_OLD, KIND_NEW, KIND_MIXTURE, KIND_NONE };

static enum kind
set_kind(const struct set *s, enum write write)
{
	if (s->words[0] != '\0')
		return KIND_NONE;
	if (memcmp(s->versions, old_set.versions, sizeof(s->versions)) == 0)
		return KIND_OLD;
	return memcmp(s->versions, new_sets[write].versions, sizeof(s->versions)) == 0 ? KIND_NEW : KIND_MIXTURE;
}

/* "all of the old set", ... in words.  Until the next call but one. */
static const char *
set_words(const struct set *s, enum write write)
{
	static char words[2][400];
	static unsigned turn;
	char *out = words[turn++ % 2];
	unsigned olds = 0, news = 0, neither = 0;

	for (unsigned user = 0; user < ALL; user++) {
		bool is_old = s->versions[user] == old_set.versions[user];
		bool is_new = s->versions[user] == new_sets[write].versions[user];

		olds += is_old && !is_new;
		news += is_new && !is_old;
		neither += !is_old && !is_new;
	}
	snprintf(out, sizeof(words[0]), "%s%s%u as before, %u as after, %u neither%s", s->words,
	    s->words[0] != '\0' ? "; " : "", olds, news, neither, s->extra ? ", and the one more" : "");
	return out;
}

/* ---- processes ---- */

/* Runs a tool; its exit code. */
static int
run(const char *input, const char *output, char *const argv[])
{
	pid_t pid = fork();
	int status, in, out;

	if (pid == 0) {
		in = open(input, O_RDONLY);
		out = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
			_exit(126);
		execv(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		bail("cannot run %s", argv[0]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void
first_line(const char *name, char *out, int size)
{
	FILE *in = fopen(name, "r");

	if (in == NULL || fgets(out, size, in) == NULL)
		out[0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	if (in != NULL)
		fclose(in);
}

#define WORD(text) ((char *)(uintptr_t)(text))

/* ---- what is there ---- */

/* A worker's files, and the database that it looks at. */
static char work[300], output[320], db[340];

static void
place_db(const char *sub)
{
	snprintf(db, sizeof(db), "%s/%s/db", work, sub);
}

/* Is it there, and since when, for a store that is open? */
static void
look_up(struct store *s, const char *user, struct set *out, struct fault *f)
{
	struct name name;
	struct record r;
	enum status status;
	unsigned number;

	if (name_parse(&name, user, REALM, NULL, NULL) != ST_OK)
		bail("name_parse");
	status = store_get(s, &name, &r, f);
	if (status == ST_OK && r.secrets[MECH_CLEARTEXT].text == NULL)
		set_is_none(out, "%s: no secret", user);
	else if (status == ST_OK && sscanf(user, "user%u", &number) == 1)
		set_add(out, number, r.secrets[MECH_CLEARTEXT].text);
	else if (status == ST_OK)
		out->extra = strcmp(r.secrets[MECH_CLEARTEXT].text, "extra") == 0;
	else if (status != ST_NOTFOUND)
		set_is_none(out, "%s: %s", user, f->text);
	record_clear(&r);
}

static void
read_all(struct store *s, struct set *out)
{
	struct fault f = {0};
	char user[32];

	memset(out, 0, sizeof(*out));
	for (unsigned i = 0; i < ALL && out->words[0] == '\0'; i++) {
		snprintf(user, sizeof(user), "user%u", i);
		look_up(s, user, out, &f);
	}
	look_up(s, "extra", out, &f);
}

static void
read_fresh(struct set *out)
{
	struct store *s;
	struct fault f;

	memset(out, 0, sizeof(*out));
	if (store_open(&s, db, &f) != ST_OK) {
		set_is_none(out, "a reader: %s", f.text);
		return;
	}
	read_all(s, out);
	store_close(s);
}

/* What gsasldb export says. */
static void
read_export(struct set *out)
{
	char *const argv[] = {built("gsasldb"), WORD("export"), WORD("-f"), db, NULL};
	char line[1024], value[1024];
	unsigned user;
	FILE *in;

	memset(out, 0, sizeof(*out));
	if (run("/dev/null", output, argv) != 0) {
		first_line(output, line, sizeof(line));
		set_is_none(out, "%.150s", line);
		return;
	}
	in = fopen(output, "r");
	while (in != NULL && fgets(line, sizeof(line), in) != NULL) {
		if (sscanf(line, "{\"user\":\"user%u\",\"realm\":\"" REALM "\",\"secrets\":{\"CLEARTEXT\":\"%[^\"]\"}",
		    &user, value) == 2)
			set_add(out, user, value);
		else if (strstr(line, "{\"user\":\"extra\",") == line && strstr(line, ":{\"CLEARTEXT\":\"extra\"}") != NULL &&
		    !out->extra)
			out->extra = true;
		else
			set_is_none(out, "an export says: %.100s", line);
	}
	if (in != NULL)
		fclose(in);
}

/* Does sasldblistusers name the same users? */
static bool
listing_agrees(const struct set *s)
{
	char *const argv[] = {built("sasldblistusers"), WORD("--tsv"), WORD("-f"), db, NULL};
	static bool seen[ALL + 1];
	char line[1024];
	unsigned user;
	FILE *in;

	if (run("/dev/null", output, argv) != 0)
		return false;
	memset(seen, 0, sizeof(seen));
	in = fopen(output, "r");
	while (in != NULL && fgets(line, sizeof(line), in) != NULL) {
		if (strncmp(line, "extra\t", 6) == 0)
			seen[ALL] = true;
		else if (sscanf(line, "user%u\t", &user) == 1 && user < ALL)
			seen[user] = true;
		else
			return false;
	}
	if (in != NULL)
		fclose(in);
	for (user = 0; user < ALL; user++)
		if (seen[user] != (s->versions[user] != 0))
			return false;
	return seen[ALL] == s->extra;
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
	    WORD(REALM), WORD("-f"), db, WORD("extra"), NULL};
	char input[300];

	snprintf(input, sizeof(input), "%s/extra", folder);
	if (run(input, output, argv) == 0)
		return true;
	first_line(output, words, 200);
	return false;
}

/* The whole: what the tools, a fresh reader and one that has run all the time (NULL: there is none) see. */
static bool
check_after(const struct job *j, size_t way, struct store *running, enum kind before)
{
	struct set now, other;
	int64_t end = now_us() + FOLLOW_US;

	read_export(&now);
	if (set_kind(&now, j->write) > KIND_NEW || !now.extra) {
		complain(j, way, "after the next change: %s", set_words(&now, j->write));
		return false;
	}
	if (before <= KIND_NEW && before != set_kind(&now, j->write))
		return complain(j, way, "the next change turns the one set into the other"), false;
	if (!listing_agrees(&now))
		return complain(j, way, "the listing names other users than the export"), false;
	read_fresh(&other);
	if (memcmp(&other, &now, sizeof(now)) != 0)
		return complain(j, way, "a fresh reader: %s", set_words(&other, j->write)), false;
	while (running != NULL && (read_all(running, &other), memcmp(&other, &now, sizeof(now)) != 0))
		if (now_us() > end)
			return complain(j, way, "a running reader: %s", set_words(&other, j->write)), false;
		else
			sleep_us(50000);
	shell("", "rm -f '%s/'.db.*", strrchr(db, '/')[-1] == 'e' ? "e" : "d");
	read_export(&other);
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
	read_export(&now);
	if (set_kind(&now, j->write) != KIND_MIXTURE && !now.extra)
		return true;
	complain(j, way, "after the next change was refused: %s", set_words(&now, j->write));
	return false;
}

static void
judge(const struct job *j, size_t way, struct store *running)
{
	struct set before;
	char words[200];
	enum kind kind;
	bool good;

	results->of[j->write][way].tried++;
	read_fresh(&before);
	kind = set_kind(&before, j->write);
	if (kind == KIND_MIXTURE || before.extra || (kind == KIND_NONE && !ways[way].may_refuse)) {
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
	    WORD(REALM), input, NULL};
	char *const import_some[] = {import_all[0], WORD("import"), WORD("-f"), place, input, NULL};
	char passwd[520];
	char *const change[] = {passwd, WORD("-m"), WORD("CLEARTEXT"), WORD("-u"), WORD(REALM), WORD("-f"), place,
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
	if (run("/dev/null", output, init) != 0)
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
	char value[VALUE_MAX];
	FILE *out = fopen(folder_file(name), "w");

	if (out == NULL)
		bail("%s: cannot be written", name);
	for (unsigned user = 0; user < ALL; user++) {
		if (s->versions[user] == 0 || (without != NULL && without->versions[user] == s->versions[user]))
			continue;
		make_value(value, user, s->versions[user]);
		fprintf(out, "{\"user\":\"user%u\",\"realm\":\"" REALM "\",\"secrets\":{\"CLEARTEXT\":\"%s\"}}\n", user, value);
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
	char value[VALUE_MAX];
	char *const import[] = {built("gsasldb"), WORD("import"), WORD("-f"), db, output, NULL};

	for (unsigned user = 0; user < ALL; user++) {
		old_set.versions[user] = user < USERS;
		for (enum write w = 0; w < WRITES; w++)
			new_sets[w].versions[user] = version_after(w, user);
	}
	write_set("input0", &new_sets[WRITE_ALL], NULL);
	write_set("input1", &new_sets[WRITE_SOME], &old_set);
	make_value(value, 7, 2);
	write_text("input2", value);
	write_text("extra", "extra");
	write_set("list", &old_set, NULL);
	snprintf(output, sizeof(output), "%s/list", folder);
	snprintf(db, sizeof(db), "%s/old", folder);
	if (run("/dev/null", folder_file("said"), import) != 0)
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
	read_export(&now);
	if (set_kind(&now, write) != KIND_NEW)
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
