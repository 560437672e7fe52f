"""The ledger of tasks: guided manual work. A task is opened once, told in both languages, and ends done or dropped."""
