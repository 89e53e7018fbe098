/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_files: where a path leads, which files are trusted, and who may read a copy.
 *
 * Some of it needs another user: as root the tests become "nobody" and back; anybody else goes without.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#include "files.h"
#include "wrap.h"

#define NOBODY 65534
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char folder[64];

static int
setup(void **unused)
{
	(void)unused;
	/* in memory if possible: there an ACL may be of any length */
	strcpy(folder, "/dev/shm/test_files.XXXXXX");
	if (mkdtemp(folder) == NULL) {
		strcpy(folder, "/tmp/test_files.XXXXXX");
		if (mkdtemp(folder) == NULL)
			return -1;
	}
	return chmod(folder, 0755) == 0 ? chdir(folder) : -1;
}

static int
teardown(void **unused)
{
	char command[96];

	(void)unused;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return chdir("/") == 0 ? system(command) : -1;
}

/* ---- helpers ---- */

static const char *
in_folder(const char *name)
{
	static char paths[4][160];
	static unsigned next;
	char *path = paths[next++ % COUNT(paths)];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

/* A new file, or one that is emptied; the descriptor is the caller's. */
static int
make(const char *name, mode_t mode)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, mode), 0);
	return fd;
}

static void
fill(int fd, const void *bytes, size_t len)
{
	assert_int_equal(pwrite(fd, bytes, len, 0), len);
}

static void
become(uid_t id)
{
	assert_int_equal(id == 0 ? seteuid(0) : setegid(id), 0);
	assert_int_equal(id == 0 ? setegid(0) : seteuid(id), 0);
}

static mode_t
mode_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_mode & 07777;
}

/* ---- where a path leads ---- */

static void
resolves(const char *path, const char *left, const char *right, const char *dir)
{
	struct paths p;
	char state[200];
	struct fault f;

	if (paths_resolve(&p, path, &f) != ST_OK)
		fail_msg("%s: %s", path, f.text);
	assert_string_equal(p.left, left);
	assert_string_equal(p.right, right);
	snprintf(state, sizeof(state), "%.*s.state", (int)(strlen(right) - strlen(".twin")), right);
	assert_string_equal(p.state, state);
	assert_string_equal(p.dir, dir);
	paths_free(&p);
	assert_null(p.left);
}

static void
resolves_not(const char *path, enum status expected, const char *words)
{
	struct paths p;
	struct fault f;

	assert_int_equal(paths_resolve(&p, path, &f), expected);
	assert_int_equal(f.status, expected);
	if (strstr(f.text, words) == NULL)
		fail_msg("%s: %s", path, f.text);
	assert_null(p.left);
	assert_int_equal(paths_resolve(&p, path, NULL), expected);
}

/* The companions lie beside the file that the path means in the end, whether or not it is there yet. */
static void
test_resolve(void **unused)
{
	char left[160], right[160], other[160];

	(void)unused;
	strcpy(left, in_folder("db"));
	strcpy(right, in_folder(".db.twin"));
	strcpy(other, in_folder("sub"));
	assert_int_equal(mkdir("sub", 0700), 0);
	assert_int_equal(symlink("sub", "link"), 0);
	for (int i = 0; i < 2; i++) {
		resolves(left, left, right, folder);
		resolves("db", left, right, folder);
		resolves("./sub/../db", left, right, folder);
		resolves("link/users", in_folder("sub/users"), in_folder("sub/.users.twin"), other);
		close(make("db", 0600));
		close(make("sub/users", 0600));
	}
	assert_int_equal(symlink("sub/users", "alias"), 0);
	resolves("alias", in_folder("sub/users"), in_folder("sub/.users.twin"), other);
	resolves("/no-such-database", "/no-such-database", "/.no-such-database.twin", "/");

	resolves_not("", ST_FOREIGN, "folder");
	resolves_not("none/db", ST_NODB, "none: No such file");
	resolves_not("db/db", ST_NODB, "Not a directory");
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	resolves_not("dangling", ST_NODB, "symbolic link to a file that is not there");
	assert_int_equal(symlink("loop", "loop"), 0);
	resolves_not("loop", ST_FOREIGN, "loop");
	resolves_not("loop/db", ST_FOREIGN, "loop");
}

