# Unit tests of front.
unit_ldadd_front = libfront.a libreport.a $(unit_ldadd_engine) $(JANSSON_LIBS)
UNIT_TESTS +=
