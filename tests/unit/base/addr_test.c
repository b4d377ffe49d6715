/*
 * Addresses: parsing, networks, and which are the public Internet's (rules.md
 * row 27).
 */
#include "sts/base/addr.h"

#include "test.h"

#include <netinet/in.h>

static struct sts_addr
addr(const char *text)
{
	struct sts_addr a;

	if (sts_addr_parse(sts_slice_str(text), &a) != STS_OK)
		fail_msg("%s is an address", text);
	return a;
}

static struct sts_network
network(const char *text)
{
	struct sts_network net;

	if (sts_network_parse(sts_slice_str(text), &net) != STS_OK)
		fail_msg("%s is a network", text);
	return net;
}

/* Each special-purpose block from its first to its last address. */
static const char *const not_public[] = {
	"0.0.0.0",
	"0.0.0.1",
	"0.255.255.255", /* 0.0.0.0/8 */
	"10.0.0.0",
	"10.255.255.255", /* 10.0.0.0/8 */
	"100.64.0.0",
	"100.127.255.255", /* 100.64.0.0/10 */
	"127.0.0.1",
	"127.0.0.53",
	"127.255.255.255", /* 127.0.0.0/8 */
	"169.254.0.0",
	"169.254.169.254",
	"169.254.255.255",
	"172.16.0.0",
	"172.31.255.255", /* 172.16.0.0/12 */
	"192.0.0.0",
	"192.0.0.9",
	"192.0.0.170",
	"192.0.0.255",
	"192.0.2.0",
	"192.0.2.255", /* TEST-NET-1 */
	"192.31.196.0",
	"192.31.196.255", /* AS112 */
	"192.52.193.0",
	"192.52.193.255", /* AMT */
	"192.88.99.0",
	"192.88.99.2",
	"192.88.99.255", /* 6to4 relays */
	"192.168.0.0",
	"192.168.255.255", /* 192.168.0.0/16 */
	"192.175.48.0",
	"192.175.48.255", /* AS112 */
	"198.18.0.0",
	"198.19.255.255", /* 198.18.0.0/15 */
	"198.51.100.0",
	"198.51.100.255", /* TEST-NET-2 */
	"203.0.113.0",
	"203.0.113.255", /* TEST-NET-3 */
	"224.0.0.0",
	"239.255.255.255", /* multicast */
	"240.0.0.0",
	"255.255.255.254",
	"255.255.255.255",
	"::",
	"::1",
	"::127.0.0.1",
	"::8.8.8.8", /* ::/96 */
	"::ffff:0.0.0.0",
	"::ffff:127.0.0.1",
	"::ffff:10.0.0.1",
	"::ffff:8.8.8.8",
	"::ffff:255.255.255.255", /* mapped */
	"64:ff9b::127.0.0.1",
	"64:ff9b::10.0.0.1",
	"64:ff9b::0.0.0.0",
	"64:ff9b::192.168.1.1",
	"64:ff9b::169.254.169.254", /* NAT64 */
	"64:ff9b:0:0:0:1::",
	"64:ff9b:1::",
	"64:ff9b:1:ffff::8.8.8.8",
	"100::",
	"100::ffff:ffff:ffff:ffff",
	"100:0:0:1::", /* discard, dummy */
	"2001::",
	"2001:0:808:808::", /* Teredo */
	"2001:0:4136:e378:8000:63bf:3fff:fdd2",
	"2001:1::1",
	"2001:1::2",
	"2001:2::",
	"2001:3::",
	"2001:4:112::", /* 2001::/23 and what is in it */
	"2001:10::",
	"2001:1f:ffff::",
	"2001:20::1",
	"2001:30::1",
	"2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
	"2001:db8::",
	"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
	"2002::",
	"2002:7f00:1::",
	"2002:a00:1::1",
	"2002:a9fe:a9fe::",
	"2002:c0a8:101::",
	"2002:e000:1::", /* 6to4 of a special address */
	"2620:4f:8000::",
	"2620:4f:8000:ffff:ffff:ffff:ffff:ffff",
	"3fff::",
	"3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
	"4000::",
	"5f00::1",
	"8000::",
	"1fff:ffff::", /* not 2000::/3 */
	"fc00::",
	"fd00:1234::1",
	"fdff:ffff::1", /* unique local */
	"fe80::1",
	"febf:ffff::1", /* link local */
	"fec0::1",
	"feff:ffff::1", /* site local */
	"ff00::",
	"ff02::1",
	"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
};

