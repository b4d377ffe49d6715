/*
 * The sandbox, from inside: each test is a child that has put one in force.
 */
#include "test.h"

#include "../engine/fakedns.h"
#include "../engine/smtpserver.h"

#include "sts/base/clock.h"
#include "sts/core/dnsanswer.h"
#include "sts/engine/engine.h"
#include "sts/prog/confine.h"
#include "sts/store/store.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000, NEEDS_TCP = 4, NEEDS_SIGNALS = 6 };

/* Three folders; the sandbox gets the first two. */
struct world {
	char top[32];
	char shown[64], ours[64], hidden[64];
	struct fakedns *dns;
	struct sts_log *log;
	struct sts_sandbox sandbox;
};

/* In a child: tells what is wrong and ends it. */
#define check(condition)                                                       \
	do {                                                                   \
		if (!(condition)) {                                            \
			(void)fprintf(stderr, "%s:%d: not %s (%s)\n",          \
			    __FILE__, __LINE__, #condition, strerror(errno));  \
			_exit(1);                                              \
		}                                                              \
	} while (0)
#define refused(call, error) check((call) < 0 && errno == (error))

static void
to_nowhere(void *cookie, enum sts_log_level level, const char *line)
{
	(void)cookie;
	(void)level;
	(void)line;
}

static const struct fakedns_row names[] = {
	{ "_mta-sts.none.test", STS_DNS_TXT, FAKEDNS_NXDOMAIN, NULL, 0, false },
	{ NULL, 0, FAKEDNS_ANSWER, NULL, 0, false },
};

static const char *
name(const char *folder, const char *file, char path[128])
{
	(void)snprintf(path, 128, "%s/%s", folder, file);
	return path;
}

static void
make(const char *folder, const char *file)
{
	char path[128];
	int fd;

	fd = open(name(folder, file, path), O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "text\n", 5), 5);
	(void)close(fd);
}

static int
set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	(void)snprintf(w->top, sizeof(w->top), "/tmp/sts-sandbox.XXXXXX");
	assert_non_null(mkdtemp(w->top));
	(void)snprintf(w->shown, sizeof(w->shown), "%s/shown", w->top);
	(void)snprintf(w->ours, sizeof(w->ours), "%s/ours", w->top);
	(void)snprintf(w->hidden, sizeof(w->hidden), "%s/hidden", w->top);
	assert_int_equal(mkdir(w->shown, 0700), 0);
	assert_int_equal(mkdir(w->ours, 0700), 0);
	assert_int_equal(mkdir(w->hidden, 0700), 0);
	make(w->shown, "file");
	make(w->ours, "file");
	make(w->hidden, "file");
	assert_int_equal(
	    sts_log_new_sink(to_nowhere, NULL, STS_LOG_DEBUG, &w->log), STS_OK);
	sts_sandbox_init(&w->sandbox);
	sts_sandbox_allow_folder(&w->sandbox, STS_SANDBOX_READ, w->shown);
	sts_sandbox_allow_folder(&w->sandbox, STS_SANDBOX_WRITE, w->ours);
	*state = w;
	return 0;
}

static void
remove_folder(const char *folder)
{
	static const char *const files[] = { "file", "new", "link", "cache.db",
		"cache.db-wal", "cache.db-journal", "conf" };
	char path[128];

	for (size_t i = 0; i < COUNT(files); i++)
		(void)unlink(name(folder, files[i], path));
	assert_int_equal(rmdir(folder), 0);
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	remove_folder(w->shown);
	remove_folder(w->ours);
	remove_folder(w->hidden);
	assert_int_equal(rmdir(w->top), 0);
	sts_sandbox_deinit(&w->sandbox);
	sts_log_free(w->log);
	free(w);
	return 0;
}

/* The status of a child that is in the sandbox and runs `body`.  Which `check`
 * said no is on standard error. */
static int
status_inside(struct world *w, void (*body)(struct world *))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
		check(sts_sandbox_enter(&w->sandbox, w->log) == STS_OK);
		body(w);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
inside(struct world *w, void (*body)(struct world *))
{
	assert_int_equal(status_inside(w, body), 0);
}

/* What this build and this kernel have. */
static void
tell_landlock(struct world *w)
{
	_exit(w->sandbox.landlock);
}

static void
tell_seccomp(struct world *w)
{
	_exit(w->sandbox.seccomp);
}

