/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stories: all short stories of a database: writes that are finished, killed or fail, and what people do to the
 * files, up to four in a row.  After each act readers of all sorts look, and what they may see is computed by a
 * model of what a person would expect (story_model.c), not by the store.
 *
 *   stories                         what "make check" runs; STRESS_LONG=yes: the long form; STRESS_SHORT=yes: less
 *   stories --list                  the acts
 *   stories --story "cp, write"     one story, with all that is seen; --slow: two seconds pass after each act
 *   stories --length N              stories of that length alone; --acts main, many, all; --sample N of them
 *   stories --failures N            so many are printed, instead of 20
 *   stories --spare WORDS           readers whose name has these words do not look
 *
 * Prints TAP.
 */
#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "story.h"
#include "story_clock.h"
#include "support.h"

#define WORKERS 2
#define SEED 20260101ul
#define STEP 2654435761ul	/* a prime: so a sample has none twice */

/* ---- which stories ---- */

struct series {
	unsigned length;
	enum choice choice;
	bool slow;
	unsigned long sample;	/* so many of them; 0: all */
};

static const struct series short_form[] = {
	{1, CHOICE_MANY, false, 0}, {1, CHOICE_MANY, true, 0}, {2, CHOICE_MANY, false, 0}, {2, CHOICE_MANY, true, 0},
	{3, CHOICE_MAIN, false, 3000}, {3, CHOICE_MANY, false, 3000}, {3, CHOICE_MAIN, true, 1500},
	{4, CHOICE_MAIN, false, 1500}, {0, CHOICE_MAIN, false, 0},
};
static const struct series shortest_form[] = {
	{1, CHOICE_MANY, false, 0}, {2, CHOICE_MAIN, false, 0}, {3, CHOICE_MAIN, false, 500}, {0, CHOICE_MAIN, false, 0},
};
static const struct series long_form[] = {
	{1, CHOICE_ALL, false, 0}, {1, CHOICE_ALL, true, 0}, {2, CHOICE_ALL, false, 0}, {2, CHOICE_ALL, true, 0},
	{3, CHOICE_MANY, false, 0}, {3, CHOICE_MAIN, true, 0}, {3, CHOICE_ALL, false, 30000},
	{3, CHOICE_ALL, true, 30000}, {4, CHOICE_MAIN, false, 40000}, {4, CHOICE_MAIN, true, 20000},
	{4, CHOICE_ALL, false, 20000}, {0, CHOICE_MAIN, false, 0},
};
static struct series own_form[3];
static const struct series *form = short_form;
static const char *one_story;
static bool wants_list, is_slow;
static unsigned printed_max = 20;

static const struct act *chosen[CHOICE_ALL + 1][256];
static unsigned chosen_count[CHOICE_ALL + 1];
static const char *const choice_names[CHOICE_ALL + 1] = {"main", "many", "all"};

static unsigned long
count_of(const struct series *series)
{
	unsigned long count = 1;

	for (unsigned i = 0; i < series->length; i++)
		count *= chosen_count[series->choice];
	return count;
}

static unsigned long
told_of(const struct series *series)
{
	return series->sample != 0 && series->sample < count_of(series) ? series->sample : count_of(series);
}

static void
choose(struct story *s, const struct series *series, unsigned long number)
{
	unsigned of = chosen_count[series->choice];

	if (told_of(series) < count_of(series))
		number = (SEED + number * STEP) % count_of(series);
	s->length = series->length;
	s->slow = series->slow;
	for (unsigned i = 0; i < s->length; i++, number /= of)
		s->acts[s->length - 1 - i] = chosen[series->choice][number % of];
}

/* ---- what the processes share ---- */

static struct shared {
	atomic_ulong next;			/* story of the series */
	atomic_ulong told[ACTS_MAX + 1], impossible[ACTS_MAX + 1];
	atomic_ulong wrong[ACTS_MAX + 1][KINDS];
	atomic_ulong early[ACTS_MAX + 1];	/* they begin with a story that is wrong */
	atomic_uint printed;
	struct worker {
		bool under_way;
		struct story story;
	} workers[WORKERS];
} *sh;

