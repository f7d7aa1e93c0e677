-- Times are whole milliseconds since 1970 UTC (_at); money is whole millionths (_micros); flags are 0 or 1.
-- Facts (cdr, charge, entry, posting, rate) are append-only: triggers at the end refuse UPDATE and DELETE.
-- What identifies a person lives in person, cdr_person and registration_history, so that it can be erased while the books stay whole.

CREATE TABLE setting (scope TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (scope, key)) STRICT, WITHOUT ROWID; -- scope '' or 'reseller:ID'; value is JSON

CREATE TABLE store_identity (identity TEXT NOT NULL) STRICT; -- one row: tells copies of this store from another shop's
INSERT INTO store_identity (identity) VALUES (lower(hex(randomblob(16))));

-- persons apart from facts ------------------------------------------------------------------------------------
CREATE TABLE person (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, reseller_id INTEGER, name TEXT NOT NULL, -- kind: customer | reseller | operator
  first_name TEXT NOT NULL DEFAULT '', last_name TEXT NOT NULL DEFAULT '', company TEXT NOT NULL DEFAULT '', phone TEXT NOT NULL DEFAULT '',
  email TEXT NOT NULL DEFAULT '', address TEXT NOT NULL DEFAULT '', country TEXT NOT NULL DEFAULT '', vat_number TEXT,
  description TEXT NOT NULL DEFAULT '', credit_description TEXT NOT NULL DEFAULT '', archived_at INTEGER, erased_at INTEGER) STRICT;
CREATE UNIQUE INDEX person_name ON person (kind, coalesce(reseller_id, 0), name) WHERE archived_at IS NULL; -- an archived one frees its name

CREATE TABLE reseller (
  id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES reseller, person_id INTEGER NOT NULL REFERENCES person, name TEXT NOT NULL,
  currency TEXT NOT NULL, sip_domain TEXT NOT NULL, old_sip_domains TEXT NOT NULL DEFAULT '[]', web_hosts TEXT NOT NULL DEFAULT '[]',
  number_first TEXT NOT NULL, number_last TEXT NOT NULL, retail_markup_ppm INTEGER NOT NULL DEFAULT 0, timezone TEXT NOT NULL, language TEXT NOT NULL DEFAULT 'en',
  country TEXT NOT NULL DEFAULT '', tariff_id INTEGER REFERENCES tariff, credit_account_id INTEGER REFERENCES account,
  call_shop_allowed INTEGER NOT NULL DEFAULT 1, may_have_resellers INTEGER NOT NULL DEFAULT 0, own_trunks_allowed INTEGER NOT NULL DEFAULT 0,
  max_calls INTEGER, caller_number TEXT NOT NULL DEFAULT '', dial_plan TEXT NOT NULL DEFAULT '{}', disabled INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL, archived_at INTEGER, version INTEGER NOT NULL DEFAULT 1) STRICT;
CREATE UNIQUE INDEX reseller_root ON reseller ((1)) WHERE parent_id IS NULL;
CREATE UNIQUE INDEX reseller_name ON reseller (name) WHERE archived_at IS NULL;
CREATE UNIQUE INDEX reseller_domain ON reseller (sip_domain) WHERE archived_at IS NULL;

CREATE TABLE operator (
  id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person, login TEXT NOT NULL UNIQUE, password_hash TEXT, totp_sealed BLOB, language TEXT NOT NULL DEFAULT '',
  must_change INTEGER NOT NULL DEFAULT 0, disabled INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL, version INTEGER NOT NULL DEFAULT 1) STRICT;
CREATE TABLE operator_grant ( -- in one reseller, or in one shop of it (a shop is a customer), or a chain of shops
  id INTEGER PRIMARY KEY, operator_id INTEGER NOT NULL REFERENCES operator, role TEXT NOT NULL, reseller_id INTEGER REFERENCES reseller,
  shop_id INTEGER REFERENCES customer, chain_id INTEGER REFERENCES chain, CHECK ((reseller_id IS NOT NULL) + (shop_id IS NOT NULL) + (chain_id IS NOT NULL) = 1)) STRICT;
