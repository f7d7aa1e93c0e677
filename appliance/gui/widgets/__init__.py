"""Parts that screens are made of: `list_page`, `form` and `form_dialog`, `page` of a thing, `choice`, `money_edit`, `badge`, `empty`,
`confirm`, `problem_view`, `toast`, `cells` (how a table paints), `plain` (labels, lines, buttons)."""