static const char *const kind_names[KINDS] = {
	"a fresh reader", "a fresh reader without the twin", "a running reader", "a running reader without the twin",
	"a reader in a chroot", "a reader that was idle", "writers", "waits", "crashes",
};

static void
print_failure(const struct story *s)
{
	char words[4 * sizeof(s->acts[0]->words)], line[1200];
	int len;

	if (atomic_fetch_add(&sh->printed, 1) >= printed_max)
		return;
	story_words(s, words, sizeof(words));
	len = snprintf(line, sizeof(line), "# wrong%s: \"%s\": %s\n", s->slow ? " (--slow)" : "", words, s->wrong);
	if (write(STDOUT_FILENO, line, (size_t)len) != len)
		_exit(1);
}

/* Is a story that goes wrong before its last act told by itself, too? */
static bool
is_told(const struct series *series)
{
	return series->length > 1 && told_of(series) == count_of(series);
}

static void
account(const struct series *series, const struct story *s)
{
	unsigned length = s->length;

	if (!s->possible) {
		sh->impossible[length]++;
		return;
	}
	sh->told[length]++;
	if (s->failed && s->failed_at + 1 < (int)length) {
		sh->early[length]++;
		if (is_told(series))
			return;
	}
	if (s->failed) {
		sh->wrong[length][s->kind]++;
		print_failure(s);
	}
}

/* ---- telling ---- */

static void
begin_worker(unsigned number)
{
	static unsigned times;
	char root[280];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	clock_begin();
	write_share();
	snprintf(root, sizeof(root), "%s/%u.%u", folder, number, times++);
	place_begin(root);
}

/* A real clock: whoever waits for a lock that nobody gives back is ended. */
static void
set_alarm(int seconds)
{
	const struct itimerval t = {.it_value.tv_sec = seconds};

	setitimer(ITIMER_REAL, &t, NULL);
}

static void
work(const struct series *series, unsigned number)
{
	struct worker *me = &sh->workers[number];
	unsigned long at, end = told_of(series);

	while ((at = sh->next++) < end) {
		choose(&me->story, series, at);
		me->under_way = true;
		set_alarm(20);
		story_tell(&me->story);
		set_alarm(0);
		me->under_way = false;
		account(series, &me->story);
	}
}

static pid_t
start(const struct series *series, unsigned number)
{
	static unsigned starts;
	pid_t pid;

	starts++;
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		bail("fork: %s", strerror(errno));
	if (pid == 0) {
		begin_worker(number * 1000000 + starts);
		work(series, number);
		fflush(stdout);
		_exit(0);
	}
	return pid;
}

