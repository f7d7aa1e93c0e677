"""The services of call shops wired together: one attribute a noun."""

from __future__ import annotations

from appliance.services.call_shop.approvals import Approvals
from appliance.services.call_shop.bill_views import BillViews
from appliance.services.call_shop.bills import Bills
from appliance.services.call_shop.booths import Booths
from appliance.services.call_shop.cards import Cards
from appliance.services.call_shop.checkout import Checkout
from appliance.services.call_shop.drawer import Drawer
from appliance.services.call_shop.events import Events
from appliance.services.call_shop.figures import Statistics
from appliance.services.call_shop.guest_prices import PriceLookup
from appliance.services.call_shop.meters import Meters
from appliance.services.call_shop.places import Places
from appliance.services.call_shop.printing import Queue
from appliance.services.call_shop.receipts import TillReceipts
from appliance.services.call_shop.reports import Reports
from appliance.services.call_shop.reprints import Reprints
from appliance.services.call_shop.sessions import Sessions
from appliance.services.call_shop.shifts import Shifts
from appliance.services.call_shop.shops import Chains, Shops
from appliance.services.call_shop.signing import Signing
from appliance.services.call_shop.strips import Strips
from appliance.services.call_shop.tablets import Tablets
from appliance.services.call_shop.tabs import Tabs
from appliance.services.call_shop.tills import Goods, Tills
from appliance.services.ground.access import Access
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.once import Once
from appliance.services.ground.room import Room
from appliance.services.people.operators import Operators
from appliance.services.prices.tariffs import Tariffs


class ShopNouns:
    """`meters.calls` is set by who has running calls."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, once: Once, operators: Operators, tariffs: Tariffs) -> None:
        places = Places(room, access, lookups)
        drawer, tabs = Drawer(room), Tabs(room)
        self.meters = Meters(room)
        cards = Cards(room, self.meters)
        self.signing = Signing(room, places)
        self.receipts = TillReceipts(room, places, cards, self.signing)
        self.strips = Strips(room, cards, self.receipts, self.signing)
        self.queue = Queue(room, places, self.strips, self.signing, audit)
        self.events = Events(room, places, cards)
        self.approvals = Approvals(room, access, places, operators, audit)
        self.booths = Booths(room, places, cards, audit)
        self.sessions = Sessions(room, places, cards, self.booths, tabs, drawer, self.receipts, self.queue, once)
        views = BillViews(room, places, cards, tabs)
        self.bills = Bills(room, places, views, tabs, self.sessions, self.approvals, self.events, once)
        self.checkout = Checkout(room, places, tabs, views, self.sessions, drawer, self.receipts, self.queue, self.approvals, self.events, once)
        self.reports = Reports(room, cards, self.receipts, self.queue)
        self.shifts = Shifts(room, places, cards, drawer, self.reports, self.approvals, self.events, once)
        self.tills = Tills(room, places, self.queue, self.events, audit, once)
        self.goods = Goods(room, places, audit)
        self.reprints = Reprints(room, places, self.receipts, self.queue, self.strips, self.events, once)
        self.shops = Shops(room, access, lookups, places, tariffs, self.approvals, audit)
        self.chains = Chains(room, access, lookups, audit)
        self.prices = PriceLookup(room, places, self.meters)
        self.statistics = Statistics(room, places)
        self.tablets = Tablets(room, places, audit)
