# Unit tests of engine.
unit_ldadd_engine = libengine.a libstore.a libconf.a libcore.a libbase.a \
	$(CURL_LIBS) $(CARES_LIBS) $(EVENT_LIBS) $(OPENSSL_LIBS) \
	$(STORE_LIBS) $(CONF_LIBS) $(CORE_LIBS)
UNIT_TESTS +=
