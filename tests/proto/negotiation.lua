-- What is asked of an MTA, and connections that end without a message.
dofile(os.getenv("STS_LIB"))

local conn = connect()

for _, flag in ipairs({ SMFIP_NOCONNECT, SMFIP_NOHELO, SMFIP_NOBODY,
    SMFIP_NOUNKNOWN, SMFIP_NR_HDR, SMFIP_NR_EOH }) do
	check(mt.test_option(conn, flag), "not spared: " .. flag)
end
check(not mt.test_option(conn, SMFIP_NOEOH), "a message may have no header")
for _, flag in ipairs({ SMFIF_ADDHDRS, SMFIF_CHGHDRS, SMFIF_QUARANTINE }) do
	check(mt.test_action(conn, flag), "no action: " .. flag)
end
mt.disconnect(conn)

for i = 1, 20 do
	conn = connect()
	if i % 2 == 0 then
		mail(conn)
		rcpt(conn, "u@x.example", "smtp", "x.example")
	end
	mt.disconnect(conn, i % 3 == 0)
end

-- An MTA of protocol version 2, which wants a reply to every header.
conn = mt.connect(os.getenv("STS_SOCKET"))
check(mt.negotiate(conn, 2, SMFIF_ADDHDRS + SMFIF_CHGHDRS + SMFIF_QUARANTINE,
    0x7f) == nil, "negotiate")
check(not mt.test_option(conn, SMFIP_NR_HDR), "no reply to headers")
mail(conn)
rcpt(conn, "u@local.example", "local", "local.example")
check(mt.header(conn, "Subject", "x") == nil, "header")
reply_is(conn, SMFIR_CONTINUE, "header")
check(mt.eom(conn) == nil, "end of message")
accepted(conn)
mt.disconnect(conn)
