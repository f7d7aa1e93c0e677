"""The customers' pages: server-rendered, at each reseller's host names, whole without a script (web.md).

`site` matches a path to a page and guards it (session, form token, headers); `pages_*` ask operations as the customer and
hand what they say to a template of resources/web; `visit` is one request. Nothing here has a rule or reads a table.
"""
