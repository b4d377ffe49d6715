# Unit tests of front.
unit_ldadd_front = libfront.a libreport.a $(unit_ldadd_engine) $(JANSSON_LIBS)
front_test_cppflags = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
front_test_ldadd = $(unit_ldadd_front) $(CMOCKA_LIBS)
noinst_HEADERS += \
	tests/unit/front/fakeengine.h \
	tests/unit/front/packets.h \
	tests/unit/front/test.h
UNIT_TESTS += \
	tests/unit/front/nodelay_test \
	tests/unit/front/nomem_test \
	tests/unit/front/recipient_test \
	tests/unit/front/reply_test \
	tests/unit/front/session_test \
	tests/unit/front/waiters_test

tests_unit_front_nodelay_test_SOURCES = tests/unit/front/nodelay_test.c
tests_unit_front_nodelay_test_CPPFLAGS = $(front_test_cppflags)
tests_unit_front_nodelay_test_LDADD = $(front_test_ldadd)

tests_unit_front_nomem_test_SOURCES = tests/unit/front/nomem_test.c \
	$(starve_sources)
tests_unit_front_nomem_test_CPPFLAGS = $(front_test_cppflags)
tests_unit_front_nomem_test_LDADD = $(front_test_ldadd)
tests_unit_front_nomem_test_LDFLAGS = $(starve_ldflags)

tests_unit_front_recipient_test_SOURCES = tests/unit/front/recipient_test.c
tests_unit_front_recipient_test_CPPFLAGS = $(front_test_cppflags)
tests_unit_front_recipient_test_LDADD = $(front_test_ldadd)

tests_unit_front_reply_test_SOURCES = tests/unit/front/reply_test.c
tests_unit_front_reply_test_CPPFLAGS = $(front_test_cppflags)
tests_unit_front_reply_test_LDADD = $(front_test_ldadd)

tests_unit_front_session_test_SOURCES = tests/unit/front/session_test.c \
	tests/unit/front/fakeengine.c
tests_unit_front_session_test_CPPFLAGS = $(front_test_cppflags)
tests_unit_front_session_test_LDADD = $(front_test_ldadd)

tests_unit_front_waiters_test_SOURCES = tests/unit/front/waiters_test.c
tests_unit_front_waiters_test_CPPFLAGS = $(front_test_cppflags)
tests_unit_front_waiters_test_LDADD = $(front_test_ldadd)

UNIT_TESTS += tests/unit/front/control_test
tests_unit_front_control_test_SOURCES = tests/unit/front/control_test.c \
	$(starve_sources)
tests_unit_front_control_test_CPPFLAGS = $(front_test_cppflags)
tests_unit_front_control_test_LDADD = $(front_test_ldadd)
tests_unit_front_control_test_LDFLAGS = $(starve_ldflags)

UNIT_TESTS += tests/unit/front/socketmap_test
tests_unit_front_socketmap_test_SOURCES = tests/unit/front/socketmap_test.c \
	tests/unit/front/mapengine.c tests/unit/front/mapengine.h
tests_unit_front_socketmap_test_CPPFLAGS = $(front_test_cppflags)
tests_unit_front_socketmap_test_LDADD = $(front_test_ldadd)

UNIT_TESTS += tests/unit/front/miltertalk_test
tests_unit_front_miltertalk_test_SOURCES = tests/unit/front/miltertalk_test.c \
	tests/unit/front/fakeengine.c tests/unit/front/packets.c
tests_unit_front_miltertalk_test_CPPFLAGS = $(front_test_cppflags)
tests_unit_front_miltertalk_test_LDADD = $(front_test_ldadd)

UNIT_TESTS += tests/unit/front/milterserver_test
tests_unit_front_milterserver_test_SOURCES = \
	tests/unit/front/milterserver_test.c \
	tests/unit/front/fakeengine.c tests/unit/front/packets.c
tests_unit_front_milterserver_test_CPPFLAGS = $(front_test_cppflags)
tests_unit_front_milterserver_test_LDADD = $(front_test_ldadd)

UNIT_TESTS += tests/unit/front/ticker_test
tests_unit_front_ticker_test_SOURCES = tests/unit/front/ticker_test.c \
	tests/unit/front/packets.c
tests_unit_front_ticker_test_CPPFLAGS = $(front_test_cppflags)
tests_unit_front_ticker_test_LDADD = $(front_test_ldadd)

UNIT_TESTS += tests/unit/front/milternomem_test
tests_unit_front_milternomem_test_SOURCES = \
	tests/unit/front/milternomem_test.c tests/unit/front/fakeengine.c \
	tests/unit/front/packets.c $(starve_sources)
tests_unit_front_milternomem_test_CPPFLAGS = $(front_test_cppflags)
tests_unit_front_milternomem_test_LDADD = $(front_test_ldadd)
tests_unit_front_milternomem_test_LDFLAGS = $(starve_ldflags)
