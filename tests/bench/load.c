#include "load.h"

#include "sts/base/sockspec.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>

int64_t
load_now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Below 2 * LOAD_STEPS each number has a bin of its own; above, each power of
 * two has LOAD_STEPS of them. */
static unsigned
bin_of(uint64_t ns)
{
	unsigned shift = 0;

	while (ns >> shift >= 2 * LOAD_STEPS)
		shift++;
	return shift * LOAD_STEPS + (unsigned)(ns >> shift);
}

static int64_t
end_of_bin(unsigned bin)
{
	unsigned shift = bin < 2 * LOAD_STEPS ? 0 : bin / LOAD_STEPS - 1;

	return (((int64_t)bin - shift * LOAD_STEPS + 1) << shift) - 1;
}

void
load_latency_add(struct load_latencies *l, int64_t ns)
{
	l->n++;
	l->bins[bin_of((uint64_t)ns)]++;
	if (ns > l->max_ns)
		l->max_ns = ns;
}

int64_t
load_latency_at(const struct load_latencies *l, unsigned per_mille)
{
	uint64_t wanted = (l->n * per_mille + 999) / 1000, seen = 0;
	int64_t end;

	for (unsigned i = 0; i < LOAD_BINS && wanted > 0; i++) {
		seen += l->bins[i];
		if (seen < wanted)
			continue;
		end = end_of_bin(i);
		return end < l->max_ns ? end : l->max_ns;
	}
	return 0;
}

void
load_latency_print(const char *name, const struct load_latencies *l)
{
	printf(" %s_n=%llu %s_p50_us=%.1f %s_p99_us=%.1f %s_max_us=%.1f", name,
	    (unsigned long long)l->n, name,
	    (double)load_latency_at(l, 500) / 1e3, name,
	    (double)load_latency_at(l, 990) / 1e3, name,
	    (double)l->max_ns / 1e3);
}

void
load_die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, errno == 0 ? "no" : strerror(errno));
	exit(EX_SOFTWARE);
}

unsigned
load_number(const char *text, unsigned max)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (end == text || *end != '\0' || value > max)
		load_die(text);
	return (unsigned)value;
}

static struct sts_sockspec
parse(const char *text)
{
	struct sts_sockspec spec;

	errno = 0;
	if (sts_sockspec_parse(sts_slice_str(text), &spec) != STS_OK)
		load_die(text);
	return spec;
}

int
load_connect_blocking(const char *text)
{
	struct sts_sockspec spec = parse(text);
	const char *why;
	int fd, yes = 1;

	if (sts_sockspec_connect(&spec, &fd, &why) != STS_OK)
		load_die(text);
	if (spec.family != AF_UNIX)
		(void)setsockopt(
		    fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	return fd;
}

int
load_connect(const char *text)
{
	int fd = load_connect_blocking(text);

	if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		load_die(text);
	return fd;
}

int
load_listen(const char *text)
{
	struct sts_sockspec spec = parse(text);
	const char *why;
	int fd;

	if (sts_sockspec_listen(&spec, 0666, &fd, &why) != STS_OK)
		load_die(text);
	return fd;
}
