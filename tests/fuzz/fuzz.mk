# Fuzzers. Each is the function that libFuzzer wants, in fuzz_NAME.c, and some
# files to begin with, in corpus/NAME. `make check` runs those, under ASan and
# UBSan, as any test; configured with --enable-fuzzing CC=clang the programs are
# libFuzzer's: tests/fuzz/fuzz_NAME FOLDER-FOR-NEW-ONES corpus/NAME, which
# tests/fuzz/run-fuzzers does for all.
#
# A new one is a word in fuzzers and two lines below, and its corpus. One of a
# layer that has no sanitized copy yet needs that too, as libcore_san.a.
fuzzers = \
	tests/fuzz/fuzz_checkpage \
	tests/fuzz/fuzz_audit \
	tests/fuzz/fuzz_certificate \
	tests/fuzz/fuzz_conf \
	tests/fuzz/fuzz_control \
	tests/fuzz/fuzz_dnsanswer \
	tests/fuzz/fuzz_domain \
	tests/fuzz/fuzz_gunzip \
	tests/fuzz/fuzz_milter \
	tests/fuzz/fuzz_held \
	tests/fuzz/fuzz_policy \
	tests/fuzz/fuzz_published \
	tests/fuzz/fuzz_reportfile \
	tests/fuzz/fuzz_reportjson \
	tests/fuzz/fuzz_smtpreply \
	tests/fuzz/fuzz_socketmap \
	tests/fuzz/fuzz_tlsrpt \
	tests/fuzz/fuzz_txt
EXTRA_DIST += tests/fuzz/corpus tests/fuzz/run-fuzzers

noinst_HEADERS += tests/fuzz/fuzz.h
fuzz_lib_cflags = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_core_ldadd = $(fuzz_main) libcore_san.a libbase_san.a $(CORE_LIBS)
fuzz_cmd_ldadd = $(fuzz_main) libcmd_san.a libcore_san.a libbase_san.a \
	$(JANSSON_LIBS) $(ZLIB_LIBS) $(GMIME_LIBS) $(CORE_LIBS)

tests_fuzz_fuzz_audit_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_audit_LDADD = $(fuzz_main) libreport_san.a libcore_san.a \
	libbase_san.a $(JANSSON_LIBS) $(CORE_LIBS)
tests_fuzz_fuzz_certificate_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_certificate_LDADD = $(fuzz_main) libengine_san.a \
	libbase_san.a $(OPENSSL_LIBS)
tests_fuzz_fuzz_checkpage_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_checkpage_LDADD = $(fuzz_main) libcmd_san.a libcore_san.a \
	libbase_san.a $(JANSSON_LIBS) $(OPENSSL_LIBS) $(CORE_LIBS)
tests_fuzz_fuzz_conf_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_conf_LDADD = $(fuzz_main) libconf_san.a libcore_san.a \
	libbase_san.a $(CONF_LIBS) $(CORE_LIBS)
tests_fuzz_fuzz_control_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_control_LDADD = $(fuzz_main) libfront_san.a libcore_san.a \
	libbase_san.a $(JANSSON_LIBS) $(CORE_LIBS)
tests_fuzz_fuzz_dnsanswer_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_dnsanswer_LDADD = $(fuzz_core_ldadd)
tests_fuzz_fuzz_domain_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_domain_LDADD = $(fuzz_core_ldadd)
tests_fuzz_fuzz_gunzip_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_gunzip_LDADD = $(fuzz_cmd_ldadd)
tests_fuzz_fuzz_milter_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_milter_LDADD = $(fuzz_core_ldadd)
tests_fuzz_fuzz_held_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_held_LDADD = $(fuzz_cmd_ldadd)
tests_fuzz_fuzz_policy_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_policy_LDADD = $(fuzz_core_ldadd)
tests_fuzz_fuzz_published_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_published_LDADD = $(fuzz_core_ldadd)
tests_fuzz_fuzz_reportfile_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_reportfile_LDADD = $(fuzz_cmd_ldadd)
tests_fuzz_fuzz_reportjson_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_reportjson_LDADD = $(fuzz_cmd_ldadd)
tests_fuzz_fuzz_smtpreply_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_smtpreply_LDADD = $(fuzz_core_ldadd)
tests_fuzz_fuzz_socketmap_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_socketmap_LDADD = $(fuzz_core_ldadd)
tests_fuzz_fuzz_tlsrpt_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_tlsrpt_LDADD = $(fuzz_core_ldadd)
tests_fuzz_fuzz_txt_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_txt_LDADD = $(fuzz_core_ldadd)

libbase_san_a_SOURCES = $(libbase_a_SOURCES)
libbase_san_a_CFLAGS = $(fuzz_lib_cflags)
libconf_san_a_SOURCES = $(libconf_a_SOURCES)
libconf_san_a_CFLAGS = $(fuzz_lib_cflags)
libconf_san_a_CPPFLAGS = $(libconf_a_CPPFLAGS)
libcore_san_a_SOURCES = $(libcore_a_SOURCES)
libcore_san_a_CFLAGS = $(fuzz_lib_cflags)
libcore_san_a_CPPFLAGS = $(libcore_a_CPPFLAGS)
# Of engine, report and front only what reads bytes that others send.
libengine_san_a_SOURCES = milter/engine/certtext.c
libengine_san_a_CFLAGS = $(fuzz_lib_cflags)
libfront_san_a_SOURCES = milter/front/controlrequest.c
libfront_san_a_CFLAGS = $(fuzz_lib_cflags)
libfront_san_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
libreport_san_a_SOURCES = milter/report/auditentry.c
libreport_san_a_CFLAGS = $(fuzz_lib_cflags)
libreport_san_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
# Of the command what reads the reports that others send, and what shows to a
# browser what others wrote.
libcmd_san_a_SOURCES = milter/prog/advice.c milter/prog/advicetable.c \
	milter/prog/checkpage.c milter/prog/checkparts.c \
	milter/prog/checktable.c milter/prog/checkwords.c \
	milter/prog/findings.c milter/prog/heldheader.c \
	milter/prog/mailq.c milter/prog/html.c milter/prog/htmlstyle.c \
	milter/prog/htmltable.c milter/prog/outfile.c milter/prog/show.c \
	milter/prog/ui.c milter/prog/gunzip.c milter/prog/js.c \
	milter/prog/reportfile.c milter/prog/reportjson.c \
	milter/prog/reportmail.c milter/prog/reportread.c \
	milter/prog/reporttime.c milter/prog/reportvalue.c
libcmd_san_a_CFLAGS = $(fuzz_lib_cflags)
libcmd_san_a_CPPFLAGS = $(libcmd_a_CPPFLAGS)
libreplay_san_a_SOURCES = tests/fuzz/replay.c
libreplay_san_a_CFLAGS = $(fuzz_lib_cflags)

if FUZZERS
check_LIBRARIES += libbase_san.a libcmd_san.a libconf_san.a libcore_san.a \
	libengine_san.a libfront_san.a libreport_san.a libreplay_san.a
check_PROGRAMS += $(fuzzers)
if FUZZING
fuzz_main =
fuzz_cflags = $(fuzz_lib_cflags) -fsanitize=fuzzer
else
fuzz_main = libreplay_san.a
fuzz_cflags = $(fuzz_lib_cflags)
TESTS += $(fuzzers)
endif
endif
