"""Trunks: carriers and gateways that calls go out to or come in from."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from appliance.wire.shapes import Ref, Request, View


class TrunkNumber(Request, frozen=True):
    """An incoming number and the endpoint it rings; a null endpoint rings nowhere.

    `failover`: numbers that are tried one after the other where the endpoint is not registered or does not answer, as it
    would dial them and at its cost. `price_per_minute`, `monthly_fee` and `setup_fee` (taken once, when the number is given to
    a customer) are the endpoint's customer's, in the currency of its account; null is free.
    """

    did: str
    endpoint: str | None | UnsetType = UNSET
    failover: list[str] | UnsetType = UNSET
    price_per_minute: str | None | UnsetType = UNSET
    monthly_fee: str | None | UnsetType = UNSET
    setup_fee: str | None | UnsetType = UNSET


class NumberRule(Request, frozen=True):
    """How numbers that begin with `prefix` are written: `strip` leading digits less, `prepend` before the rest."""

    prefix: str
    strip: int = 0
    prepend: str = ""


class TrunkCreate(Request, frozen=True):
    """A trunk. `addresses` are where its calls come from: IP, IP:port or network (the host where left out). `port` 0: as DNS says (SRV).

    `rules` write the numbers called and `caller_rules` those shown: the longest prefix decides, before `strip` and `prepend`.
    `hours`: when calls may go out, "08:00-20:00" in the reseller's time zone. `never_rests`: also when it fails.
    `tls_name`: requests over TLS from whoever shows a certificate for this name are the trunk's, whatever its address; "" none.
    `emergency_location`: emergency calls bring the caller's address as a PIDF-LO document (RFC 6442), not as a Subject.
    `certificate`: what the carrier is shown where it is reached by TLS and asks for our certificate: PEM text of it, its chain and its
    key without a password; it is never given out again. Null and "": the one of `sip.client_certificate`.
    """

    name: str
    host: str
    reseller: Ref | None = None
    port: int = 5060
    transport: str = "udp"
    username: str | None = None
    password: str | None = None
    register: bool = False
    addresses: list[str] | None = None
    cost_tariff: Ref | None = None
    max_calls: int | None = None
    strip: int = 0
    prepend: str = ""
    media: str = "auto"
    codecs: list[str] = []
    main_number: str = ""
    emergency: bool = False
    trusted: bool = False
    disabled: bool = False
    numbers: list[TrunkNumber] = []
    rules: list[NumberRule] = []
    caller_rules: list[NumberRule] = []
    hours: str = ""
    never_rests: bool = False
    tls_name: str = ""
    emergency_location: bool = False
    certificate: str | None = None


class TrunkUpdate(Request, frozen=True):
    """Changes of a trunk; what is left out stays. Numbers not named stay."""

    id: int
    version: int | None = None
    name: str | UnsetType = UNSET
    host: str | UnsetType = UNSET
    port: int | UnsetType = UNSET
    transport: str | UnsetType = UNSET
    username: str | None | UnsetType = UNSET
    password: str | None | UnsetType = UNSET
    register: bool | UnsetType = UNSET
    addresses: list[str] | UnsetType = UNSET
    cost_tariff: Ref | None | UnsetType = UNSET
    max_calls: int | None | UnsetType = UNSET
    strip: int | UnsetType = UNSET
    prepend: str | UnsetType = UNSET
    media: str | UnsetType = UNSET
    codecs: list[str] | UnsetType = UNSET
    main_number: str | UnsetType = UNSET
    emergency: bool | UnsetType = UNSET
    trusted: bool | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET
    numbers: list[TrunkNumber] | UnsetType = UNSET
    rules: list[NumberRule] | UnsetType = UNSET
    caller_rules: list[NumberRule] | UnsetType = UNSET
    hours: str | UnsetType = UNSET
    never_rests: bool | UnsetType = UNSET
    tls_name: str | UnsetType = UNSET
    emergency_location: bool | UnsetType = UNSET
    certificate: str | None | UnsetType = UNSET


class TrunkNumberRemove(Request, frozen=True):
    """Takes an incoming number off the trunk that has it; days that were paid are given back."""

    did: str
    request_id: str = ""


class TrunkNumberView(View, frozen=True):
    """An incoming number and the endpoint it rings; `currency` is that of its prices, "" where it rings nowhere; `sold_to`: the
    sub-reseller that has it, whose customers it rings."""

    did: str
    endpoint: str | None
    failover: list[str] = []
    price_per_minute: str | None = None
    monthly_fee: str | None = None
    currency: str = ""
    setup_fee: str | None = None
    sold_to: str | None = None


class NumberRuleView(View, frozen=True):
    """How numbers of one prefix are written."""

    prefix: str
    strip: int
    prepend: str


class TrunkHealth(View, frozen=True):
    """A trunk in the last minutes (`trunks.watch_minutes`): calls, how many were answered and how many failed at the carrier.

    `asr_percent` is the share of answered ones, `acd_seconds` their mean length, `pdd_ms` the mean time to ringing; `short`
    were very short, `dead` of `heard` brought no sound. While it rests others are tried before it; `rests` in a row.
    """

    calls: int
    answered: int
    failed: int
    asr_percent: int
    acd_seconds: int
    pdd_ms: int | None
    short: int
    heard: int
    dead: int
    rests: int
    resting_until: str | None


class TrunkView(View, frozen=True):
    """One trunk, never its password. `registered` is null where we do not register or nothing was heard yet; `reason` says
    why not, `since` since when it has been so, `next_try` when we ask again where we are not; `calls` run over it now.
    `certificate_name` is whom its own certificate calls us, "" where it has none, and `certificate_until` when that runs out."""

    id: int
    version: int
    reseller: str
    name: str
    host: str
    port: int
    transport: str
    username: str | None
    has_password: bool
    register: bool
    addresses: list[str]
    cost_tariff: str | None
    max_calls: int | None
    strip: int
    prepend: str
    media: str
    codecs: list[str]
    main_number: str
    emergency: bool
    trusted: bool
    disabled: bool
    numbers: list[TrunkNumberView]
    archived_at: str | None
    registered: bool | None = None
    reason: str = ""
    since: str | None = None
    calls: int = 0
    next_try: str | None = None
    rules: list[NumberRuleView] = []
    caller_rules: list[NumberRuleView] = []
    hours: str = ""
    never_rests: bool = False
    health: TrunkHealth | None = None
    tls_name: str = ""
    emergency_location: bool = False
    certificate_name: str = ""
    certificate_until: str | None = None


class TrunkPage(View, frozen=True):
    """All trunks that the asker may see."""

    trunks: list[TrunkView]


class TrunkTestCall(Request, frozen=True):
    """A real call over one trunk, placed by the server itself. It costs what the carrier asks and is charged to nobody.

    `seconds` is the longest wait for an answer (5 to 60), `talk_seconds` how long it stays after one (0 to 30).
    """

    id: int
    number: str
    seconds: int = 30
    talk_seconds: int = 3


class TestCallView(View, frozen=True):
    """How a test call stands. `id` is the call's own: of the running call, then of its record.

    `state`: calling, ringing, answered, ended (was answered) or failed. `status` is the carrier's newest SIP code and
    `reason` its words; `words` say it plainly: the English sentence of `code`. `post_dial_delay_ms` is from our
    INVITE to the first sign of ringing, `early_media` whether sound was offered before the answer, `packets` how many of
    the carrier's RTP packets came.
    """

    __test__ = False  # no test class, whatever its name begins with

    id: int
    trunk: str
    number: str
    state: str
    status: int
    reason: str
    words: str
    started_at: str
    answered_at: str | None
    ended_at: str | None
    post_dial_delay_ms: int | None
    early_media: bool
    packets: int
    code: str = ""
