# Unit tests of base.
unit_ldadd_base = libbase.a
UNIT_TESTS +=