static void
test_resolve_forbidden(void **unused)
{
	(void)unused;
	if (geteuid() != 0)
		return;
	assert_int_equal(mkdir("closed", 0700), 0);
	become(NOBODY);
	resolves_not("closed/db", ST_PERM, "closed/db: Permission denied");
	become(0);
}

static void
test_resolve_without_memory(void **unused)
{
	struct paths p;
	unsigned n;

	(void)unused;
	for (n = 1;; n++) {
		enum status status;

		wrap_fail_allocation(n);
		status = paths_resolve(&p, "not-there", NULL);
		if (!wrap_end_allocation())
			break;
		assert_int_equal(status, ST_NOMEM);
		assert_null(p.left);
	}
	assert_true(n > 1);
	paths_free(&p);
}

/* ---- which files are trusted ---- */

static void
opens(const char *name, int flags, const struct stat *left, enum status expected, const char *words)
{
	struct stat st;
	struct fault f = {0};
	int fd;

	assert_int_equal(file_open(&fd, name, flags, left, &st, &f), expected);
	if (expected == ST_OK) {
		assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
		close(fd);
		return;
	}
	assert_int_equal(fd, -1);
	if (strstr(f.text, words) == NULL || strstr(f.text, name) != f.text)
		fail_msg("%s: %s", name, f.text);
}

static void
test_open(void **unused)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
	int fd = make("db", 0600), listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)unused;
	close(fd);
	opens("db", O_RDONLY, NULL, ST_OK, NULL);
	opens("db", O_RDWR, NULL, ST_OK, NULL);
	opens("none", O_RDONLY, NULL, ST_NODB, "No such file");
	opens("db/none", O_RDONLY, NULL, ST_NODB, "Not a directory");
	assert_int_equal(symlink("db", "link"), 0);
	opens("link", O_RDWR, NULL, ST_PERM, "symbolic link");
	assert_int_equal(mkdir("sub", 0700), 0);
	opens("sub", O_RDONLY, NULL, ST_FOREIGN, "folder");
	opens("sub", O_RDWR, NULL, ST_FOREIGN, "not a regular file");
	assert_int_equal(mkfifo("fifo", 0600), 0);
	opens("fifo", O_RDONLY, NULL, ST_FOREIGN, "not a regular file");
	assert_int_equal(bind(listening, (struct sockaddr *)&address, sizeof(address)), 0);
	opens("socket", O_RDONLY, NULL, ST_FOREIGN, "not a regular file");
	close(listening);
	opens("/dev/null", O_RDWR, NULL, ST_FOREIGN, "not a regular file");
}

