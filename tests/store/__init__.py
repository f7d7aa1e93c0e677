"""The store: units of work, faults, proofs, copies."""
