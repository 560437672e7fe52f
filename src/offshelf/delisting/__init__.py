"""The main process: plan, approve, take off sale, verify, put back. Speaks to platforms only through the contract."""
