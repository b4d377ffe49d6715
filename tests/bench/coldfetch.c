/*
 * coldfetch -d ADDRESS:PORT -a CAFILE [-j PROCESSES] [-p PORT] -n DOMAINS
 * SUFFIX: fetches the policies of d0.SUFFIX, d1.SUFFIX and so on, as plainly as
 * it can be done: TXT, address, TLS with verification, GET, each waited for.
 * The floor of a lookup of which nothing is remembered.  The domains are shared
 * out among the processes.
 */
#include "load.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <resolv.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	ANSWER_MAX = 65535,
	TEXT_MAX = 65536,
	DOMAIN_SIZE = 256,
	NAME_SIZE = DOMAIN_SIZE + 16,
};

struct fetcher {
	const char *suffix;
	unsigned domains, processes, port;
	struct __res_state resolver;
	SSL_CTX *tls;
};

/* The data of the first record of that type. */
static const unsigned char *
look_up(struct fetcher *f, const char *name, ns_type type,
    unsigned char answer[ANSWER_MAX], size_t *length)
{
	int n = res_nquery(
	    &f->resolver, name, ns_c_in, (int)type, answer, ANSWER_MAX);
	ns_msg message;
	ns_rr rr;

	if (n < 0 || ns_initparse(answer, n, &message) != 0)
		load_die(name);
	for (int i = 0; i < ns_msg_count(message, ns_s_an); i++) {
		if (ns_parserr(&message, ns_s_an, i, &rr) != 0)
			load_die(name);
		if (ns_rr_type(rr) != type)
			continue;
		*length = ns_rr_rdlen(rr);
		return ns_rr_rdata(rr);
	}
	load_die(name);
}

static void
want_record(struct fetcher *f, const char *domain)
{
	static const char mark[] = "v=STSv1; id=";
	unsigned char answer[ANSWER_MAX];
	const unsigned char *text;
	char name[NAME_SIZE];
	size_t n;

	(void)snprintf(name, sizeof(name), "_mta-sts.%s", domain);
	text = look_up(f, name, ns_t_txt, answer, &n);
	if (n < sizeof(mark) || memcmp(text + 1, mark, strlen(mark)) != 0)
		load_die(name);
}

static int
connect_to(struct fetcher *f, const char *host)
{
	unsigned char answer[ANSWER_MAX];
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)f->port) };
	const unsigned char *address;
	size_t n;
	int fd;

	address = look_up(f, host, ns_t_a, answer, &n);
	if (n != sizeof(sin.sin_addr))
		load_die(host);
	memcpy(&sin.sin_addr, address, n);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&sin, sizeof(sin)) != 0)
		load_die(host);
	return fd;
}

static void
get(SSL *tls, const char *host)
{
	char text[TEXT_MAX];
	size_t n = 0;
	int rc;

	rc = snprintf(text, sizeof(text),
	    "GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: %s\r\n"
	    "Connection: close\r\n\r\n",
	    host);
	if (SSL_write(tls, text, rc) != rc)
		load_die(host);
	while ((rc = SSL_read(tls, text + n, (int)(TEXT_MAX - 1 - n))) > 0)
		n += (size_t)rc;
	text[n] = '\0';
	if (strncmp(text, "HTTP/1.1 200 ", 13) != 0 ||
	    strstr(text, "version: STSv1") == NULL)
		load_die(host);
}

static void
fetch(struct fetcher *f, const char *domain)
{
	SSL *tls = SSL_new(f->tls);
	char host[NAME_SIZE];
	int fd;

	want_record(f, domain);
	(void)snprintf(host, sizeof(host), "mta-sts.%s", domain);
	fd = connect_to(f, host);
	if (tls == NULL || SSL_set_fd(tls, fd) != 1 ||
	    SSL_set1_host(tls, host) != 1 ||
	    SSL_set_tlsext_host_name(tls, host) != 1 || SSL_connect(tls) != 1)
		load_die(host);
	get(tls, host);
	(void)SSL_shutdown(tls);
	SSL_free(tls);
	(void)close(fd);
}

static void
fetch_share(struct fetcher *f, unsigned first)
{
	char domain[DOMAIN_SIZE];

	for (unsigned i = first; i < f->domains; i += f->processes) {
		(void)snprintf(domain, sizeof(domain), "d%u.%s", i, f->suffix);
		fetch(f, domain);
	}
}

static void
fetch_all(struct fetcher *f)
{
	int status;

	for (unsigned i = 1; i < f->processes; i++) {
		pid_t child = fork();

		if (child < 0)
			load_die("fork");
		if (child > 0)
			continue;
		fetch_share(f, i);
		_exit(0);
	}
	fetch_share(f, 0);
	while (wait(&status) > 0)
		if (status != 0)
			load_die("a process");
}

static void
use_resolver(struct fetcher *f, char *address)
{
	char *colon = strchr(address, ':');

	if (res_ninit(&f->resolver) != 0 || colon == NULL)
		load_die(address);
	*colon = '\0';
	f->resolver.nscount = 1;
	f->resolver.nsaddr_list[0] = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)load_number(colon + 1, 65535)),
	};
	if (inet_pton(AF_INET, address, &f->resolver.nsaddr_list[0].sin_addr) !=
	    1)
		load_die(address);
}

static void
use_roots(struct fetcher *f, const char *ca_file)
{
	f->tls = SSL_CTX_new(TLS_client_method());
	if (f->tls == NULL ||
	    SSL_CTX_load_verify_locations(f->tls, ca_file, NULL) != 1 ||
	    SSL_CTX_set_min_proto_version(f->tls, TLS1_2_VERSION) != 1)
		load_die(ca_file);
	SSL_CTX_set_verify(f->tls, SSL_VERIFY_PEER, NULL);
}

static void
read_options(int argc, char **argv, struct fetcher *f)
{
	int c;

	f->processes = 1;
	f->port = 443;
	while ((c = getopt(argc, argv, "d:a:j:n:p:")) != -1) {
		if (c == 'd')
			use_resolver(f, optarg);
		else if (c == 'a')
			use_roots(f, optarg);
		else if (c == 'j')
			f->processes = load_number(optarg, 64);
		else if (c == 'n')
			f->domains = load_number(optarg, 1000000);
		else if (c == 'p')
			f->port = load_number(optarg, 65535);
		else
			exit(EX_USAGE);
	}
	f->suffix = argv[optind];
	if (f->suffix == NULL || f->tls == NULL || f->resolver.nscount == 0)
		load_die("coldfetch -d ADDRESS:PORT -a CAFILE SUFFIX");
}

static double
cpu_of(int who)
{
	struct rusage u;

	(void)getrusage(who, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

int
main(int argc, char **argv)
{
	static struct fetcher f;
	int64_t began_ns;
	double before;

	read_options(argc, argv, &f);
	began_ns = load_now_ns();
	before = cpu_of(RUSAGE_SELF);
	fetch_all(&f);
	printf("fetched=%u seconds=%.6f cpu=%.6f\n", f.domains,
	    (double)(load_now_ns() - began_ns) / 1e9,
	    cpu_of(RUSAGE_SELF) + cpu_of(RUSAGE_CHILDREN) - before);
	res_nclose(&f.resolver);
	SSL_CTX_free(f.tls);
	return 0;
}
