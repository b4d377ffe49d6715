# Unit tests of report.
unit_ldadd_report = libreport.a $(unit_ldadd_engine) $(JANSSON_LIBS)
UNIT_TESTS +=
