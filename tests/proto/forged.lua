-- Forged headers go out, whatever their case and though nothing else is done.
--conf on_temperror = "log"
dofile(os.getenv("STS_LIB"))

local conn = connect()

mail(conn)
rcpt(conn, "u@local.example", "local", "local.example")
eom(conn, {
	{ "Subject", "x" },
	{ "MTA-STS-Status", "pass; host=relay.example.org" },
	{ "mta-sts-status", "pass" },
})
accepted(conn)
check(mt.eom_check(conn, MT_HDRDELETE, "MTA-STS-Status"), "not removed")
check(not mt.eom_check(conn, MT_HDRDELETE, "Subject"), "removed too much")
nothing_inserted(conn)

mail(conn)
rcpt(conn, "u@local.example", "local", "local.example")
eom(conn, { { "Subject", "x" } })
accepted(conn)
check(not mt.eom_check(conn, MT_HDRDELETE), "removed what was not there")
mt.disconnect(conn)
