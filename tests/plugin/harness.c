/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * harness: see harness.h.
 */
#include <config.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sasl/saslutil.h>

#include "account.h"
#include "harness.h"
#include "store.h"

/* ---- TAP ---- */

static unsigned tests, failures;

void
ok(bool good, const char *format, ...)
{
	char raw[1024], what[2048];
	va_list ap;

	va_start(ap, format);
	vsnprintf(raw, sizeof(raw), format, ap);
	va_end(ap);
	escape_for_log(what, sizeof(what), raw);
	for (char *p = what; *p != '\0'; p++)
		if (*p == '#')	/* TAP takes it for its own */
			*p = ' ';
	tests++;
	failures += !good;
	printf("%sok %u - %s\n", good ? "" : "not ", tests, what);
	fflush(stdout);
}

void
note(const char *format, ...)
{
	char text[8192], *line, *rest = NULL;
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	for (line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
		printf("# %s\n", line);
	fflush(stdout);
}

void
skip(const char *why, const char *what)
{
	printf("ok %u - %s # SKIP %s\n", ++tests, what, why);
	fflush(stdout);
}

void
bail(const char *format, ...)
{
	va_list ap;

	fputs("Bail out! ", stdout);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	exit(1);
}

int
done(void)
{
	printf("1..%u\n", tests);
	fflush(stdout);
	return failures != 0;
}

unsigned
count_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	if (d == NULL)
		bail("/proc/self/fd: %s", strerror(errno));
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

/* ---- a private directory ---- */

static char scratch[64];
static pid_t owner;

const char *
in_scratch(const char *format, ...)
{
	static _Thread_local char paths[8][512];
	static _Thread_local unsigned next;
	char *path = paths[next++ % 8];
	va_list ap;
	int n;

	n = snprintf(path, sizeof(paths[0]), "%s/", scratch);
	va_start(ap, format);
	vsnprintf(path + n, sizeof(paths[0]) - (size_t)n, format, ap);
	va_end(ap);
	return path;
}

struct timespec
database_time(void)
{
	struct stat st = {0};

	stat(DATABASE, &st);
	return st.st_mtim;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	remove(path);
	return 0;
}

static void
remove_scratch(void)
{
	if (getpid() == owner)
		nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Copied, not linked: another user may not get through to the build directory. */
static void
copy_file(const char *from, const char *to)
{
	char buffer[65536];
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_EXCL, 0755);
	ssize_t n;

	if (in < 0 || out < 0)
		bail("cannot copy %s: %s", from, strerror(errno));
	while ((n = read(in, buffer, sizeof(buffer))) > 0)
		if (write(out, buffer, (size_t)n) != n)
			bail("cannot write %s", to);
	close(in);
	close(out);
}

/* libsasl2 asks for its plugins beside itself. */
static void
link_stock_plugins(void)
{
	char folder[PATH_MAX + sizeof("/sasl2")], *slash;
	struct dirent *e;
	Dl_info info;
	DIR *d;

	if (dladdr((void *)sasl_server_init, &info) == 0 || realpath(info.dli_fname, folder) == NULL ||
	    (slash = strrchr(folder, '/')) == NULL)
		bail("cannot find libsasl2");
	strcpy(slash, "/sasl2");
	d = opendir(folder);
	if (d == NULL)
		bail("%s: %s", folder, strerror(errno));
	while ((e = readdir(d)) != NULL) {
		size_t len = strlen(e->d_name);
		char from[sizeof(folder) + 256];

		if (len < 4 || strcmp(e->d_name + len - 3, ".so") != 0 || strstr(e->d_name, "gsasldb") != NULL)
			continue;
		snprintf(from, sizeof(from), "%s/%s", folder, e->d_name);
		if (symlink(from, in_scratch("stock/%s", e->d_name)) != 0)
			bail("cannot link %s", from);
	}
	closedir(d);
}

void
harness_start(void)
{
	const char *build = getenv("BUILDDIR");
	char plugin[512];

	setvbuf(stdout, NULL, _IOLBF, 0);
	unsetenv("SASL_PATH");
	unsetenv("SASL_CONF_PATH");
	strcpy(scratch, "/tmp/gsasldb-test.XXXXXX");
	if (mkdtemp(scratch) == NULL)
		bail("mkdtemp: %s", strerror(errno));
	owner = getpid();
	atexit(remove_scratch);
	chmod(scratch, 0755);
	mkdir(in_scratch("ours"), 0755);
	mkdir(in_scratch("stock"), 0755);
	mkdir(in_scratch("conf"), 0755);
	chmod(in_scratch("conf"), 0777);	/* a test may have become another user */
	snprintf(plugin, sizeof(plugin), "%s/.libs/libgsasldb.so", build == NULL ? "." : build);
	copy_file(plugin, in_scratch("ours/libgsasldb.so"));
	link_stock_plugins();
}

static bool
file_holds(const char *path, const char *text)
{
	FILE *file = fopen(path, "r");
	char *bytes;
	size_t len;
	bool found;

	if (file == NULL)
		return false;
	bytes = malloc(1 << 24);
	len = fread(bytes, 1, 1 << 24, file);
	found = memmem(bytes, len, text, strlen(text)) != NULL;
	free(bytes);
	fclose(file);
	return found;
}

bool
database_holds(const char *text)
{
	return file_holds(in_scratch("sasldb"), text) || file_holds(in_scratch(".sasldb.twin"), text) ||
	    file_holds(in_scratch(".sasldb.state"), text);
}

/* folders, "ours:stock", as a search path.  Static storage. */
static char *
plugin_path(const char *folders)
{
	static char path[1024];
	char copy[64], *folder, *rest = NULL;

	snprintf(copy, sizeof(copy), "%s", folders);
	path[0] = '\0';
	for (folder = strtok_r(copy, ":", &rest); folder != NULL; folder = strtok_r(NULL, ":", &rest)) {
		strcat(path, path[0] == '\0' ? "" : ":");
		strcat(path, in_scratch("%s", folder));
	}
	return path;
}

/* A program that was not built with AddressSanitizer can load a plugin that was, if its library comes first. */
static void
preload_sanitizer(void)
{
	void *f = dlsym(RTLD_DEFAULT, "__asan_init");
	Dl_info info;

	if (f == NULL || dladdr(f, &info) == 0 || strstr(info.dli_fname, ".so") == NULL)
		return;
	setenv("LD_PRELOAD", info.dli_fname, 1);
	setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
}

int
run_stock(const char *const argv[], const char *input)
{
	int fds[2], status = -1;
	pid_t pid;

	if (pipe(fds) != 0 || (pid = fork()) < 0)
		bail("cannot run %s", argv[0]);
	if (pid == 0) {
		dup2(fds[0], 0);
		close(fds[1]);
		setenv("SASL_PATH", plugin_path("ours:stock"), 1);
		setenv("SASL_CONF_PATH", in_scratch("conf"), 1);
		preload_sanitizer();
		dup2(open("/dev/null", O_WRONLY), 2);
		execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(fds[0]);
	if (write(fds[1], input, strlen(input)) < 0)
		note("%s did not read its input", argv[0]);
	close(fds[1]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- what no log may hold ---- */

static char *secrets[512];
static size_t secret_count;

static void
remember(const char *text, size_t len)
{
	size_t i;

	if (len < 6)
		return;
	for (i = 0; i < secret_count; i++)
		if (strlen(secrets[i]) == len && memcmp(secrets[i], text, len) == 0)
			return;
	if (secret_count == sizeof(secrets) / sizeof(secrets[0]))
		bail("too many secrets");
	secrets[secret_count++] = strndup(text, len);
}

static enum status
remember_record(void *arg, const struct record *r, struct fault *f)
{
	int i;

	(void)arg;
	(void)f;
	for (i = 0; i < MECH_COUNT; i++) {
		const char *part = r->secrets[i].text;

		if (part != NULL && i == MECH_CLEARTEXT)
			remember(part, strlen(part));
		if (part != NULL && i == MECH_DIGEST_MD5)
			remember(part, 32);	/* a realm follows */
		if (i == MECH_CLEARTEXT || i == MECH_DIGEST_MD5)
			continue;
		/* salts, keys and hashes, each by itself */
		while (part != NULL && *part != '\0') {
			size_t len = strcspn(part, " :$");

			if (len >= 16)
				remember(part, len);
			part += len;
			part += strspn(part, " :$");
		}
	}
	return ST_OK;
}

void
remember_secrets(void)
{
	struct store *store = NULL;
	struct fault f = {0};

	if (store_open(&store, DATABASE, &f) != ST_OK || store_each(store, remember_record, NULL, &f) != ST_OK)
		bail("cannot list the database: %s", f.text);
	store_close(store);
}

bool
log_leaks(const struct log *log)
{
	size_t i;

	for (i = 0; i < secret_count; i++)
		if (log_has(log, secrets[i])) {
			note("the log holds \"%s\":\n%s", secrets[i], log->text);
			return true;
		}
	return false;
}

/* ---- the database ---- */

/* Changes the record of who, or makes it. */
static void
change_record(const char *who, const char *mechs, const char *password, void (*edit)(struct record *r))
{
	struct store_write_options options = {.create = true, .wait = 10};
	struct store_txn *t = NULL;
	struct mech_specs specs;
	struct record r = {0};
	struct fault f = {0};
	struct name name;
	enum status st;

	if (name_parse(&name, who, NULL, NULL, &f) != ST_OK ||
	    store_begin(&t, DATABASE, &options, &f) != ST_OK)
		bail("%s: %s", who, f.text);
	st = store_txn_get(t, &name, &r, &f);
	if (st == ST_NOTFOUND)
		record_init(&r, &name, time(NULL));
	else if (st != ST_OK)
		bail("%s: %s", who, f.text);
	if (password != NULL &&
	    (mech_specs_parse(&specs, mechs, &f) != ST_OK ||
	    account_set_password(&r, &specs, &specs, false, &name, password, strlen(password), time(NULL),
	    &f) != ST_OK))
		bail("%s: %s", who, f.text);
	if (edit != NULL)
		edit(&r);
	if (store_txn_put(t, &r, &f) != ST_OK || store_commit(t, &f) != ST_OK)
		bail("%s: %s", who, f.text);
	record_clear(&r);
}

void
give_password(const char *who, const char *mechs, const char *password)
{
	change_record(who, mechs, password, NULL);
	remember(password, strlen(password));
}

void
edit_user(const char *who, void (*edit)(struct record *r))
{
	change_record(who, NULL, NULL, edit);
}

void
disable_user(struct record *r)
{
	r->disabled = time(NULL);
}

void
expire_user(struct record *r)
{
	r->expires = time(NULL) - 1;
}

/* ---- logs ---- */

/* A log belongs to one thread.  No lock: a child that is forked meanwhile would find it taken. */
static int
log_line(void *context, int level, const char *message)
{
	struct log *log = context;
	size_t more = strlen(message) + 16;

	log->text = realloc(log->text, log->len + more);
	log->len += (size_t)snprintf(log->text + log->len, more, "%d %s\n", level, message);
	return SASL_OK;
}

void
log_clear(struct log *log)
{
	free(log->text);
	log->text = NULL;
	log->len = 0;
}

unsigned
log_count(const struct log *log, const char *text)
{
	const char *p = log->text;
	unsigned n = 0;

	while (p != NULL && (p = strstr(p, text)) != NULL) {
		n++;
		p = strchr(p, '\n');
	}
	return n;
}

bool
log_has(const struct log *log, const char *text)
{
	return log_count(log, text) != 0;
}

/* ---- server ---- */

static void
write_conf(const char *conf)
{
	const char *p, *path = in_scratch("conf/test.conf");
	FILE *file;

	unlink(path);
	file = fopen(path, "w");
	if (file == NULL)
		bail("cannot write the conf file");
	for (p = conf; *p != '\0'; p++)
		if (p[0] == '%' && p[1] == 's') {
			fputs(scratch, file);
			p++;
		} else {
			fputc(*p, file);
		}
	fclose(file);
}

void
server_start(const char *conf)
{
	server_start_in("ours:stock", conf);
}

const sasl_callback_t *program_callbacks;

void
server_start_in(const char *folders, const char *conf)
{
	char path[512];
	int result;

	write_conf(conf == NULL ? SELECTED : conf);
	/* libsasl2 copies both */
	sasl_set_path(SASL_PATH_TYPE_PLUGIN, plugin_path(folders));
	snprintf(path, sizeof(path), "%s", in_scratch("conf"));
	sasl_set_path(SASL_PATH_TYPE_CONFIG, path);
	if ((result = sasl_server_init(program_callbacks, "test")) != SASL_OK)
		bail("sasl_server_init: %s", sasl_errstring(result, NULL, NULL));
	if ((result = sasl_client_init(NULL)) != SASL_OK)
		bail("sasl_client_init: %s", sasl_errstring(result, NULL, NULL));
}

void
server_stop(void)
{
	sasl_server_done();
	sasl_client_done();
}

static const sasl_callback_t *
server_callbacks(sasl_callback_t callbacks[2], struct log *log)
{
	callbacks[0] = (sasl_callback_t){SASL_CB_LOG, (int (*)(void))(void (*)(void))log_line, log};
	callbacks[1] = (sasl_callback_t){SASL_CB_LIST_END, NULL, NULL};
	return callbacks;
}

/* ---- one login ---- */

static int
give_name(void *context, int id, const char **result, unsigned *len)
{
	const struct attempt *a = context;

	*result = id == SASL_CB_USER ? a->authzid : a->user;
	if (*result == NULL)
		*result = "";
	if (len != NULL)
		*len = (unsigned)strlen(*result);
	return SASL_OK;
}

static int
give_secret(sasl_conn_t *conn, void *context, int id, sasl_secret_t **out)
{
	static _Thread_local union {
		sasl_secret_t secret;
		char room[sizeof(sasl_secret_t) + 1024];
	} s;
	const struct attempt *a = context;

	(void)conn;
	(void)id;
	s.secret.len = strlen(a->password);
	memcpy(s.room + offsetof(sasl_secret_t, data), a->password, s.secret.len + 1);
	*out = &s.secret;
	return SASL_OK;
}

static int
give_realm(void *context, int id, const char **realms, const char **result)
{
	const struct attempt *a = context;

	(void)id;
	*result = a->client_realm != NULL ? a->client_realm : realms != NULL ? realms[0] : "";
	return SASL_OK;
}

static int
ignore_line(void *context, int level, const char *message)
{
	(void)context;
	(void)level;
	(void)message;
	return SASL_OK;
}

#define CALLBACK(id, f, context) \
	{id, (int (*)(void))(void (*)(void))(f), (void *)(uintptr_t)(context)}

/* The messages go to and fro until the server has decided. */
static int
exchange(sasl_conn_t *client, sasl_conn_t *server, const char *mech)
{
	const char *out = NULL, *in = NULL, *chosen;
	unsigned out_len = 0, in_len = 0;
	int c, s, rounds;

	c = sasl_client_start(client, mech, NULL, &out, &out_len, &chosen);
	if (c != SASL_OK && c != SASL_CONTINUE)
		return SASL_BADSERV;
	s = sasl_server_start(server, mech, out, out_len, &in, &in_len);
	for (rounds = 0; s == SASL_CONTINUE && rounds < 8; rounds++) {
		out = NULL;
		out_len = 0;
		c = sasl_client_step(client, in, in_len, NULL, &out, &out_len);
		if (c != SASL_OK && c != SASL_CONTINUE)
			return SASL_BADSERV;
		s = sasl_server_step(server, out == NULL ? "" : out, out_len, &in, &in_len);
	}
	return s;
}

int
log_in(const struct attempt *a, struct log *log, char **who)
{
	sasl_callback_t callbacks[2];
	const sasl_callback_t client_callbacks[] = {
		CALLBACK(SASL_CB_USER, give_name, a),
		CALLBACK(SASL_CB_AUTHNAME, give_name, a),
		CALLBACK(SASL_CB_PASS, give_secret, a),
		CALLBACK(SASL_CB_GETREALM, give_realm, a),
		CALLBACK(SASL_CB_LOG, ignore_line, NULL),
		{SASL_CB_LIST_END, NULL, NULL},
	};
	sasl_conn_t *client = NULL, *server = NULL;
	const void *name = NULL;
	int result;

	if (sasl_server_new("smtp", HOST, a->server_realm, NULL, NULL, server_callbacks(callbacks, log), 0,
	    &server) != SASL_OK ||
	    sasl_client_new("smtp", HOST, NULL, NULL, client_callbacks, 0, &client) != SASL_OK)
		bail("cannot make the connections");
	result = exchange(client, server, a->mech);
	if (who != NULL) {
		*who = NULL;
		if (result == SASL_OK && sasl_getprop(server, SASL_USERNAME, &name) == SASL_OK)
			*who = strdup(name);
	}
	sasl_dispose(&client);
	sasl_dispose(&server);
	return result;
}

int
try_login(const char *mech, const char *user, const char *password, struct log *log)
{
	const struct attempt a = {.mech = mech, .user = user, .password = password, .server_realm = REALM};
	struct log own = {0};
	int result;

	result = log_in(&a, log == NULL ? &own : log, NULL);
	log_clear(&own);
	return result;
}

sasl_conn_t *
server_conn(const char *realm, struct log *log)
{
	static _Thread_local sasl_callback_t callbacks[8][2];	/* libsasl2 keeps the pointer */
	static _Thread_local unsigned next;
	sasl_conn_t *conn = NULL;

	if (sasl_server_new("smtp", HOST, realm, NULL, NULL, server_callbacks(callbacks[next++ % 8], log), 0,
	    &conn) != SASL_OK)
		bail("cannot make a connection");
	return conn;
}

/* The server gets a copy, so that AddressSanitizer sees a read past the end. */
int
step(sasl_conn_t *conn, const char *mech, const char *bytes, size_t len, const char **reply)
{
	char *copy = malloc(len);
	unsigned reply_len = 0;
	const char *out = NULL;
	int result;

	memcpy(copy, bytes, len);
	result = mech != NULL ? sasl_server_start(conn, mech, copy, (unsigned)len, &out, &reply_len) :
	    sasl_server_step(conn, copy, (unsigned)len, &out, &reply_len);
	free(copy);
	if (reply != NULL)
		*reply = out == NULL ? "" : out;
	return result;
}
