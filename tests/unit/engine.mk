# Unit tests of engine.
unit_ldadd_engine = libengine.a libstore.a libconf.a libcore.a libbase.a \
	$(CURL_LIBS) $(CARES_LIBS) $(EVENT_LIBS) $(OPENSSL_LIBS) \
	$(STORE_LIBS) $(CONF_LIBS) $(CORE_LIBS)
UNIT_TESTS +=

UNIT_TESTS += tests/unit/engine/resolver_test
tests_unit_engine_resolver_test_SOURCES = \
	tests/unit/conf/conffile.c \
	tests/unit/conf/conffile.h \
	tests/unit/engine/fakedns.c \
	tests/unit/engine/fakedns.h \
	tests/unit/engine/resolver_test.c
tests_unit_engine_resolver_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_engine_resolver_test_LDADD = $(unit_ldadd_engine) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/engine/probe_test
tests_unit_engine_probe_test_SOURCES = \
	tests/unit/conf/conffile.c \
	tests/unit/conf/conffile.h \
	tests/unit/engine/probe_test.c \
	tests/unit/engine/smtpserver.c \
	tests/unit/engine/smtpserver.h \
	tests/unit/engine/testpki.c \
	tests/unit/engine/testpki.h
tests_unit_engine_probe_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_engine_probe_test_LDADD = $(unit_ldadd_engine) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/engine/tls_test
tests_unit_engine_tls_test_SOURCES = \
	tests/unit/engine/testpki.c \
	tests/unit/engine/testpki.h \
	tests/unit/engine/tls_test.c \
	tests/unit/engine/tlspair.c \
	tests/unit/engine/tlspair.h
tests_unit_engine_tls_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_engine_tls_test_LDADD = $(unit_ldadd_engine) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/engine/anchors_test
tests_unit_engine_anchors_test_SOURCES = \
	tests/unit/engine/anchors_test.c \
	tests/unit/engine/testpki.c \
	tests/unit/engine/testpki.h
tests_unit_engine_anchors_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_engine_anchors_test_LDADD = $(unit_ldadd_engine) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/engine/fetch_test
tests_unit_engine_fetch_test_SOURCES = \
	tests/unit/conf/conffile.c \
	tests/unit/conf/conffile.h \
	tests/unit/engine/fetch_test.c \
	tests/unit/engine/fetchworld.c \
	tests/unit/engine/fetchworld.h \
	tests/unit/engine/httpsserver.c \
	tests/unit/engine/httpsserver.h \
	tests/unit/engine/testpki.c \
	tests/unit/engine/testpki.h
tests_unit_engine_fetch_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_engine_fetch_test_LDADD = $(unit_ldadd_engine) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/engine/fetchpool_test
tests_unit_engine_fetchpool_test_SOURCES = \
	tests/unit/conf/conffile.c \
	tests/unit/conf/conffile.h \
	tests/unit/engine/fetchpool_test.c \
	tests/unit/engine/fetchworld.c \
	tests/unit/engine/fetchworld.h \
	tests/unit/engine/httpsserver.c \
	tests/unit/engine/httpsserver.h \
	tests/unit/engine/testpki.c \
	tests/unit/engine/testpki.h
tests_unit_engine_fetchpool_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_engine_fetchpool_test_LDADD = $(unit_ldadd_engine) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/engine/fetchtls_test
tests_unit_engine_fetchtls_test_SOURCES = \
	tests/unit/conf/conffile.c \
	tests/unit/conf/conffile.h \
	tests/unit/engine/fetchtls_test.c \
	tests/unit/engine/fetchworld.c \
	tests/unit/engine/fetchworld.h \
	tests/unit/engine/httpsserver.c \
	tests/unit/engine/httpsserver.h \
	tests/unit/engine/testpki.c \
	tests/unit/engine/testpki.h
tests_unit_engine_fetchtls_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_engine_fetchtls_test_LDADD = $(unit_ldadd_engine) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/engine/dane_test
tests_unit_engine_dane_test_SOURCES = \
	tests/unit/engine/dane_test.c \
	tests/unit/engine/testpki.c \
	tests/unit/engine/testpki.h \
	tests/unit/engine/tlspair.c \
	tests/unit/engine/tlspair.h
tests_unit_engine_dane_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_engine_dane_test_LDADD = $(unit_ldadd_engine) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/engine/hostdane_test
tests_unit_engine_hostdane_test_SOURCES = \
	tests/unit/conf/conffile.c \
	tests/unit/conf/conffile.h \
	tests/unit/engine/fakedns.c \
	tests/unit/engine/fakedns.h \
	tests/unit/engine/hostdane_test.c \
	tests/unit/engine/testpki.c \
	tests/unit/engine/testpki.h
