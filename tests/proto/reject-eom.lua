-- Decided at the end of the message: the whole of it is refused.
--conf on_temperror = "reject"
--conf decide_at = "eom"
--log QID: verdict domain=x.example result=temperror policy=none reason=dns-failure action=reject stage=eom
dofile(os.getenv("STS_LIB"))

local conn = connect()

mail(conn)
rcpt(conn, "u@local.example", "local", "local.example")
rcpt(conn, "u@x.example", "smtp", "x.example")
eom(conn, { { "MTA-STS-Status", "pass" } })
reply_is(conn, SMFIR_REPLYCODE, "end of message")
check(mt.eom_check(conn, MT_SMTPREPLY, "550", "5.4.3",
    "x.example: the MTA-STS policy could not be looked up: dns-failure"),
    "reply text")
nothing_inserted(conn)
mt.disconnect(conn)
