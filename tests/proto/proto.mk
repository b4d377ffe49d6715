# Tests that speak the milter protocol.