/* The neighbours of those blocks, and some that are well known. */
static const char *const public[] = {
	"1.0.0.0", "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0",
	"100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
	"169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0",
	"191.255.255.255", "192.0.1.0", "192.0.1.255", "192.0.3.0",
	"192.31.195.255", "192.31.197.0", "192.52.192.255", "192.52.194.0",
	"192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0",
	"192.175.47.255", "192.175.49.0", "198.17.255.255", "198.20.0.0",
	"198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0",
	"223.255.255.255", "2000::", "2000:ffff::1",
	"2001:200::", "2001:4860:4860::8888",
	"2001:db7:ffff::", "2001:db9::", "2003::1",
	"2620:4e:ffff::", "2620:50::", "2606:4700:4700::1111", "2a00:1450::1",
	"3ffe:ffff::", "3fff:1000::", "2002:808:808::1",
	"2002:808:808:ffff::", /* 6to4 of 8.8.8.8 */
	"64:ff9b::8.8.8.8", "64:ff9b::203.0.114.1", /* NAT64 of a public one */
};

static void
test_public(void **state)
{
	struct sts_addr a;

	(void)state;
	for (size_t i = 0; i < COUNT(not_public); i++) {
		a = addr(not_public[i]);
		if (sts_addr_is_public(&a))
			fail_msg("%s is not public", not_public[i]);
		assert_false(sts_addr_allowed(&a, NULL, 0));
	}
	for (size_t i = 0; i < COUNT(public); i++) {
		a = addr(public[i]);
		if (!sts_addr_is_public(&a))
			fail_msg("%s is public", public[i]);
		assert_true(sts_addr_allowed(&a, NULL, 0));
	}
	a.family = AF_UNIX;
	assert_false(sts_addr_is_public(&a));
}

