/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads a password.  Knows terminals and pipes; what a password may be, password_check() says.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "readpass.h"

/* The password and its CR LF, and one byte more, which tells that it is too long. */
struct input {
	char bytes[PASSWORD_BYTES_MAX + 3];
	size_t len;
};

/* Those that a person or a logout sends, and that would leave the terminal without echo. */
static const int held_signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
#define HELD_COUNT (sizeof(held_signals) / sizeof(held_signals[0]))

static volatile sig_atomic_t caught[NSIG];

/* The terminal as it was before the echo was turned off. */
struct terminal {
	int prompt;			/* where prompts are written */
	struct termios saved;
	sigset_t mask;
	struct sigaction actions[HELD_COUNT];
};

static void
note_signal(int signo)
{
	caught[signo] = 1;
}

static bool
signal_waits(void)
{
	for (size_t i = 0; i < HELD_COUNT; i++)
		if (caught[held_signals[i]])
			return true;
	return false;
}

/* Delivers what was held.  Returns whether there was any, if the process lives on (stopped and continued). */
static bool
deliver_signals(void)
{
	bool any = signal_waits();

	for (size_t i = 0; i < HELD_COUNT; i++)
		if (caught[held_signals[i]]) {
			caught[held_signals[i]] = 0;
			raise(held_signals[i]);
		}
	return any;
}

static int
silence(struct terminal *t)
{
	struct termios quiet;

	if (tcgetattr(STDIN_FILENO, &t->saved) == -1)
		return -1;
	quiet = t->saved;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	quiet.c_lflag |= ICANON | ISIG;
	return tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
}

/*
 * Turns the echo off.  From here on a held signal interrupts only wait_for_input(), and is only noted.
 * SIGTTOU is not held: a job in the background stops here, before it has changed anything.
 */
static enum status
echo_off(struct terminal *t, struct fault *f)
{
	struct sigaction note = {.sa_handler = note_signal};
	sigset_t held;

	sigemptyset(&held);
	for (size_t i = 0; i < HELD_COUNT; i++)
		sigaddset(&held, held_signals[i]);
	sigprocmask(SIG_BLOCK, &held, &t->mask);
	if (silence(t) == -1) {
		fault_set(f, ST_IO, errno, "terminal: the echo cannot be turned off");
		sigprocmask(SIG_SETMASK, &t->mask, NULL);
		return ST_IO;
	}
	for (size_t i = 0; i < HELD_COUNT; i++) {
		sigaction(held_signals[i], NULL, &t->actions[i]);
		if (t->actions[i].sa_handler != SIG_IGN)
			sigaction(held_signals[i], &note, NULL);
	}
	return ST_OK;
}

static void
echo_on(struct terminal *t)
{
	while (tcsetattr(STDIN_FILENO, TCSAFLUSH, &t->saved) == -1 && errno == EINTR)
		;
	for (size_t i = 0; i < HELD_COUNT; i++)
		sigaction(held_signals[i], &t->actions[i], NULL);
	sigprocmask(SIG_SETMASK, &t->mask, NULL);
}

/* Waits until the terminal has a line.  False: a signal came first. */
static bool
wait_for_input(const struct terminal *t)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

	while (ppoll(&input, 1, NULL, &t->mask) == -1)
		if (errno != EINTR || signal_waits())
			return false;
	return !signal_waits();
}

/* Asks once.  A line that is cut short by a signal or by a full buffer is the caller's to refuse. */
static enum status
ask_line(const struct terminal *t, const char *prompt, struct input *in, struct fault *f)
{
	bool ended = false;
	ssize_t n;

	in->len = 0;
	dprintf(t->prompt, "%s", prompt);
	while (!ended && in->len < sizeof(in->bytes) && wait_for_input(t)) {
		n = read(STDIN_FILENO, in->bytes + in->len, sizeof(in->bytes) - in->len);
		if (n == -1 && errno != EINTR)
			return fault_set(f, ST_IO, errno, "terminal: the password cannot be read");
		if (n > 0)
			in->len += (size_t)n;
		ended = n == 0 || (n > 0 && in->bytes[in->len - 1] == '\n');
	}
	dprintf(t->prompt, "\n");
	if (in->len > 0 && in->bytes[in->len - 1] == '\n')
		in->len--;
	return ST_OK;
}

/* Asks, with the echo off; again, if again is not NULL. */
static enum status
ask(const struct terminal *t, struct input *in, struct input *again, struct fault *f)
{
	enum status status;

	status = ask_line(t, "Password: ", in, f);
	if (status == ST_OK && !signal_waits())
		status = password_check(in->bytes, in->len, f);
	if (again == NULL)
		return status;
	if (status == ST_OK && !signal_waits())
		status = ask_line(t, "Again (for verification): ", again, f);
	if (status == ST_OK && (in->len != again->len || memcmp(in->bytes, again->bytes, in->len) != 0))
		status = fault_set(f, ST_BADVALUE, 0, "password: the two are different; nothing was changed");
	return status;
}

static enum status
read_terminal(struct input *in, bool twice, struct fault *f)
{
	struct input again = {.len = 0};
	struct terminal t = {.prompt = STDERR_FILENO};
	enum status status;
	bool interrupted;
	int tty;

	/* The prompt must be seen also where standard error goes into a file. */
	tty = open("/dev/tty", O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (tty != -1)
		t.prompt = tty;
	do {
		status = echo_off(&t, f);
		if (status != ST_OK)
			break;
		status = ask(&t, in, twice ? &again : NULL, f);
		echo_on(&t);
		interrupted = deliver_signals();
	} while (interrupted);
	if (tty != -1)
		close(tty);
	explicit_bzero(&again, sizeof(again));
	return status;
}

/* Reads to the end; a pipe may come in many pieces. */
static enum status
read_input(struct input *in, struct fault *f)
{
	ssize_t n;

	in->len = 0;
	do {
		n = read(STDIN_FILENO, in->bytes + in->len, sizeof(in->bytes) - in->len);
		if (n > 0)
			in->len += (size_t)n;
		else if (n == -1 && errno != EINTR)
			return fault_set(f, ST_IO, errno, "standard input: the password cannot be read");
	} while (n != 0 && in->len < sizeof(in->bytes));
	if (in->len > 0 && in->bytes[in->len - 1] == '\n') {
		in->len--;
		if (in->len > 0 && in->bytes[in->len - 1] == '\r')
			in->len--;
	}
	return password_check(in->bytes, in->len, f);
}

enum status
readpass(char *out, size_t *len, enum readpass_source source, struct fault *f)
{
	struct input in = {.len = 0};
	enum status status;

	*len = 0;
	out[0] = '\0';
	if (source != READPASS_STDIN && isatty(STDIN_FILENO))
		status = read_terminal(&in, source == READPASS_TWICE, f);
	else
		status = read_input(&in, f);
	if (status == ST_OK) {
		memcpy(out, in.bytes, in.len);
		out[in.len] = '\0';
		*len = in.len;
	}
	explicit_bzero(&in, sizeof(in));
	return status;
}
