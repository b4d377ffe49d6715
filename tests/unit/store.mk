# Unit tests of store.
unit_ldadd_store = libstore.a libcore.a libbase.a $(STORE_LIBS) $(CORE_LIBS)
UNIT_TESTS +=
