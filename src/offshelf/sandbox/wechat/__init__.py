"""WeChat Channels shop as the sandbox imitates it: one module per family of calls."""