/* Did it crash, and which story was it? */
static bool
take_crash(const struct series *series, struct worker *w, int status)
{
	if (status == 0)
		return false;
	if (!w->under_way)
		bail("a worker ended with status %d", status);
	w->story.failed = false;
	story_fail(&w->story, KIND_CRASH, WIFSIGNALED(status) ? "ended by signal %d" : "ended with exit code %d",
	    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	w->under_way = false;
	account(series, &w->story);
	return true;
}

static void
tell_series(const struct series *series)
{
	pid_t pids[WORKERS];
	int status;
	unsigned running = WORKERS;

	sh->next = 0;
	for (unsigned i = 0; i < WORKERS; i++)
		pids[i] = start(series, i);
	while (running > 0) {
		pid_t pid = wait(&status);

		for (unsigned i = 0; i < WORKERS; i++) {
			if (pids[i] != pid)
				continue;
			if (take_crash(series, &sh->workers[i], status))
				pids[i] = start(series, i);
			else
				running--;
		}
	}
}

/* ---- results ---- */

static void
print_results(void)
{
	for (unsigned length = 1; length <= ACTS_MAX; length++) {
		if (sh->told[length] == 0)
			continue;
		printf("# %lu stories of %u acts (%lu more that cannot be; %lu begin with one that is wrong)\n",
		    sh->told[length], length, sh->impossible[length], sh->early[length]);
		for (int kind = 0; kind < KINDS; kind++)
			result(sh->wrong[length][kind] == 0, "stories of %u acts: %s: %lu wrong%s", length,
			    kind_names[kind], sh->wrong[length][kind],
			    kind == KIND_READER + READER_CHROOT && !story_chroots ? " # SKIP it takes root" : "");
	}
}

static void
print_list(void)
{
	for (unsigned i = 0; i < act_count; i++)
		printf("# %s (%s)\n", acts[i].words, choice_names[acts[i].choice]);
	result(act_count > 0, "%u acts, %u of them many, %u main", act_count, chosen_count[CHOICE_MANY],
	    chosen_count[CHOICE_MAIN]);
}

static const struct act *
find_act(const char *words, size_t len)
{
	for (unsigned i = 0; i < act_count; i++)
		if (strlen(acts[i].words) == len && memcmp(acts[i].words, words, len) == 0)
			return &acts[i];
	bail("there is no act \"%.*s\" (--list)", (int)len, words);
}

static void
tell_one(void)
{
	static struct story s;
	const char *p = one_story;

	begin_worker(0);
	s.slow = is_slow;
	s.talks = true;
	for (s.length = 0; s.length < ACTS_MAX && *p != '\0'; s.length++) {
		size_t len = strcspn(p, ",");

		s.acts[s.length] = find_act(p, len);
		p += len;
		p += strspn(p, ", ");
	}
	story_tell(&s);
	result(s.possible && s.wrong[0] == '\0', "%s%s", one_story, s.possible ? "" : ": cannot be");
}

/* ---- the program ---- */

/* In a process of its own: the list is made with writes of its own. */
static void
prepare_acts(void)
{
	begin_worker(999);
	acts_begin();
	if (act_count > sizeof(chosen[0]) / sizeof(chosen[0][0]))
		bail("too many acts");
	for (unsigned i = 0; i < act_count; i++)
		for (int choice = (int)acts[i].choice; choice <= CHOICE_ALL; choice++)
			chosen[choice][chosen_count[choice]++] = &acts[i];
}

static void
tell_all(void)
{
	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sh == MAP_FAILED)
		bail("mmap: %s", strerror(errno));
	story_chroots = geteuid() == 0;
	prepare_acts();
	if (!story_chroots)
		printf("# no reader in a chroot: that takes root\n");
	if (wants_list) {
		print_list();
		return;
	}
	if (one_story != NULL) {
		tell_one();
		return;
	}
	for (const struct series *series = form; series->length > 0; series++)
		tell_series(series);
	print_results();
}

static enum choice
choice_of(const char *name)
{
	int choice = 0;

	while (choice < CHOICE_ALL && strcmp(choice_names[choice], name) != 0)
		choice++;
	return (enum choice)choice;
}

static void
read_options(int argc, char **argv)
{
	static const struct option options[] = {
		{"story", required_argument, NULL, 's'}, {"slow", no_argument, NULL, 'w'},
		{"list", no_argument, NULL, 'l'}, {"length", required_argument, NULL, 'n'},
		{"acts", required_argument, NULL, 'c'}, {"sample", required_argument, NULL, 'm'},
		{"failures", required_argument, NULL, 'f'},
		{"spare", required_argument, NULL, 'r'}, {NULL, 0, NULL, 0},
	};
	int option;

	own_form[0].choice = CHOICE_ALL;
	if (getenv("STRESS_SHORT") != NULL)
		form = shortest_form;
	if (getenv("STRESS_LONG") != NULL)
		form = long_form;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 's')
			one_story = optarg;
		else if (option == 'w')
			is_slow = own_form[0].slow = true;
		else if (option == 'l')
			wants_list = true;
		else if (option == 'c')
			own_form[0].choice = choice_of(optarg);
		else if (option == 'm')
			own_form[0].sample = strtoul(optarg, NULL, 10);
		else if (option == 'r')
			story_spares = optarg;
		else if (option == 'f')
			printed_max = (unsigned)atoi(optarg);
		else if (option == 'n' && atoi(optarg) > 0 && atoi(optarg) <= ACTS_MAX) {
			own_form[0].length = (unsigned)atoi(optarg);
			form = own_form;
		} else {
			fprintf(stderr, "usage: stories [--list | --story WORDS [--slow] |\n"
			    "    --length N [--acts main|many|all] [--sample N] [--slow]] [--failures N] [--spare WORDS]\n");
			exit(64);
		}
	}
}

int
main(int argc, char **argv)
{
	read_options(argc, argv);
	return support_run("stories", tell_all);
}