static void
need_landlock(struct world *w, int abi)
{
	if (status_inside(w, tell_landlock) < abi)
		skip();
}

static void
need_seccomp(struct world *w)
{
	if (status_inside(w, tell_seccomp) == 0)
		skip();
}

static void
need_either(struct world *w)
{
	if (status_inside(w, tell_landlock) == 0 &&
	    status_inside(w, tell_seccomp) == 0)
		skip();
}

/* --- files --- */

static int
try_open(const char *folder, const char *file, int flags)
{
	char path[128];
	int fd = open(name(folder, file, path), flags | O_CLOEXEC, 0600);

	if (fd >= 0)
		(void)close(fd);
	return fd;
}

static void
uses_files(struct world *w)
{
	char path[128];

	check(try_open(w->shown, "file", O_RDONLY) >= 0);
	refused(try_open(w->shown, "file", O_WRONLY), EACCES);
	refused(try_open(w->shown, "new", O_WRONLY | O_CREAT), EACCES);
	refused(unlink(name(w->shown, "file", path)), EACCES);

	check(try_open(w->ours, "file", O_RDWR | O_TRUNC) >= 0);
	check(try_open(w->ours, "new", O_WRONLY | O_CREAT) >= 0);
	check(unlink(name(w->ours, "new", path)) == 0);
	refused(symlink("/", name(w->ours, "link", path)), EACCES);
	refused(mkdir(name(w->ours, "folder", path), 0700), EACCES);

	refused(try_open(w->hidden, "file", O_RDONLY), EACCES);
	refused(try_open(w->hidden, "new", O_WRONLY | O_CREAT), EACCES);
	refused(unlink(name(w->hidden, "file", path)), EACCES);
	refused(open("/etc/shadow", O_RDONLY | O_CLOEXEC), EACCES);
	refused(open("/proc/self/mem", O_RDONLY | O_CLOEXEC), EACCES);
}

static void
test_files(void **state)
{
	struct world *w = *state;

	need_landlock(w, 1);
	inside(w, uses_files);
}

static void
only_removes(struct world *w)
{
	char path[128];

	refused(try_open(w->hidden, "file", O_RDONLY), EACCES);
	refused(try_open(w->hidden, "new", O_WRONLY | O_CREAT), EACCES);
	check(unlink(name(w->hidden, "file", path)) == 0);
}

static void
test_removal(void **state)
{
	struct world *w = *state;
	char path[128];

	need_landlock(w, 1);
	sts_sandbox_allow_file(
	    &w->sandbox, STS_SANDBOX_REMOVE, name(w->hidden, "file", path));
	inside(w, only_removes);
}

static void
reads_what_was_replaced(struct world *w)
{
	char path[128];

	check(try_open(w->shown, "link", O_RDONLY) >= 0);
	check(try_open(w->hidden, "file", O_RDONLY) >= 0);
	check(open("/dev/null", O_RDWR | O_CLOEXEC) >= 0);
	refused(open("/dev/zero", O_RDWR | O_CLOEXEC), EACCES);
	(void)unlink(name(w->ours, "file", path));
	check(try_open(w->ours, "file", O_WRONLY | O_CREAT) >= 0);
}

/* A file: another may come in its place, and it may be a link. */
static void
test_links_devices_and_replacement(void **state)
{
	struct world *w = *state;
	char target[128], path[128];

	need_landlock(w, 1);
	assert_int_equal(symlink(name(w->hidden, "file", target),
			     name(w->shown, "link", path)),
	    0);
	sts_sandbox_allow_file(&w->sandbox, STS_SANDBOX_READ, path);
	sts_sandbox_allow_file(&w->sandbox, STS_SANDBOX_WRITE, "/dev/null");
	inside(w, reads_what_was_replaced);
}

