# Tests that speak the milter protocol, and of the daemon's options.
PROTO_LUA = \
	tests/proto/command.lua \
	tests/proto/defer-rcpt.lua \
	tests/proto/forged.lua \
	tests/proto/negotiation.lua \
	tests/proto/no-lookup.lua \
	tests/proto/reject-eom.lua \
	tests/proto/temperror-log.lua
TEST_EXTENSIONS = .lua
LUA_LOG_COMPILER = $(SHELL) $(srcdir)/tests/proto/with-daemon
TESTS += tests/proto/options $(PROTO_LUA)
EXTRA_DIST += $(PROTO_LUA) \
	tests/proto/lib.lua \
	tests/proto/options \
	tests/proto/with-daemon
