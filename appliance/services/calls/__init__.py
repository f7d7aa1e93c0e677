"""A call and its record: planned, admitted, answered, extended, settled, restored; registrations and what is live."""
