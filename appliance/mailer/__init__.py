"""The door that e-mail leaves by: what services put into the outbox is sent by SMTP, or written as files where no server is set.

`queue` takes messages out one by one and says what became of each · `smtp` one message over one connection (loaded by the first
that needs it).
"""