static void
test_open_without_descriptors(void **unused)
{
	struct rlimit old, none;

	(void)unused;
	close(make("db", 0600));
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = (struct rlimit){0, old.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	opens("db", O_RDONLY, NULL, ST_IO, "Too many open files");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
}

/* A companion that somebody could have planted is refused. */
static void
test_open_companion(void **unused)
{
	struct stat left;
	int fd = make("db", 0600);

	(void)unused;
	assert_int_equal(fstat(fd, &left), 0);
	close(fd);
	close(make("twin", 0600));
	opens("twin", O_RDONLY, &left, ST_OK, NULL);
	assert_int_equal(link("twin", "second"), 0);
	opens("twin", O_RDONLY, &left, ST_PERM, "second name");
	assert_int_equal(unlink("second"), 0);
	if (geteuid() != 0)
		return;
	assert_int_equal(chown("twin", NOBODY, 0), 0);
	opens("twin", O_RDONLY, &left, ST_PERM, "belongs to uid 65534");
	left.st_uid = NOBODY;
	opens("twin", O_RDONLY, &left, ST_OK, NULL);
	assert_int_equal(chown("twin", 0, 0), 0);	/* root may replace the database anyway */
	opens("twin", O_RDONLY, &left, ST_OK, NULL);
	become(NOBODY);
	opens("twin", O_RDONLY, NULL, ST_PERM, "Permission denied");
	become(0);
}

static void
test_create(void **unused)
{
	struct fault f;
	int fd;

	(void)unused;
	assert_int_equal(file_create(&fd, "new", &f), ST_OK);
	assert_int_equal(mode_of(fd), 0600);
	close(fd);
	assert_int_equal(file_create(&fd, "new", &f), ST_EXISTS);
	assert_int_equal(symlink("nowhere", "planted"), 0);
	assert_int_equal(file_create(&fd, "planted", &f), ST_EXISTS);
	assert_int_equal(file_create(&fd, "none/new", &f), ST_CANTCREATE);
	assert_non_null(strstr(f.text, "none/new"));
	if (geteuid() != 0)
		return;
	become(NOBODY);
	assert_int_equal(file_create(&fd, "other", &f), ST_CANTCREATE);
	become(0);
}

/* ---- locks ---- */

static void
test_lock(void **unused)
{
	struct fault f;
	int a = make("db", 0600), b = open("db", O_RDWR | O_CLOEXEC);

	(void)unused;
	assert_int_equal(file_lock(a, LOCK_SH, 0, "db", &f), ST_OK);
	assert_int_equal(file_lock(b, LOCK_SH, 0, "db", &f), ST_OK);
	assert_int_equal(file_lock(b, LOCK_EX, 20, "db", &f), ST_BUSY);
	assert_non_null(strstr(f.text, "another program"));
	file_unlock(a);
	assert_int_equal(file_lock(b, LOCK_EX, 0, "db", &f), ST_OK);
	assert_int_equal(file_lock(a, LOCK_SH, 0, "db", &f), ST_BUSY);
	close(a);
	close(b);
	assert_int_equal(file_lock(-1, LOCK_SH, 1000, "db", &f), ST_IO);
	assert_non_null(strstr(f.text, "Bad file descriptor"));
}

/* ---- copies ---- */

static bool
same_bytes(int a, int b)
{
	static char x[1 << 20], y[1 << 20];
	ssize_t n = pread(a, x, sizeof(x), 0);

	assert_true(n >= 0 && n < (ssize_t)sizeof(x));
	return pread(b, y, sizeof(y), 0) == n && memcmp(x, y, (size_t)n) == 0;
}

static void
test_copy(void **unused)
{
	static const size_t sizes[] = {700001, 262144, 1, 0};
	static char bytes[700001];
	int from = make("from", 0600), to = make("to", 0600);

	(void)unused;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 2654435761u >> 13);
	/* a longer one, then shorter ones over it */
	for (size_t i = 0; i < COUNT(sizes); i++) {
		assert_int_equal(ftruncate(from, 0), 0);
		fill(from, bytes, sizes[i]);
		assert_int_equal(file_copy(from, to, "to", NULL), ST_OK);
		assert_true(same_bytes(from, to));
	}
	close(from);
	close(to);
}

static void
test_copy_fails(void **unused)
{
	struct rlimit old, small;
	struct fault f;
	int from = make("from", 0600), to = make("to", 0600), only = open("from", O_WRONLY | O_CLOEXEC), fd;

	(void)unused;
	fill(from, "a database", 10);
	assert_int_equal(file_copy(only, to, "to", &f), ST_IO);		/* may not be read */
	assert_non_null(strstr(f.text, "to: Bad file descriptor"));
	fd = open("to", O_RDONLY | O_CLOEXEC);
	assert_int_equal(file_copy(from, fd, "to", &f), ST_IO);		/* may not be written */
	assert_int_equal(ftruncate(from, 0), 0);
	assert_int_equal(file_copy(from, fd, "to", &f), ST_IO);		/* nor cut */
	close(fd);
	fill(from, "a database", 10);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){4, old.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(file_copy(from, to, "to", &f), ST_IO);		/* four bytes are written, no more */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_non_null(strstr(f.text, "File too large"));
	wrap_fail_allocation(1);
	assert_int_equal(file_copy(from, to, "to", &f), ST_NOMEM);
	assert_true(wrap_end_allocation());
	assert_int_equal(file_copy(from, to, "to", &f), ST_OK);
	assert_true(same_bytes(from, to));
	close(from);
	close(to);
	close(only);
}

