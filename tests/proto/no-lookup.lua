-- Exempt and policy-free recipients: no lookup, and the header says so.
--conf header = "all"
--conf on_temperror = "reject"
--log QID: verdict domain=local.example result=exempt policy=none action=accept stage=eom cached=no ms=0
--log QID: verdict result=none policy=none action=accept stage=eom
--log QID: verdict domain=smart.example result=none policy=none action=accept
--no-log result=temperror
dofile(os.getenv("STS_LIB"))

local conn = connect()

mail(conn)
rcpt(conn, "u@local.example", "local", "local.example")
eom(conn)
accepted(conn)
inserted(conn, "exempt; host=relay.example.org; domain=local.example;\n" ..
    " action=accept")

mail(conn)
rcpt(conn, "u@[192.0.2.1]", "smtp", "[192.0.2.1]")
eom(conn)
accepted(conn)
inserted(conn, "none; host=relay.example.org; action=accept")

mail(conn)
rcpt(conn, "u@x.example", "smtp", "[smart.example]:587")
eom(conn)
accepted(conn)
inserted(conn, "none; host=relay.example.org; domain=smart.example;\n" ..
    " action=accept")

-- Several domains: none of them is named.
mail(conn)
rcpt(conn, "u@local.example", "local", "local.example")
rcpt(conn, "u@[192.0.2.1]", "smtp", "[192.0.2.1]")
eom(conn)
accepted(conn)
inserted(conn, "exempt; host=relay.example.org; action=accept")
inserted(conn, "none; host=relay.example.org; action=accept")
check(#audit_lines() == 5, "audit lines")
mt.disconnect(conn)