static void
test_allowed(void **state)
{
	static const struct {
		const char *addr;
		bool allowed;
	} rows[] = {
		{ "127.0.0.1", true },
		{ "127.255.255.255", true },
		{ "::ffff:127.0.0.1", true }, /* as the IPv4 address */
		{ "::ffff:10.0.0.1", false },
		{ "64:ff9b::127.0.0.1", false }, /* must be named itself */
		{ "10.0.0.1", false },
		{ "fd00::1", true },
		{ "fd00:1::1", false },
		{ "::1", false },
		{ "8.8.8.8", true },
	};
	const struct sts_network nets[] = {
		network("127.0.0.0/8"),
		network("fd00::/32"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sts_addr a = addr(rows[i].addr);

		if (sts_addr_allowed(&a, nets, COUNT(nets)) != rows[i].allowed)
			fail_msg("%s", rows[i].addr);
	}
}

static void
test_parse(void **state)
{
	static const char *const bad[] = {
		"",
		"1.2.3",
		"1.2.3.4.5",
		"1.2.3.256",
		"01.2.3.4",
		" 1.2.3.4",
		"1.2.3.4 ",
		"1.2.3.4/8",
		"[::1]",
		"::1%lo",
		"::1%1",
		":::",
		"1::2::3",
		"12345::",
		"0x7f000001",
		"2130706433",
		"127.1",
		"localhost",
		"::ffff:1.2.3",
		"1.2.3.4:53",
		"0000:0000:0000:0000:0000:ffff:255.255.255.2555",
	};
	struct sts_addr a = { .family = 77 };
	char text[STS_ADDR_TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (sts_addr_parse(sts_slice_str(bad[i]), &a) != STS_E_SYNTAX)
			fail_msg("\"%s\" is no address", bad[i]);
	assert_int_equal(
	    sts_addr_parse(STS_LIT("1.2.3.4\0"), &a), STS_E_SYNTAX);
	assert_int_equal(a.family, 77);
	a = addr("192.0.2.1");
	assert_string_equal(sts_addr_text(&a, text), "192.0.2.1");
	a = addr("2001:DB8:0:0::1");
	assert_string_equal(sts_addr_text(&a, text), "2001:db8::1");
	a = addr("0000:0000:0000:0000:0000:ffff:255.255.255.255");
	assert_string_equal(sts_addr_text(&a, text), "::ffff:255.255.255.255");
	a.family = 77;
	assert_string_equal(sts_addr_text(&a, text), "");
}

static void
test_network_parse(void **state)
{
	static const struct {
		const char *text;
		enum sts_err err;
	} bad[] = {
		{ "", STS_E_SYNTAX },
		{ "/8", STS_E_SYNTAX },
		{ "10.0.0.0/", STS_E_SYNTAX },
		{ "10.0.0.0/8x", STS_E_SYNTAX },
		{ "10.0.0.0/-1", STS_E_SYNTAX },
		{ "10.0.0.0/8/8", STS_E_SYNTAX },
		{ "10.0.0.0/255.0.0.0", STS_E_SYNTAX },
		{ "10/8", STS_E_SYNTAX },
		{ "10.0.0.0/0008", STS_E_SYNTAX },
		{ "10.0.0.0/33", STS_E_RANGE },
		{ "::/129", STS_E_RANGE },
		{ "10.0.0.1/8", STS_E_RANGE },
		{ "10.128.0.0/8", STS_E_RANGE },
		{ "fd00::1/64", STS_E_RANGE },
		{ "1.0.0.0/0", STS_E_RANGE },
	};
	struct sts_network net = { .prefix = 77 };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (sts_network_parse(sts_slice_str(bad[i].text), &net) !=
		    bad[i].err)
			fail_msg("\"%s\"", bad[i].text);
	assert_int_equal(net.prefix, 77);
	assert_int_equal(network("192.0.2.1").prefix, 32);
	assert_int_equal(network("::1").prefix, 128);
	assert_int_equal(network("0.0.0.0/0").prefix, 0);
	assert_int_equal(network("fe80::/10").prefix, 10);
}

static void
test_network_has(void **state)
{
	static const struct {
		const char *net, *addr;
		bool has;
	} rows[] = {
		{ "0.0.0.0/0", "255.255.255.255", true },
		{ "0.0.0.0/0", "::1", false },
		{ "::/0", "::1", true },
		{ "::/0", "1.2.3.4", false },
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.0", false },
		{ "128.0.0.0/1", "128.0.0.0", true },
		{ "128.0.0.0/1", "127.255.255.255", false },
		{ "10.64.0.0/10", "10.127.255.255", true },
		{ "10.64.0.0/10", "10.128.0.0", false },
		{ "192.0.2.254/31", "192.0.2.255", true },
		{ "192.0.2.254/31", "192.0.2.253", false },
		{ "2001:db8::/33", "2001:db8:7fff::", true },
		{ "2001:db8::/33", "2001:db8:8000::", false },
		{ "2001:db8::1", "2001:db8::1", true },
		{ "2001:db8::1", "2001:db8::2", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sts_network net = network(rows[i].net);
		struct sts_addr a = addr(rows[i].addr);

		if (sts_network_has(&net, &a) != rows[i].has)
			fail_msg("%s in %s", rows[i].addr, rows[i].net);
	}
}

static void
test_sockaddr(void **state)
{
	static const char *const texts[] = { "192.0.2.1", "2001:db8::1" };
	struct sockaddr_storage ss;
	struct sts_addr a, back;
	socklen_t n;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		a = addr(texts[i]);
		n = sts_addr_sockaddr(&a, 8461, &ss);
		assert_int_equal(n, i == 0 ? sizeof(struct sockaddr_in)
					   : sizeof(struct sockaddr_in6));
		assert_int_equal(ss.ss_family, a.family);
		/* The port stands in the same place in both. */
		assert_int_equal(
		    ((struct sockaddr_in *)&ss)->sin_port, htons(8461));
		assert_int_equal(
		    sts_addr_from_sockaddr((struct sockaddr *)&ss, n, &back),
		    STS_OK);
		assert_memory_equal(&a, &back, sizeof(a));
		assert_int_equal(sts_addr_from_sockaddr(
				     (struct sockaddr *)&ss, n - 1, &back),
		    STS_E_RANGE);
	}
	ss.ss_family = AF_UNIX;
	assert_int_equal(
	    sts_addr_from_sockaddr((struct sockaddr *)&ss, sizeof(ss), &back),
	    STS_E_RANGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_public),
		cmocka_unit_test(test_allowed),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_network_parse),
		cmocka_unit_test(test_network_has),
		cmocka_unit_test(test_sockaddr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
