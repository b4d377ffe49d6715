# Unit tests of store.
unit_ldadd_store = libstore.a libcore.a libbase.a $(STORE_LIBS) $(CORE_LIBS)
store_test_cppflags = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(STORE_CFLAGS)
store_test_ldadd = $(unit_ldadd_store) $(CMOCKA_LIBS)
store_test_shared = tests/unit/store/fixture.c tests/unit/store/fixture.h
UNIT_TESTS += \
	tests/unit/store/memory_test \
	tests/unit/store/dbfile_test \
	tests/unit/store/db_test \
	tests/unit/store/store_test \
	tests/unit/store/fault_test \
	tests/unit/store/nomem_test \
	tests/unit/store/thread_test

tests_unit_store_memory_test_SOURCES = tests/unit/store/memory_test.c $(store_test_shared)
tests_unit_store_memory_test_CPPFLAGS = $(store_test_cppflags)
tests_unit_store_memory_test_LDADD = $(store_test_ldadd)

tests_unit_store_dbfile_test_SOURCES = tests/unit/store/dbfile_test.c $(store_test_shared)
tests_unit_store_dbfile_test_CPPFLAGS = $(store_test_cppflags)
tests_unit_store_dbfile_test_LDADD = $(store_test_ldadd)

tests_unit_store_db_test_SOURCES = tests/unit/store/db_test.c $(store_test_shared)
tests_unit_store_db_test_CPPFLAGS = $(store_test_cppflags)
tests_unit_store_db_test_LDADD = $(store_test_ldadd)

tests_unit_store_store_test_SOURCES = tests/unit/store/store_test.c $(store_test_shared)
tests_unit_store_store_test_CPPFLAGS = $(store_test_cppflags)
tests_unit_store_store_test_LDADD = $(store_test_ldadd)

tests_unit_store_fault_test_SOURCES = tests/unit/store/fault_test.c $(store_test_shared)
tests_unit_store_fault_test_CPPFLAGS = $(store_test_cppflags)
tests_unit_store_fault_test_LDADD = $(store_test_ldadd)

tests_unit_store_nomem_test_SOURCES = tests/unit/store/nomem_test.c \
	$(store_test_shared) $(starve_sources)
tests_unit_store_nomem_test_CPPFLAGS = $(store_test_cppflags)
tests_unit_store_nomem_test_LDADD = $(store_test_ldadd)
tests_unit_store_nomem_test_LDFLAGS = $(starve_ldflags)

tests_unit_store_thread_test_SOURCES = tests/unit/store/thread_test.c $(store_test_shared)
tests_unit_store_thread_test_CPPFLAGS = $(store_test_cppflags)
tests_unit_store_thread_test_LDADD = $(store_test_ldadd)
