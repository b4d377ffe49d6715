# Unit tests of conf.
unit_ldadd_conf = libconf.a libcore.a libbase.a $(CONF_LIBS) $(CORE_LIBS)
UNIT_TESTS +=
