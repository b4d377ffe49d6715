# The benchmark: minutes, by root; see BENCHMARKS.md.  BENCH_ROUNDS and BENCH_ONLY
# may be set.
bench_programs = \
	tests/bench/coldfetch \
	tests/bench/delayproxy \
	tests/bench/mapload \
	tests/bench/milterload \
	tests/bench/mxserver \
	tests/bench/noopmap \
	tests/bench/noopmilter \
	tests/bench/smtpload
check_PROGRAMS += $(bench_programs)
bench_load = tests/bench/load.c tests/bench/load.h
bench_ldadd = libcore.a libbase.a

tests_bench_coldfetch_SOURCES = tests/bench/coldfetch.c $(bench_load)
tests_bench_coldfetch_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
tests_bench_coldfetch_LDADD = libbase.a $(OPENSSL_LIBS) -lresolv
tests_bench_delayproxy_SOURCES = tests/bench/delayproxy.c $(bench_load)
tests_bench_delayproxy_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
tests_bench_delayproxy_LDADD = libbase.a $(EVENT_LIBS)
tests_bench_mapload_SOURCES = tests/bench/mapload.c $(bench_load)
tests_bench_mapload_LDADD = $(bench_ldadd)
tests_bench_milterload_SOURCES = tests/bench/milterload.c \
	tests/bench/milterwire.c tests/bench/milterwire.h $(bench_load)
tests_bench_milterload_LDADD = $(bench_ldadd)
tests_bench_mxserver_SOURCES = tests/bench/mxserver.c $(bench_load)
tests_bench_mxserver_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
tests_bench_mxserver_LDADD = libbase.a $(OPENSSL_LIBS)
tests_bench_noopmap_SOURCES = tests/bench/noopmap.c $(bench_load)
tests_bench_noopmap_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
tests_bench_noopmap_LDADD = $(bench_ldadd) $(EVENT_LIBS)
tests_bench_noopmilter_SOURCES = tests/bench/noopmilter.c $(bench_load)
tests_bench_noopmilter_LDADD = libbase.a $(MILTER_LIBS)
tests_bench_smtpload_SOURCES = tests/bench/smtpload.c $(bench_load)
tests_bench_smtpload_LDADD = libbase.a

# Each of them works; how fast is not asked.
TESTS += tests/bench/generators_test.py
EXTRA_DIST += tests/bench/generators_test.py tests/bench/bench.py \
	tests/bench/programs.py tests/bench/scenes_map.py \
	tests/bench/scenes_milter.py tests/bench/scenes_size.py \
	tests/bench/servers.py tests/bench/table.py tests/bench/world.py

.PHONY: bench
bench: mta-sts$(EXEEXT) mta-sts-milter$(EXEEXT) $(bench_programs)
	$(SHELL) $(srcdir)/tests/internet/fetch-mtas peer
	MTA_STS=$(abs_builddir)/mta-sts \
	MTA_STS_MILTER=$(abs_builddir)/mta-sts-milter \
	BENCH_PROGRAMS=$(abs_builddir)/tests/bench \
		$(abs_srcdir)/tests/internet/private-network \
		/usr/bin/python3 $(abs_srcdir)/tests/bench/bench.py
