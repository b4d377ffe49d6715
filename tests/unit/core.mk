# Unit tests of core.
unit_ldadd_core = libcore.a libbase.a $(CORE_LIBS)
UNIT_TESTS +=
