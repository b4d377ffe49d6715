-- A recipient is deferred at RCPT; the others go on without it.
--conf on_temperror = "defer"
--conf header = "all"
--log QID: verdict domain=x.example result=temperror policy=none reason=dns-failure action=defer stage=rcpt
dofile(os.getenv("STS_LIB"))

local conn = connect()

mail(conn)
rcpt(conn, "u@local.example", "local", "local.example")
rcpt(conn, "u@x.example", "smtp", "x.example", SMFIR_REPLYCODE)
rcpt(conn, "v@x.example", "smtp", "x.example", SMFIR_REPLYCODE)
eom(conn)
accepted(conn)
inserted(conn, "exempt; host=relay.example.org; domain=local.example;\n" ..
    " action=accept")
-- One decision for both recipients of x.example, and one for the message.
check(#audit_lines() == 2, "audit lines")

-- A message given up says nothing more.
mail(conn)
rcpt(conn, "u@local.example", "local", "local.example")
check(mt.abort(conn) == nil, "abort")
mail(conn)
rcpt(conn, "u@local.example", "local", "local.example")
eom(conn)
accepted(conn)
check(#audit_lines() == 3, "audit lines after an abort")
mt.disconnect(conn)