static void
test_what_is_permitted(void **state)
{
	struct world *w = *state;
	char path[128];
	const struct {
		unsigned rights;
		const char *folder, *file;
		bool permitted;
	} table[] = {
		{ STS_SANDBOX_READ, w->shown, "file", true },
		{ STS_SANDBOX_READ, w->shown, "not-there-yet", true },
		{ STS_SANDBOX_READ, w->shown, "", true },
		{ STS_SANDBOX_WRITE, w->shown, "file", false },
		{ STS_SANDBOX_REMOVE, w->shown, "file", false },
		{ STS_SANDBOX_WRITE, w->ours, "not-there-yet", true },
		{ STS_SANDBOX_READ, w->ours, "file", true },
		{ STS_SANDBOX_REMOVE, w->ours, "file", true },
		{ STS_SANDBOX_READ, w->ours, "../hidden/file", false },
		{ STS_SANDBOX_READ, w->hidden, "file", false },
		{ STS_SANDBOX_READ, w->hidden, "not-there-yet", false },
		{ STS_SANDBOX_READ, w->shown, "no-folder/file", true },
		{ STS_SANDBOX_READ, "/etc", "passwd", false },
	};

	sts_sandbox_allow_port(&w->sandbox, 25);
	for (size_t i = 0; i < COUNT(table); i++)
		assert_true(sts_sandbox_permits(&w->sandbox, table[i].rights,
		    name(table[i].folder, table[i].file, path)));
	assert_true(sts_sandbox_permits_port(&w->sandbox, 587));

	w->sandbox.landlock = 1; /* as if it were in force */
	for (size_t i = 0; i < COUNT(table); i++)
		if (sts_sandbox_permits(&w->sandbox, table[i].rights,
			name(table[i].folder, table[i].file, path)) !=
		    table[i].permitted)
			fail_msg("row %zu: %s", i, path);
	assert_true(sts_sandbox_permits(&w->sandbox, STS_SANDBOX_READ, ""));
	assert_true(sts_sandbox_permits_port(&w->sandbox, 25));
	assert_false(sts_sandbox_permits_port(&w->sandbox, 587));
}

/* A folder whose name begins with that of one that is allowed. */
static void
test_names_are_whole(void **state)
{
	struct world *w = *state;
	char longer[80], path[128];

	(void)snprintf(longer, sizeof(longer), "%s-and-more", w->shown);
	assert_int_equal(mkdir(longer, 0700), 0);
	w->sandbox.landlock = 1;
	assert_false(sts_sandbox_permits(
	    &w->sandbox, STS_SANDBOX_READ, name(longer, "file", path)));
	assert_int_equal(rmdir(longer), 0);
}

static void
test_a_list_that_is_too_long(void **state)
{
	struct world *w = *state;

	for (uint16_t port = 1; port <= STS_SANDBOX_PORTS; port++)
		sts_sandbox_allow_port(&w->sandbox, port);
	assert_int_equal(w->sandbox.err, STS_OK);
	sts_sandbox_allow_port(&w->sandbox, 1);
	assert_int_equal(w->sandbox.err, STS_OK);
	sts_sandbox_allow_port(&w->sandbox, 9999);
	assert_int_equal(sts_sandbox_enter(&w->sandbox, w->log), STS_E_LIMIT);
}

/* --- ports and processes --- */

static int
tcp_to(uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	check(fd >= 0);
	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

static void
stays_at_its_ports(struct world *w)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)w;
	check(fd >= 0);
	refused(bind(fd, (struct sockaddr *)&any, sizeof(any)), EACCES);
	refused(tcp_to(22), EACCES);
	refused(tcp_to(1), ECONNREFUSED); /* allowed; nobody is there */
}

static void
test_ports(void **state)
{
	struct world *w = *state;

	need_landlock(w, NEEDS_TCP);
	sts_sandbox_allow_port(&w->sandbox, 1);
	inside(w, stays_at_its_ports);
}

static void
signals_nobody(struct world *w)
{
	(void)w;
	refused(kill(getppid(), 0), EPERM);
	check(kill(getpid(), 0) == 0);
}

static void
test_signals(void **state)
{
	struct world *w = *state;

	need_landlock(w, NEEDS_SIGNALS);
	inside(w, signals_nobody);
}

static void
begins_no_program(struct world *w)
{
	char path[] = "/bin/true";
	char *const argv[] = { path, NULL }, *const env[] = { NULL };

	(void)w;
	refused(execve(path, argv, env), EPERM);
	refused(fork(), EPERM);
	refused(vfork(), EPERM);
	refused(syscall(SYS_clone3, NULL, 0), ENOSYS);
	refused(unshare(CLONE_NEWUSER), EPERM);
	refused(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0), EPERM);
}

