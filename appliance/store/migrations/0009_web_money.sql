-- What customers set of their own spending, online payments, letters to customers, welcome credit.

CREATE TABLE balance_alert ( -- told is set once the e-mail of this crossing went, and 0 again above the threshold
  customer_id INTEGER PRIMARY KEY REFERENCES customer, below_micros INTEGER NOT NULL, told INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE spending_cap ( -- what calls on an account may cost in a calendar month of its customer's zone
  account_id INTEGER PRIMARY KEY REFERENCES account, cap_micros INTEGER NOT NULL, timezone TEXT NOT NULL DEFAULT '') STRICT;

CREATE TABLE online_payment ( -- somebody went to a provider's page; state: open | paid | failed | reversed
  id INTEGER PRIMARY KEY, reseller_id INTEGER NOT NULL REFERENCES reseller, customer_id INTEGER NOT NULL REFERENCES customer,
  provider TEXT NOT NULL, currency TEXT NOT NULL, amount_micros INTEGER NOT NULL, made_at INTEGER NOT NULL, state TEXT NOT NULL DEFAULT 'open',
  provider_id TEXT NOT NULL DEFAULT '', charge_id TEXT NOT NULL DEFAULT '', card TEXT NOT NULL DEFAULT '', payment_id INTEGER REFERENCES payment, ended_at INTEGER) STRICT;
CREATE INDEX online_payment_customer ON online_payment (customer_id, made_at);
CREATE INDEX online_payment_provider ON online_payment (provider, provider_id) WHERE provider_id <> '';
CREATE INDEX online_payment_charge ON online_payment (provider, charge_id) WHERE charge_id <> '';
CREATE INDEX online_payment_card ON online_payment (card, ended_at) WHERE card <> '';
CREATE TABLE online_event ( -- a provider's news counts once, however often it is told
  provider TEXT NOT NULL, event_id TEXT NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, PRIMARY KEY (provider, event_id)) STRICT, WITHOUT ROWID;

CREATE TABLE letter ( -- an e-mail that somebody wrote to a selection of customers, or an announcement of dearer prices
  id INTEGER PRIMARY KEY, reseller_id INTEGER NOT NULL REFERENCES reseller, at INTEGER NOT NULL, who TEXT NOT NULL, kind TEXT NOT NULL,
  subject TEXT NOT NULL, template TEXT NOT NULL, texts TEXT NOT NULL, -- own wordings by language, and values of all, JSON
  customers INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE customer_letter ( -- what each customer was told, as he read it; outbox_id: how it went; done 0: still to be written
  id INTEGER PRIMARY KEY, letter_id INTEGER NOT NULL REFERENCES letter, customer_id INTEGER NOT NULL REFERENCES customer, at INTEGER NOT NULL,
  subject TEXT NOT NULL DEFAULT '', text TEXT NOT NULL DEFAULT '', outbox_id INTEGER, done INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX customer_letter_waiting ON customer_letter (id) WHERE done = 0;
CREATE INDEX customer_letter_customer ON customer_letter (customer_id, id);
CREATE INDEX customer_letter_letter ON customer_letter (letter_id);
CREATE TABLE price_notice ( -- rises that customers were told of
  tariff_id INTEGER NOT NULL REFERENCES tariff, prefix TEXT NOT NULL, from_at INTEGER NOT NULL, letter_id INTEGER NOT NULL REFERENCES letter,
  PRIMARY KEY (tariff_id, prefix, from_at)) STRICT, WITHOUT ROWID;

CREATE TABLE welcome_credit ( -- given once a mailbox and telephone: their hashes, so that nobody is named
  contact_hash TEXT PRIMARY KEY, reseller_id INTEGER NOT NULL REFERENCES reseller, customer_id INTEGER NOT NULL REFERENCES customer,
  source_hash TEXT NOT NULL, at INTEGER NOT NULL, amount_micros INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX welcome_credit_source ON welcome_credit (source_hash, at);