CREATE INDEX operator_grant_operator ON operator_grant (operator_id);
CREATE TABLE chain (id INTEGER PRIMARY KEY, reseller_id INTEGER NOT NULL REFERENCES reseller, name TEXT NOT NULL, UNIQUE (reseller_id, name)) STRICT;
CREATE TABLE session ( -- operators and web logins alike; only the token's hash is kept
  token_hash TEXT PRIMARY KEY, kind TEXT NOT NULL, subject_id INTEGER NOT NULL, created_at INTEGER NOT NULL, seen_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
  source TEXT NOT NULL DEFAULT '', client TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;
CREATE INDEX session_subject ON session (kind, subject_id);
CREATE TABLE one_time_code (code_hash TEXT PRIMARY KEY, purpose TEXT NOT NULL, subject_id INTEGER, made_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER) STRICT, WITHOUT ROWID;
CREATE TABLE api_token (id INTEGER PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, operator_id INTEGER REFERENCES operator, reseller_id INTEGER NOT NULL REFERENCES reseller,
  name TEXT NOT NULL, scopes TEXT NOT NULL, created_at INTEGER NOT NULL, used_at INTEGER, revoked_at INTEGER) STRICT;

-- the ledger ---------------------------------------------------------------------------------------------------
CREATE TABLE account ( -- an account of the ledger; kind 'credit' is a credit account
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, -- credit revenue carrier_cost carrier tax cash bank write_off fees exchange opening rounding goods adjustment
  reseller_id INTEGER NOT NULL REFERENCES reseller, name TEXT NOT NULL, currency TEXT NOT NULL, owner_reseller_id INTEGER REFERENCES reseller, -- owner set: a reseller's own, kept by its parent
  credit_limit_micros INTEGER NOT NULL DEFAULT 0, tax_point TEXT NOT NULL DEFAULT 'payment', balance_micros INTEGER NOT NULL DEFAULT 0, -- kept by the posting trigger
  created_at INTEGER NOT NULL, archived_at INTEGER, version INTEGER NOT NULL DEFAULT 1, UNIQUE (reseller_id, kind, name, currency)) STRICT;
CREATE TABLE entry (
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, -- call cost payment refund invoice fee reversal adjustment opening booth exchange rerate write_off transfer
  reference TEXT NOT NULL DEFAULT '', call_id INTEGER, level INTEGER, reverses_entry_id INTEGER UNIQUE REFERENCES entry, operator_id INTEGER, note TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX entry_call ON entry (call_id) WHERE call_id IS NOT NULL;
CREATE INDEX entry_at ON entry (at);
CREATE TABLE posting (
  id INTEGER PRIMARY KEY, entry_id INTEGER NOT NULL REFERENCES entry, account_id INTEGER NOT NULL REFERENCES account, amount_micros INTEGER NOT NULL, balance_after_micros INTEGER NOT NULL) STRICT;
CREATE INDEX posting_entry ON posting (entry_id);
CREATE INDEX posting_account ON posting (account_id, id);
CREATE TABLE payment (
  id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES account, customer_id INTEGER REFERENCES customer, entry_id INTEGER NOT NULL UNIQUE REFERENCES entry, at INTEGER NOT NULL,
  kind TEXT NOT NULL, method TEXT NOT NULL, gross_micros INTEGER NOT NULL, tax_micros INTEGER NOT NULL DEFAULT 0, credit_micros INTEGER NOT NULL, currency TEXT NOT NULL,
  reference TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT '', reverses_payment_id INTEGER REFERENCES payment, operator_id INTEGER) STRICT;
CREATE INDEX payment_account ON payment (account_id, id);
CREATE INDEX payment_customer ON payment (customer_id, id);
CREATE INDEX payment_reverses ON payment (reverses_payment_id) WHERE reverses_payment_id IS NOT NULL;
CREATE TABLE exchange_rate (id INTEGER PRIMARY KEY, base TEXT NOT NULL, quote TEXT NOT NULL, valid_on TEXT NOT NULL, rate TEXT NOT NULL, source TEXT NOT NULL, created_at INTEGER NOT NULL, UNIQUE (base, quote, valid_on, source)) STRICT;
CREATE TABLE document_number (reseller_id INTEGER NOT NULL REFERENCES reseller, series TEXT NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (reseller_id, series)) STRICT, WITHOUT ROWID;

-- prices -------------------------------------------------------------------------------------------------------
CREATE TABLE tariff (
  id INTEGER PRIMARY KEY, reseller_id INTEGER NOT NULL REFERENCES reseller, name TEXT NOT NULL, currency TEXT NOT NULL, decimals INTEGER NOT NULL DEFAULT 4, rounding TEXT NOT NULL DEFAULT 'half-up',
  duration_rounding TEXT NOT NULL DEFAULT 'up', increment_style TEXT NOT NULL DEFAULT 'first-next', timezone TEXT NOT NULL DEFAULT '', band_rule TEXT NOT NULL DEFAULT 'start', -- start | split
  base_id INTEGER REFERENCES tariff, markup_ppm INTEGER NOT NULL DEFAULT 0, surcharge_micros INTEGER NOT NULL DEFAULT 0, price_rounding TEXT NOT NULL DEFAULT 'none',
  loss_guard INTEGER NOT NULL DEFAULT 0, on_net_price_micros INTEGER, created_at INTEGER NOT NULL, archived_at INTEGER, version INTEGER NOT NULL DEFAULT 1) STRICT;
CREATE UNIQUE INDEX tariff_name ON tariff (reseller_id, name) WHERE archived_at IS NULL;
CREATE TABLE rate_set ( -- what came in together: an import, an edit; its rates count from activated_at
  id INTEGER PRIMARY KEY, tariff_id INTEGER NOT NULL REFERENCES tariff, source TEXT NOT NULL, created_at INTEGER NOT NULL, activated_at INTEGER, undone_at INTEGER, operator_id INTEGER) STRICT;
CREATE TABLE rate ( -- versions, never edited; of a derived tariff these are the overrides (NULL field: follows the base)
  id INTEGER PRIMARY KEY, rate_set_id INTEGER NOT NULL REFERENCES rate_set, tariff_id INTEGER NOT NULL REFERENCES tariff, prefix TEXT NOT NULL, destination TEXT,
  price_micros INTEGER, connection_fee_micros INTEGER, first_increment INTEGER, next_increment INTEGER, minimum_seconds INTEGER, free_below_seconds INTEGER, free_seconds INTEGER,
  minimum_charge_micros INTEGER, maximum_charge_micros INTEGER, blocked INTEGER, band TEXT NOT NULL DEFAULT '', valid_from_at INTEGER, valid_until_at INTEGER) STRICT;
CREATE INDEX rate_tariff ON rate (tariff_id, prefix);
CREATE TABLE rate_withdrawal (rate_set_id INTEGER NOT NULL REFERENCES rate_set, rate_id INTEGER NOT NULL REFERENCES rate, PRIMARY KEY (rate_set_id, rate_id)) STRICT, WITHOUT ROWID; -- versions that the set ends when active
CREATE INDEX rate_withdrawal_rate ON rate_withdrawal (rate_id);
CREATE INDEX rate_set_tariff ON rate_set (tariff_id);
CREATE INDEX rate_of_set ON rate (rate_set_id);
CREATE TABLE time_band (id INTEGER PRIMARY KEY, tariff_id INTEGER NOT NULL REFERENCES tariff, name TEXT NOT NULL, weekday INTEGER NOT NULL, from_minute INTEGER NOT NULL, until_minute INTEGER NOT NULL) STRICT;

-- customers ----------------------------------------------------------------------------------------------------
CREATE TABLE customer (
  id INTEGER PRIMARY KEY, reseller_id INTEGER NOT NULL REFERENCES reseller, person_id INTEGER NOT NULL UNIQUE REFERENCES person, tariff_id INTEGER NOT NULL REFERENCES tariff,
  credit_account_id INTEGER NOT NULL REFERENCES account, call_shop INTEGER NOT NULL DEFAULT 0, booth_tariff_id INTEGER REFERENCES tariff, chain_id INTEGER REFERENCES chain,
  disabled INTEGER NOT NULL DEFAULT 0, self_registered INTEGER NOT NULL DEFAULT 0, free_on_net INTEGER NOT NULL DEFAULT 1, timezone TEXT NOT NULL DEFAULT '', language TEXT NOT NULL DEFAULT '', currency TEXT NOT NULL DEFAULT '',
  tax TEXT, payment_terms_days INTEGER NOT NULL DEFAULT 14, max_calls INTEGER, calls_per_second INTEGER, max_seconds INTEGER, caller_number TEXT NOT NULL DEFAULT '', dial_plan TEXT, allow_302 INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL, archived_at INTEGER, version INTEGER NOT NULL DEFAULT 1) STRICT;
CREATE INDEX customer_reseller ON customer (reseller_id, id);
CREATE INDEX customer_account ON customer (credit_account_id);
CREATE TABLE endpoint (
  id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customer, number TEXT NOT NULL, auth_name TEXT NOT NULL, display_name TEXT NOT NULL DEFAULT '', password_sealed BLOB,
  media TEXT NOT NULL DEFAULT 'auto', codecs TEXT NOT NULL DEFAULT '[]', max_calls INTEGER, max_bindings INTEGER NOT NULL DEFAULT 5, caller_number TEXT NOT NULL DEFAULT '', addresses TEXT NOT NULL DEFAULT '[]',
  forwarding TEXT NOT NULL DEFAULT '{}', booth TEXT, emergency_address TEXT NOT NULL DEFAULT '', disabled INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL, archived_at INTEGER, version INTEGER NOT NULL DEFAULT 1) STRICT;
CREATE UNIQUE INDEX endpoint_number ON endpoint (number) WHERE archived_at IS NULL;
CREATE INDEX endpoint_auth_name ON endpoint (auth_name) WHERE archived_at IS NULL;
CREATE INDEX endpoint_customer ON endpoint (customer_id);
CREATE TABLE endpoint_secret (endpoint_id INTEGER NOT NULL REFERENCES endpoint, realm TEXT NOT NULL, ha1_md5 TEXT NOT NULL, ha1_sha256 TEXT NOT NULL, ends_at INTEGER, PRIMARY KEY (endpoint_id, realm)) STRICT, WITHOUT ROWID; -- more than one while an old realm stays valid
CREATE TABLE number (number TEXT PRIMARY KEY, reseller_id INTEGER NOT NULL REFERENCES reseller, endpoint_id INTEGER REFERENCES endpoint, assigned_at INTEGER NOT NULL, released_at INTEGER, rests_until_at INTEGER) STRICT, WITHOUT ROWID;
CREATE TABLE number_verification (id INTEGER PRIMARY KEY, owner_kind TEXT NOT NULL, owner_id INTEGER NOT NULL, number TEXT NOT NULL, verified_at INTEGER NOT NULL, verified_by TEXT NOT NULL, method TEXT NOT NULL) STRICT;
CREATE TABLE web_login (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customer, reseller_id INTEGER NOT NULL REFERENCES reseller, login TEXT NOT NULL, password_hash TEXT, totp_sealed BLOB,
  must_change INTEGER NOT NULL DEFAULT 0, disabled INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL, version INTEGER NOT NULL DEFAULT 1, UNIQUE (reseller_id, login)) STRICT;
CREATE TABLE monthly_fee (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customer, endpoint_id INTEGER REFERENCES endpoint, name TEXT NOT NULL, amount_micros INTEGER NOT NULL, starts_on TEXT NOT NULL, ends_on TEXT, day INTEGER NOT NULL DEFAULT 1,
  policy TEXT NOT NULL DEFAULT 'take', UNIQUE (customer_id, name)) STRICT;
CREATE TABLE monthly_fee_taken (monthly_fee_id INTEGER NOT NULL REFERENCES monthly_fee, month TEXT NOT NULL, entry_id INTEGER NOT NULL REFERENCES entry, PRIMARY KEY (monthly_fee_id, month)) STRICT, WITHOUT ROWID;

-- carriers -----------------------------------------------------------------------------------------------------
CREATE TABLE trunk (
  id INTEGER PRIMARY KEY, reseller_id INTEGER NOT NULL REFERENCES reseller, name TEXT NOT NULL, host TEXT NOT NULL, port INTEGER NOT NULL, transport TEXT NOT NULL, username TEXT, password_sealed BLOB, register INTEGER NOT NULL DEFAULT 0,
  addresses TEXT NOT NULL DEFAULT '[]', cost_tariff_id INTEGER REFERENCES tariff, carrier_account_id INTEGER REFERENCES account, max_calls INTEGER, strip INTEGER NOT NULL DEFAULT 0, prepend TEXT NOT NULL DEFAULT '', media TEXT NOT NULL DEFAULT 'auto',
  codecs TEXT NOT NULL DEFAULT '[]', main_number TEXT NOT NULL DEFAULT '', emergency INTEGER NOT NULL DEFAULT 0, trusted INTEGER NOT NULL DEFAULT 0, disabled INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL, archived_at INTEGER, version INTEGER NOT NULL DEFAULT 1) STRICT;
CREATE UNIQUE INDEX trunk_name ON trunk (name) WHERE archived_at IS NULL;
CREATE TABLE trunk_did (did TEXT PRIMARY KEY, trunk_id INTEGER NOT NULL REFERENCES trunk, endpoint_id INTEGER REFERENCES endpoint) STRICT, WITHOUT ROWID;
CREATE TABLE route (id INTEGER PRIMARY KEY, reseller_id INTEGER NOT NULL REFERENCES reseller, prefix TEXT NOT NULL, "order" TEXT NOT NULL DEFAULT 'priority', version INTEGER NOT NULL DEFAULT 1, UNIQUE (reseller_id, prefix)) STRICT;
CREATE TABLE route_trunk (route_id INTEGER NOT NULL REFERENCES route, position INTEGER NOT NULL, trunk_id INTEGER NOT NULL REFERENCES trunk, weight INTEGER NOT NULL DEFAULT 1, PRIMARY KEY (route_id, position)) STRICT, WITHOUT ROWID;

-- registrations ------------------------------------------------------------------------------------------------
CREATE TABLE binding ( -- one row a contact; expires_at is wall time, so that a restart knows what is left
  endpoint_id INTEGER NOT NULL REFERENCES endpoint, contact TEXT NOT NULL, source TEXT NOT NULL, transport TEXT NOT NULL, listener TEXT NOT NULL, call_id TEXT NOT NULL, cseq INTEGER NOT NULL, q INTEGER NOT NULL, path TEXT NOT NULL,
  instance TEXT NOT NULL, reg_id INTEGER NOT NULL, user_agent TEXT NOT NULL, natted INTEGER NOT NULL, since_at INTEGER NOT NULL, refreshed_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, PRIMARY KEY (endpoint_id, contact)) STRICT, WITHOUT ROWID;
CREATE TABLE registration_history (id INTEGER PRIMARY KEY, endpoint_id INTEGER NOT NULL, contact TEXT NOT NULL, source TEXT NOT NULL, user_agent TEXT NOT NULL, from_at INTEGER NOT NULL, until_at INTEGER NOT NULL) STRICT;
CREATE INDEX registration_history_endpoint ON registration_history (endpoint_id, from_at);

-- calls --------------------------------------------------------------------------------------------------------
CREATE TABLE server_run ( -- one row a start; the heartbeat is every running call's checkpoint at once
  id INTEGER PRIMARY KEY, started_at INTEGER NOT NULL, heartbeat_at INTEGER NOT NULL, heartbeat_mono_ms INTEGER NOT NULL, ended_at INTEGER) STRICT;
CREATE TABLE live_call ( -- a row from admission on; its id becomes the CDR's
  id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES server_run, customer_id INTEGER, endpoint_id INTEGER, trunk_id INTEGER, started_at INTEGER NOT NULL, answered_at INTEGER, answered_mono_ms INTEGER,
  record TEXT NOT NULL, -- JSON: what the CDR will say and what each level pays by (services/calls)
  dialogs TEXT) STRICT; -- JSON: both legs, for BYE after a crash
CREATE TABLE cdr (
  id INTEGER PRIMARY KEY, run_id INTEGER, started_at INTEGER NOT NULL, answered_at INTEGER, ended_at INTEGER NOT NULL, duration_ms INTEGER NOT NULL, late_ms INTEGER NOT NULL DEFAULT 0, billed_seconds INTEGER NOT NULL,
  reseller_id INTEGER, customer_id INTEGER, endpoint_id INTEGER, trunk_id INTEGER, callee_endpoint_id INTEGER, prefix TEXT, destination TEXT, result INTEGER NOT NULL, cause TEXT NOT NULL, ended_by TEXT NOT NULL,
  cost_micros INTEGER NOT NULL DEFAULT 0, cost_currency TEXT, currency TEXT, amount_micros INTEGER NOT NULL DEFAULT 0, attempts TEXT, media TEXT, emergency INTEGER NOT NULL DEFAULT 0, time_uncertain INTEGER NOT NULL DEFAULT 0, direction TEXT NOT NULL DEFAULT 'out') STRICT; -- out | in | on_net
-- Lists walk these from the newest down (store/call_search.py). Each costs a call a page of the log and about 8 us of processor in a big database;
-- those whose keys are few (reseller, trunk, outcome) much less.
CREATE INDEX cdr_customer ON cdr (customer_id, endpoint_id, started_at); -- a customer, or one phone of it
CREATE INDEX cdr_started ON cdr (started_at);
CREATE INDEX cdr_reseller ON cdr (reseller_id, started_at);
CREATE INDEX cdr_callee ON cdr (callee_endpoint_id, started_at) WHERE direction = 'on_net'; -- calls from another phone of ours
CREATE INDEX cdr_trunk ON cdr (trunk_id, started_at) WHERE trunk_id IS NOT NULL;
CREATE INDEX cdr_destination ON cdr (destination, started_at) WHERE destination IS NOT NULL;
CREATE INDEX cdr_outcome ON cdr (cause, result, started_at); -- serves a cause, a code and a class of codes
CREATE TABLE cdr_person ( -- what identifies: cut to the prefix or removed by erasure and retention
  cdr_id INTEGER PRIMARY KEY, call_id TEXT NOT NULL, caller TEXT NOT NULL, dialled TEXT NOT NULL, normalised TEXT NOT NULL, trunk_call_id TEXT NOT NULL, source TEXT NOT NULL, user_agent TEXT NOT NULL, callee TEXT NOT NULL) STRICT;
CREATE INDEX cdr_person_normalised ON cdr_person (normalised) WHERE normalised <> ''; -- a complaint names the number that was called
CREATE INDEX cdr_person_caller ON cdr_person (caller) WHERE caller <> ''; -- or the one that called
CREATE TABLE charge ( -- level 0 the customer, 1 its reseller, …; -1 the booth's guest
  cdr_id INTEGER NOT NULL REFERENCES cdr, level INTEGER NOT NULL, account_id INTEGER, customer_id INTEGER, reseller_id INTEGER, tariff_id INTEGER NOT NULL, rate_id INTEGER, billed_seconds INTEGER NOT NULL, amount_micros INTEGER NOT NULL, currency TEXT NOT NULL,
  entry_id INTEGER REFERENCES entry, explanation TEXT NOT NULL, PRIMARY KEY (cdr_id, level)) STRICT, WITHOUT ROWID;

-- who did what -------------------------------------------------------------------------------------------------
CREATE TABLE change_log (sequence INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, kind TEXT NOT NULL, ids TEXT NOT NULL) STRICT;
CREATE TABLE request_seen (request_id TEXT PRIMARY KEY, operator_id INTEGER, operation TEXT NOT NULL, request_hash TEXT NOT NULL, reply TEXT NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE audit (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, operator_id INTEGER, who TEXT NOT NULL, operation TEXT NOT NULL, object_kind TEXT NOT NULL, object_id INTEGER, before TEXT, after TEXT) STRICT;
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_object ON audit (object_kind, object_id);
CREATE TABLE outbox (id INTEGER PRIMARY KEY, made_at INTEGER NOT NULL, kind TEXT NOT NULL, customer_id INTEGER, reseller_id INTEGER, recipient TEXT NOT NULL, message BLOB NOT NULL, sent_at INTEGER, tries INTEGER NOT NULL DEFAULT 0, next_try_at INTEGER, error TEXT) STRICT;

-- facts stay -----------------------------------------------------------------------------------------------------
CREATE TRIGGER posting_balance AFTER INSERT ON posting BEGIN UPDATE account SET balance_micros = new.balance_after_micros WHERE id = new.account_id; END;
CREATE TRIGGER posting_no_update BEFORE UPDATE ON posting BEGIN SELECT raise(ABORT, 'postings are never changed'); END;
CREATE TRIGGER posting_no_delete BEFORE DELETE ON posting BEGIN SELECT raise(ABORT, 'postings are never deleted'); END;
CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry BEGIN SELECT raise(ABORT, 'entries are never changed'); END;
CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry BEGIN SELECT raise(ABORT, 'entries are never deleted'); END;
CREATE TRIGGER charge_no_update BEFORE UPDATE ON charge BEGIN SELECT raise(ABORT, 'charges are never changed'); END;
CREATE TRIGGER charge_no_delete BEFORE DELETE ON charge BEGIN SELECT raise(ABORT, 'charges are never deleted'); END;
CREATE TRIGGER cdr_no_update BEFORE UPDATE ON cdr BEGIN SELECT raise(ABORT, 'call records are never changed'); END;
CREATE TRIGGER cdr_no_delete BEFORE DELETE ON cdr BEGIN SELECT raise(ABORT, 'call records are never deleted'); END;
CREATE TRIGGER rate_no_update BEFORE UPDATE ON rate BEGIN SELECT raise(ABORT, 'rate versions are never changed'); END;
CREATE TRIGGER rate_no_delete BEFORE DELETE ON rate BEGIN SELECT raise(ABORT, 'rate versions are never deleted'); END;
CREATE TRIGGER payment_no_update BEFORE UPDATE ON payment BEGIN SELECT raise(ABORT, 'payments are never changed'); END;
CREATE TRIGGER payment_no_delete BEFORE DELETE ON payment BEGIN SELECT raise(ABORT, 'payments are never deleted'); END;