static void
test_dir_sync(void **unused)
{
	struct fault f;

	(void)unused;
	assert_int_equal(dir_sync(folder, &f), ST_OK);
	assert_int_equal(dir_sync("none", &f), ST_IO);
	close(make("file", 0600));
	assert_int_equal(dir_sync("file", &f), ST_IO);
	assert_non_null(strstr(f.text, "file: Not a directory"));
	if (geteuid() != 0)
		return;
	assert_int_equal(mkdir("blind", 0733), 0);
	assert_int_equal(chmod("blind", 0733), 0);
	become(NOBODY);
	assert_int_equal(dir_sync("blind", &f), ST_OK);		/* what cannot be synced stops nobody */
	become(0);
}

/* ---- who may read a copy ---- */

/* An access ACL of version 2 (acl(5), linux/posix_acl_xattr.h): owner rw, users 1 ... r, mask r. */
static size_t
make_acl(unsigned char *out, unsigned users)
{
	unsigned char *p = out;

	*p++ = 2, *p++ = 0, *p++ = 0, *p++ = 0;
	for (unsigned i = 0; i < users + 4; i++) {
		bool user = i >= 1 && i <= users;
		unsigned tag = i == 0 ? 1 : user ? 2 : i == users + 1 ? 4 : i == users + 2 ? 16 : 32;
		unsigned id = user ? i : 0xffffffffu;

		*p++ = (unsigned char)tag, *p++ = 0;
		*p++ = i == 0 ? 6 : user || tag == 16 ? 4 : 0, *p++ = 0;
		for (int shift = 0; shift < 32; shift += 8)
			*p++ = (unsigned char)(id >> shift);
	}
	return (size_t)(p - out);
}

#define ACL_NAME "system.posix_acl_access"

static void
test_access_owner_and_mode(void **unused)
{
	int from = make("from", 0640), to = make("to", 0666);
	struct stat st;

	(void)unused;
	file_copy_access(from, to);
	assert_int_equal(mode_of(to), 0640);
	file_copy_access(from, -1);
	file_copy_access(-1, to);
	assert_int_equal(mode_of(to), 0640);
	if (geteuid() == 0) {
		assert_int_equal(fchown(from, 7, 8), 0);
		file_copy_access(from, to);
		assert_int_equal(fstat(to, &st), 0);
		assert_int_equal(st.st_uid, 7);
		assert_int_equal(st.st_gid, 8);
	}
	close(from);
	close(to);
}

/* What this process may not give, it does not open to others. */
static void
test_access_without_permission(void **unused)
{
	int from, to;
	struct stat st;

	(void)unused;
	if (geteuid() != 0)
		return;
	from = make("from", 0640);
	to = make("to", 0600);
	assert_int_equal(fchown(from, NOBODY, 8), 0);
	assert_int_equal(fchown(to, NOBODY, 9), 0);
	become(NOBODY);
	file_copy_access(from, to);
	assert_int_equal(mode_of(to), 0600);		/* group 9 must not read it */
	become(0);
	assert_int_equal(fstat(to, &st), 0);
	assert_int_equal(st.st_gid, 9);

	/* not the owner, but the group can be given */
	assert_int_equal(fchown(from, 7, NOBODY), 0);
	become(NOBODY);
	file_copy_access(from, to);
	become(0);
	assert_int_equal(fstat(to, &st), 0);
	assert_int_equal(st.st_uid, NOBODY);
	assert_int_equal(st.st_gid, NOBODY);
	assert_int_equal(mode_of(to), 0640);

	/* nor any of it, for it is another's */
	assert_int_equal(fchown(to, 0, 0), 0);
	assert_int_equal(fchmod(to, 0604), 0);
	become(NOBODY);
	file_copy_access(from, to);
	become(0);
	assert_int_equal(mode_of(to), 0604);
	close(from);
	close(to);
}