tests_unit_engine_hostdane_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_engine_hostdane_test_LDADD = $(unit_ldadd_engine) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/engine/tell_test
tests_unit_engine_tell_test_SOURCES = \
	tests/unit/conf/conffile.c \
	tests/unit/conf/conffile.h \
	tests/unit/engine/fakedns.c \
	tests/unit/engine/fakedns.h \
	tests/unit/engine/tell_test.c
tests_unit_engine_tell_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_engine_tell_test_LDADD = $(unit_ldadd_engine) $(CMOCKA_LIBS)

# A whole engine and the small Internet around it.
unit_engineworld = \
	tests/unit/conf/conffile.c \
	tests/unit/conf/conffile.h \
	tests/unit/engine/engineworld.c \
	tests/unit/engine/engineworld.h \
	tests/unit/engine/fakedns.c \
	tests/unit/engine/fakedns.h \
	tests/unit/engine/httpsserver.c \
	tests/unit/engine/httpsserver.h \
	tests/unit/engine/smtpserver.c \
	tests/unit/engine/smtpserver.h \
	tests/unit/engine/testpki.c \
	tests/unit/engine/testpki.h

UNIT_TESTS += tests/unit/engine/clockrows_test
tests_unit_engine_clockrows_test_SOURCES = \
	tests/unit/engine/clockrows_test.c \
	$(unit_engineworld)
tests_unit_engine_clockrows_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_engine_clockrows_test_LDADD = $(unit_ldadd_engine) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/engine/coalesce_test
tests_unit_engine_coalesce_test_SOURCES = \
	tests/unit/engine/coalesce_test.c \
	$(unit_engineworld)
tests_unit_engine_coalesce_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_engine_coalesce_test_LDADD = $(unit_ldadd_engine) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/engine/enginelife_test
tests_unit_engine_enginelife_test_SOURCES = \
	tests/unit/engine/enginelife_test.c \
	$(unit_engineworld)
tests_unit_engine_enginelife_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_engine_enginelife_test_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=ares_init_options
tests_unit_engine_enginelife_test_LDADD = $(unit_ldadd_engine) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/engine/caps_test
tests_unit_engine_caps_test_SOURCES = \
	tests/unit/engine/caps_test.c \
	$(unit_engineworld)
tests_unit_engine_caps_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_engine_caps_test_LDADD = $(unit_ldadd_engine) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/engine/descriptors_test
tests_unit_engine_descriptors_test_SOURCES = \
	tests/unit/engine/descriptors_test.c \
	$(unit_engineworld)
tests_unit_engine_descriptors_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_engine_descriptors_test_LDADD = $(unit_ldadd_engine) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/engine/refresher_test
tests_unit_engine_refresher_test_SOURCES = \
	tests/unit/engine/refresher_test.c \
	$(unit_engineworld)
tests_unit_engine_refresher_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_engine_refresher_test_LDADD = $(unit_ldadd_engine) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/engine/tlsalookup_test
tests_unit_engine_tlsalookup_test_SOURCES = \
	tests/unit/engine/tlsalookup_test.c \
	$(unit_engineworld)
tests_unit_engine_tlsalookup_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_engine_tlsalookup_test_LDADD = $(unit_ldadd_engine) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/engine/tlsrptlookup_test
tests_unit_engine_tlsrptlookup_test_SOURCES = \
	tests/unit/engine/tlsrptlookup_test.c \
	$(unit_engineworld)
tests_unit_engine_tlsrptlookup_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_engine_tlsrptlookup_test_LDADD = $(unit_ldadd_engine) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/engine/renewer_test
tests_unit_engine_renewer_test_SOURCES = \
	tests/unit/engine/renewer_test.c \
	$(unit_engineworld)
tests_unit_engine_renewer_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_engine_renewer_test_LDADD = $(unit_ldadd_engine) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/engine/poster_test
tests_unit_engine_poster_test_SOURCES = \
	tests/unit/engine/poster_test.c \
	$(unit_engineworld)
tests_unit_engine_poster_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_engine_poster_test_LDADD = $(unit_ldadd_engine) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/engine/mailer_test
tests_unit_engine_mailer_test_SOURCES = \
	tests/unit/engine/mailer_test.c \
	tests/unit/engine/smtpserver.c \
	tests/unit/engine/smtpserver.h \
	tests/unit/engine/testpki.c \
	tests/unit/engine/testpki.h
tests_unit_engine_mailer_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_engine_mailer_test_LDADD = $(unit_ldadd_engine) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/engine/footprint_test
tests_unit_engine_footprint_test_SOURCES = tests/unit/engine/footprint_test.c
tests_unit_engine_footprint_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_engine_footprint_test_LDADD = $(unit_ldadd_engine) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/engine/namecheck_test
tests_unit_engine_namecheck_test_SOURCES = \
	tests/unit/engine/namecheck_test.c \
	$(unit_engineworld)
tests_unit_engine_namecheck_test_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_engine_namecheck_test_LDADD = $(unit_ldadd_engine) $(CMOCKA_LIBS)
