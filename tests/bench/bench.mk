# The benchmark: minutes, by root; see BENCHMARKS.md.  BENCH_ROUNDS and BENCH_ONLY
# may be set.
bench_programs = \
	tests/bench/mapload \
	tests/bench/milterload \
	tests/bench/noopmap \
	tests/bench/noopmilter
check_PROGRAMS += $(bench_programs)
bench_load = tests/bench/load.c tests/bench/load.h
bench_ldadd = libcore.a libbase.a

tests_bench_mapload_SOURCES = tests/bench/mapload.c $(bench_load)
tests_bench_mapload_LDADD = $(bench_ldadd)
tests_bench_milterload_SOURCES = tests/bench/milterload.c \
	tests/bench/milterwire.c tests/bench/milterwire.h $(bench_load)
tests_bench_milterload_LDADD = $(bench_ldadd)
tests_bench_noopmap_SOURCES = tests/bench/noopmap.c $(bench_load)
tests_bench_noopmap_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
tests_bench_noopmap_LDADD = $(bench_ldadd) $(EVENT_LIBS)
tests_bench_noopmilter_SOURCES = tests/bench/noopmilter.c $(bench_load)
tests_bench_noopmilter_LDADD = libbase.a $(MILTER_LIBS)

# Each of them works; how fast is not asked.
TESTS += tests/bench/generators_test.py
EXTRA_DIST += tests/bench/generators_test.py tests/bench/programs.py