static void
asks_for_nothing_odd(struct world *w)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)w;
	check(page != MAP_FAILED);
	refused(mprotect(page, 4096, PROT_READ | PROT_EXEC), EPERM);
	check(mmap(NULL, 4096, PROT_WRITE | PROT_EXEC,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	refused(ptrace(PTRACE_TRACEME, 0, NULL, NULL), EPERM);
	refused(mount("none", "/", NULL, MS_BIND, NULL), EPERM);
	refused(chroot("/"), EPERM);
	refused(setuid(getuid()), EPERM);
	refused(socket(AF_PACKET, SOCK_RAW, 0), EPERM);
	refused(socket(AF_ALG, SOCK_SEQPACKET, 0), EPERM);
	refused(socket(AF_AX25, SOCK_SEQPACKET, 0), EPERM);
	refused(syscall(SYS_bpf, 0, NULL, 0), EPERM);
	refused(syscall(SYS_io_uring_setup, 1, NULL), EPERM);
	refused(syscall(SYS_keyctl, 0, 0, 0), EPERM);
	refused(syscall(SYS_open_by_handle_at, 0, NULL, 0), EPERM);
}

static void *
note_that_it_ran(void *ran)
{
	*(bool *)ran = true;
	return NULL;
}

/* Without clone3 the C library falls back to clone. */
static void
begins_threads(struct world *w)
{
	pthread_t thread;
	bool ran = false;

	(void)w;
	check(pthread_create(&thread, NULL, note_that_it_ran, &ran) == 0);
	check(pthread_join(thread, NULL) == 0);
	check(ran);
}

static void
test_system_calls(void **state)
{
	struct world *w = *state;

	need_seccomp(w);
	inside(w, begins_no_program);
	inside(w, asks_for_nothing_odd);
}

static void
test_threads(void **state)
{
	inside(*state, begins_threads);
}

/* --- what the daemon does --- */

static const struct sts_conf *
load_conf(const char *text)
{
	char path[] = "/tmp/sts-sandbox-conf.XXXXXX";
	const struct sts_conf *conf = NULL;
	struct sts_buf errors;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_true(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	(void)close(fd);
	sts_buf_init(&errors, 4096);
	if (sts_conf_load(path, &errors, &conf) != STS_OK)
		fail_msg("%s", sts_buf_cstr(&errors));
	sts_buf_deinit(&errors);
	(void)unlink(path);
	return conf;
}

struct daemon {
	const struct sts_conf *conf;
	char ca_file[TESTPKI_PATH];
	uint16_t tls_port;
};

/* The children's, which have no other argument: set before they are there. */
static struct daemon the_daemon;

static struct sts_store *
open_store(struct world *w)
{
	const struct sts_store_options options = {
		.path = the_daemon.conf->store,
		.memory_records = 10,
		.clock = &sts_clock_system,
		.log = w->log,
	};
	struct sts_store *store;

	check(sts_store_open(&options, &store) == STS_OK);
	return store;
}

static void
keeps_a_store(struct world *w)
{
	const struct sts_record draft = {
		.domain = "good.test",
		.failed_id = "1",
		.failed_at = sts_wall_s(&sts_clock_system),
	};
	const struct sts_record *record = sts_record_new(&draft);
	struct sts_store *store = open_store(w);
	struct sts_store_health health;

	check(record != NULL);
	check(sts_store_put(store, record) == STS_OK);
	check(sts_store_sync(store, PATIENCE_MS) == STS_OK);
	sts_store_health(store, &health);
	check(health.on_disk);
	sts_store_free(store);
	sts_record_put(record);
}

static void
looks_up(struct world *w)
{
	const struct sts_engine_options options = {
		.clock = &sts_clock_system,
		.log = w->log,
		.store = open_store(w),
		.conf = the_daemon.conf,
	};
	const struct sts_answer *answer = NULL;
	struct sts_engine *engine;
	struct sts_ticket *ticket;
	char why[256];

	check(sts_engine_new(&options, why, sizeof(why), &engine) == STS_OK);
	check(sts_engine_ask(
		  engine, "none.test", STS_ASK_POLICY_ONLY, &ticket) == STS_OK);
	check(sts_ticket_wait(ticket, PATIENCE_MS, &answer) == STS_OK);
	check(answer->verdict.result == STS_RESULT_NONE);
	sts_answer_put(answer);
	sts_ticket_free(ticket);
	sts_engine_free(engine);
}

static void
speaks_tls(struct world *w)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl;
	int fd = tcp_to(the_daemon.tls_port);

	(void)w;
	check(ctx != NULL && fd >= 0);
	check(SSL_CTX_load_verify_file(ctx, the_daemon.ca_file) == 1);
	check(SSL_CTX_set_default_verify_paths(ctx) == 1);
	ssl = SSL_new(ctx);
	check(ssl != NULL && SSL_set_fd(ssl, fd) == 1);
	check(SSL_set1_host(ssl, "mx.test") == 1);
	check(SSL_connect(ssl) == 1);
	check(SSL_get_verify_result(ssl) == X509_V_OK);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	(void)close(fd);
}

static void
lives_as_the_daemon_does(struct world *w)
{
	keeps_a_store(w);
	looks_up(w);
	speaks_tls(w);
	if (w->sandbox.landlock > 0) {
		refused(try_open(w->hidden, "new", O_WRONLY | O_CREAT), EACCES);
		refused(open("/root", O_RDONLY | O_CLOEXEC), EACCES);
		refused(open("/var", O_RDONLY | O_CLOEXEC), EACCES);
		refused(try_open("/etc", "new", O_WRONLY | O_CREAT), EACCES);
	}
	if (w->sandbox.seccomp)
		begins_no_program(w);
}

/* The plan is enough for DNS, TLS and SQLite. */
static void
test_the_plan_is_enough(void **state)
{
	static const struct smtp_step script[] = { TLS, HOLD,
		{ SMTP_END, { NULL, 0 } } };
	struct world *w = *state;
	struct testpki_cert root, leaf;
	struct smtp_server server = { .script = script, .cert = &leaf };
	struct fakedns *dns;
	char text[512];

	need_either(w);
	root = testpki_root();
	leaf = testpki_leaf("mx.test", &root);
	dns = fakedns_start(names);
	testpki_write(&root, the_daemon.ca_file);
	assert_true(smtp_server_start(&server));
	the_daemon.tls_port = server.port;
	(void)snprintf(text, sizeof(text),
	    "store = \"%s/cache.db\"\nca_file = \"%s\"\n"
	    "dns_servers = {\"127.0.0.1:%u\"}\n",
	    w->ours, the_daemon.ca_file, (unsigned)fakedns_port(dns));
	the_daemon.conf = load_conf(text);
	sts_sandbox_deinit(&w->sandbox);
	sts_confine_plan(&w->sandbox, the_daemon.conf, "");
	sts_sandbox_allow_port(&w->sandbox, server.port);

	inside(w, lives_as_the_daemon_does);

	assert_int_equal(
	    fakedns_asked(dns, "_mta-sts.none.test", STS_DNS_TXT), 1);
	smtp_server_stop(&server);
	fakedns_stop(dns);
	sts_conf_put(the_daemon.conf);
	(void)unlink(the_daemon.ca_file);
	testpki_free(&leaf);
	testpki_free(&root);
}

/* A new configuration that does not fit is told of, key and value. */
static void
test_what_does_not_fit(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *key, *file, *rest; /* the folder without rights */
		const char *told;
	} table[] = {
		{ "ca_file", "file", "", "ca_file = \"/" },
		{ "audit_file", "new", "", "audit_file = \"/" },
		{ "store", "new", "dns_servers = {\"[2001:db8::1]:5353\"}",
		    "dns_servers = \"[2001:db8::1]:5353\"" },
		{ "store", "new", "on_fail = \"tag\"", NULL },
	};
	const struct sts_conf *conf;
	struct sts_buf message;
	char text[256];

	sts_sandbox_allow_port(&w->sandbox, 53);
	w->sandbox.landlock = 1;
	for (size_t i = 0; i < COUNT(table); i++) {
		(void)snprintf(text, sizeof(text), "%s = \"%s/%s\"\n%s\n",
		    table[i].key, w->hidden, table[i].file, table[i].rest);
		conf = load_conf(text);
		sts_buf_init(&message, 4096);
		assert_int_equal(sts_confine_judge(&w->sandbox, conf, &message),
		    table[i].told == NULL ? STS_OK : STS_E_REFUSED);
		if (table[i].told != NULL)
			assert_non_null(
			    strstr(sts_buf_cstr(&message), table[i].told));
		sts_buf_deinit(&message);
		sts_conf_put(conf);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_files),
		TEST(test_removal),
		TEST(test_links_devices_and_replacement),
		TEST(test_what_is_permitted),
		TEST(test_names_are_whole),
		TEST(test_a_list_that_is_too_long),
		TEST(test_ports),
		TEST(test_signals),
		TEST(test_system_calls),
		TEST(test_threads),
		TEST(test_the_plan_is_enough),
		TEST(test_what_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