static void
test_access_acl(void **unused)
{
	unsigned char acl[64], back[64], large[4 + 8 * 1004];
	int from = make("from", 0600), to = make("to", 0640);
	size_t len = make_acl(acl, 2);

	(void)unused;
	if (fsetxattr(from, ACL_NAME, acl, len, 0) != 0)
		goto out;	/* a file system without ACLs */
	file_copy_access(from, to);
	assert_int_equal(fgetxattr(to, ACL_NAME, back, sizeof(back)), len);
	assert_memory_equal(back, acl, len);
	/* another ACL takes the place of the first */
	len = make_acl(acl, 1);
	assert_int_equal(fsetxattr(from, ACL_NAME, acl, len, 0), 0);
	file_copy_access(from, to);
	assert_int_equal(fgetxattr(to, ACL_NAME, back, sizeof(back)), len);
	assert_memory_equal(back, acl, len);

	/* one that is longer than we read: only the owner keeps his rights */
	len = make_acl(large, 1000);
	if (fsetxattr(from, ACL_NAME, large, len, 0) == 0) {
		assert_int_equal(fremovexattr(to, ACL_NAME), 0);
		assert_int_equal(fchmod(to, 0664), 0);
		file_copy_access(from, to);
		assert_int_equal(mode_of(to), 0600);
	}
	assert_int_equal(fremovexattr(from, ACL_NAME), 0);
	assert_int_equal(fchmod(from, 0640), 0);
	file_copy_access(from, to);
	assert_true(fgetxattr(to, ACL_NAME, back, sizeof(back)) < 0);
	assert_int_equal(mode_of(to), 0640);
out:
	close(from);
	close(to);
}

/* ---- what is it? ---- */

static long fake_type;	/* of the file system; -1: fstatfs() fails */
int __wrap_fstatfs(int fd, struct statfs *out);

int
__wrap_fstatfs(int fd, struct statfs *out)
{
	(void)fd;
	memset(out, 0, sizeof(*out));
	out->f_type = fake_type;
	return fake_type == -1 ? -1 : 0;
}

static void
test_remote(void **unused)
{
	static const struct {
		long type;
		bool remote;
	} cases[] = {	/* names and numbers: statfs(2) */
		{0x6969, true}, {0x517b, true}, {(long)0xff534d42, true}, {(long)0xfe534d42, true},
		{0x5346414f, true}, {0x00c36400, true}, {0x01021997, true}, {0x73757245, true},
		{(long)(int)0xff534d42, true},	/* as a signed f_type has it */
		{0xef53, false}, {0x58465342, false}, {(long)0x9123683e, false}, {0x01021994, false},
		{0x794c7630, false}, {0x65735546, false}, {0, false}, {-1, false},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		fake_type = cases[i].type;
		if (file_is_remote(0) != cases[i].remote)
			fail_msg("%lx", (unsigned long)cases[i].type);
	}
}

static void
kind_is(const void *bytes, size_t len, const char *expected)
{
	int fd = make("file", 0600);
	const char *kind;

	fill(fd, bytes, len);
	kind = file_kind(fd);
	if (expected == NULL)
		assert_null(kind);
	else
		assert_string_equal(kind, expected);
	close(fd);
}

static void
test_kind(void **unused)
{
	static const uint32_t berkeley[] = {0x00053162, 0x00061561, 0x00042253};
	uint32_t words[8] = {0};

	(void)unused;
	kind_is("", 0, "an empty file");
	kind_is("x", 1, NULL);
	kind_is("SQLite format 3", 16, "an SQLite file");
	kind_is("SQLite format 4", 16, NULL);
	for (size_t i = 0; i < COUNT(berkeley); i++) {
		words[3] = berkeley[i];
		kind_is(words, sizeof(words), "a Berkeley DB file");
		words[3] = __builtin_bswap32(berkeley[i]);
		kind_is(words, sizeof(words), "a Berkeley DB file");
	}
	words[3]++;
	kind_is(words, sizeof(words), NULL);
	words[4] = 0xbeefc0de;
	kind_is(words, sizeof(words), "an LMDB file");
	assert_null(file_kind(-1));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_resolve),
		TEST(test_resolve_forbidden),
		TEST(test_resolve_without_memory),
		TEST(test_open),
		TEST(test_open_without_descriptors),
		TEST(test_open_companion),
		TEST(test_create),
		TEST(test_lock),
		TEST(test_copy),
		TEST(test_copy_fails),
		TEST(test_dir_sync),
		TEST(test_access_owner_and_mode),
		TEST(test_access_without_permission),
		TEST(test_access_acl),
		TEST(test_remote),
		TEST(test_kind),
	};

	return cmocka_run_group_tests_name("files", tests, NULL, NULL);
}
