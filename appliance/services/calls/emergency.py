"""Emergency numbers by country, looked at before everything else.

112 and 911 are emergency numbers of every mobile network; each country has its own beside them, under its ISO 3166
code.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from appliance.services.calls.call_record import LiveCall
from appliance.services.ground.changes import Changes
from appliance.store.store import Store

MOST_ALARMS = 50
ALARM_MS = 24 * 3_600_000
"""So long an emergency call stands among the alerts, also after a restart."""

EVERYWHERE = frozenset({"112", "911"})

_TABLE = """
    AC AG FK GB GG IE IM JE LC MO MS MY NU QA SB SC SD SH SS SZ TC UG VC VG: 999; AD: 110 116 118; AE PL: 997 998 999; AF: 100 102 119;
    AL: 127 128 129; AM AZ BY KG KZ TJ UA: 101 102 103; AO: 113 115; AR: 100 101 107; AT: 122 133 144; AU: 000 106; AW: 100; BA ME: 122 123 124;
    BB: 211 311 511; BD: 100 101 102 199 999; BE: 100 101; BF DJ KM MR SN TD: 17 18; BG: 150 160 166; BH: 199 999; BI: 113 117;
    BJ: 114 116 117 118; BL: 18; BN: 991 993 995; BO: 110 118 119; BR: 128 190 192 193; BS SX: 919; BT NO SJ SY: 110 113; BW: 111 997 998 999;
    BZ: 90 990; CC CX: 000; CD: 113 114 118 177 188; CF: 117 118 1220; CG: 117 118; CH LI: 117 118 144; CI: 110 111 170 180; CK: 996 998 999;
    CL: 131 132 133; CM: 13 17 113 117; CN: 110 119 120; CO: 119 123 132 156; CU: 104 105 106; CV: 130 131 132; CY HN MM NG: 199;
    CZ: 150 151 152 153 154 155 156 157 158 159; DE EE: 110; DK FO: 114; DM KN: 333 999; DZ: 14 17; EC: 101 102; EG: 122 123 180;
    EH MA: 15 19 177; ER: 113 114 116; ES: 085 088; ET: 91 92 93 939 991 997; FJ: 917; FR GF GP MC MF ML MQ PF PM RE WF: 15 17 18; GA: 18 1300;
    GE: 011 022 033 111 113 122; GH: 191 192 193 999; GI: 190 199; GM: 16 17 18 116 117 118; GR: 100 166 199; GT: 110 120 123; GW: 113 117 118;
    GY: 912 913; HK: 992 999; HR: 93 94 192 193 194; HT: 114 118; HU: 104 105 107; ID: 110 113 118 119; IL PS: 100 101 102;
    IN: 100 101 102 108 1298 2611; IQ: 100 104 115 122; IR: 110 115 125; IT SM VA: 113 115 118; JM JP TW: 110 119; JO: 191 192 197; KE: 114 999;
    KH: 117 118 119 666; KI: 192 193 194 195 992 993 994; KP: 119 819; KR: 119; LA: 190 191 195; LB: 140 175 999; LK: 110 116 118 119; LR: 355;
    LS: 115 117; LT: 01 02 03 011 022 033 101 102 103; LU SI: 113; LV: 01 02 03 110 113; LY: 190 191 193; MD: 901 902 903; MG: 17 18 117 118;
    MK XK: 192 193 194; MN: 100 101 102 103 105; MU: 114 115 995 999; MV: 102 118 119; MW: 199 997 998 999; MX: 060 065 066 068 080;
    MZ: 117 119 197 198; NA: 10111; NC: 15 16 17 18; NE: 15 17 18 118; NF: 955 977; NI: 115 118 120 128; NP: 100 101 102 103; NR: 110 111;
    NZ RW: 111; OM: 1444 9999; PE: 105 116 117; PG: 000 110 111; PH: 117; PK: 15 16 115 1122; PT SR TL: 115; PY UY: 128; RS: 92 93 94;
    RU: 01 02 03 101 102 103; SA: 997 999; SE: 90000; SG: 993 995 999; SK: 150 155 158; SL: 019 999; SO: 555 888 999; SV: 913;
    TG: 117 118 171 172 177; TH: 191 199 1669; TM: 01 02 03; TN: 190 197 198; TO: 922 933 999; TR: 110 155; TT: 990 999; TZ: 110 111 114 115 999;
    UZ: 01 02 03 001 002 003 050; VE: 171; VN: 113 114 115; WS: 994 995 996 999; YE: 191 194 195 199; YT: 15; ZA: 10111 10177; ZM: 991 993 999;
    ZW: 993 994 995 999;
"""
"""`COUNTRY COUNTRY: number number;` (facts as numbering plans of 2026 have them)."""

BY_COUNTRY: dict[str, frozenset[str]] = {
    country: frozenset(numbers.split())
    for countries, _, numbers in (part.partition(":") for part in _TABLE.split(";"))
    for country in countries.split()
}

ANYWHERE = EVERYWHERE.union(*BY_COUNTRY.values())
"""What is no emergency number in any country is looked at no further."""

_SIGNS = str.maketrans("", "", " +-.()/")


def digits_of(dialled: str) -> str:
    """What was dialled without the signs that people put between digits; letters stay, and make it no number."""
    return dialled if dialled.isdigit() else dialled.translate(_SIGNS)


def emergency_numbers(countries: Iterable[str], more: Iterable[str] = ()) -> frozenset[str]:
    """The numbers of these countries (unknown ones add none), the general ones, and `more` from the settings."""
    numbers = EVERYWHERE | frozenset(more)
    for country in countries:
        numbers |= BY_COUNTRY.get(country.upper(), frozenset())
    return numbers


class Urgent(NamedTuple):
    """An emergency call of late; `at` in UTC milliseconds."""

    call: int
    at: int
    number: str
    customer: int | None
    endpoint: int | None


class Emergencies:
    """The newest emergency calls, for the alarm at every console; their records stay."""

    def __init__(self) -> None:
        self._newest: deque[Urgent] = deque(maxlen=MOST_ALARMS)
        self.ended: deque[LiveCall] = deque(maxlen=MOST_ALARMS)
        """Whose record may yet be lost with its unit of work: nothing else remembers a call that had no row."""

    def load(self, store: Store, now: int) -> None:
        """Those that an earlier run left; `now` in UTC milliseconds."""
        self._newest.extend(Urgent(*row) for row in store.calls.emergencies(now - ALARM_MS, MOST_ALARMS))

    def began(self, urgent: Urgent, changes: Changes | None) -> None:
        """Somebody calls for help; told where a unit of work is open."""
        self._newest.append(urgent)
        if changes is not None:
            changes.note("emergency", urgent.call)

    def over(self, live: LiveCall) -> None:
        """A call is about to be recorded."""
        if live.record.emergency:
            self.ended.append(live)

    def since(self, at: int) -> list[Urgent]:
        """Those that began at or after a moment, newest first."""
        return [each for each in reversed(self._newest) if each.at >= at]
