"""The embedded PostgreSQL and Redis: any command starts or joins them, the last one to end stops them.

`places` says where everything lies, `binaries` finds the programs, `keeper` is the detached process
that runs the two servers, `joining` is what a command does to have them.
"""
