"""The cast: fictional companies, what they make and sell, and where their tokenised shares trade.

Belongs here: names, numbers and vocabulary that no seed changes.
Not here: people (people.py), events (calendar.py), figures (fiscal.py).
"""

from dataclasses import dataclass
from datetime import date

from tauric_assets.sandbox.market import Company, Venue


@dataclass(frozen=True)
class Profile:
    """A company and the words its texts are made of.

    Args:
        index: its place in `PROFILES`.
        fiscal_year_end: month whose last day ends the fiscal year.
        report_lag: days from a quarter's end to its earnings release.
        revenue: quarterly revenue in millions of dollars at the first day.
        shares: shares outstanding, in millions.
        price: price of a share in cents at the first day.
        volatility: standard deviation of a day's return.
        products, customers, suppliers, rivals: nouns for prose.
    """

    index: int
    company: Company
    sic: str
    office: str
    file_number: str
    street: str
    city: str
    state: str
    zip_code: str
    phone: str
    fiscal_year_end: int
    report_lag: int
    revenue: float
    shares: float
    price: int
    volatility: float
    trade: str
    products: tuple[str, ...]
    customers: tuple[str, ...]
    suppliers: tuple[str, ...]
    inputs: tuple[str, ...]

    @property
    def ticker(self) -> str:
        """Its ticker."""
        return self.company.ticker

    @property
    def name(self) -> str:
        """Its registered name."""
        return self.company.name

    @property
    def short_name(self) -> str:
        """What people call it."""
        return self.company.name.rsplit(" ", 1)[0]


def _company(
    number: int, name: str, ticker: str, exchange: str, *former: str, renamed_on: date | None = None
) -> Company:
    return Company(9_900_000 + number, name, ticker, exchange, tuple(former), renamed_on)


PROFILES: tuple[Profile, ...] = (
    Profile(
        0,
        _company(1, "Nova Propulsion Corp", "NOVA", "NYSE"),
        "AIRCRAFT ENGINES & ENGINE PARTS [3724]",
        "04 Manufacturing",
        "001-99001",
        "400 TURBINE WAY",
        "DAYTON",
        "OH",
        "45402",
        "937-555-0110",
        11,
        37,
        612.0,
        148.0,
        8460,
        0.021,
        "electric and hybrid aircraft propulsion",
        ("the N7 electric motor", "the N12 hybrid turbine", "the Arclight power unit", "the spare-parts service"),
        ("Castellan Airways", "the Northmoor Air Force", "Skerry Commuter Lines", "Aerolia Regional"),
        ("Brandt & Sohl Castings", "Keld Magnetics", "Ostrava Bearings"),
        ("rare-earth magnets", "titanium castings", "high-voltage connectors"),
    ),
    Profile(
        1,
        _company(2, "Helixar Therapeutics Inc", "HLXR", "Nasdaq"),
        "PHARMACEUTICAL PREPARATIONS [2834]",
        "03 Life Sciences",
        "001-99002",
        "18 ASSAY STREET",
        "CAMBRIDGE",
        "MA",
        "02139",
        "617-555-0122",
        12,
        40,
        188.0,
        96.0,
        4125,
        0.029,
        "treatments for rare metabolic diseases",
        ("Relvanta", "the HX-204 programme", "Corvisel", "the enzyme replacement platform"),
        ("Pellworth Hospitals", "the Lakeland Health Trust", "Sunderby Clinics", "Amberline Pharmacies"),
        ("Tessaly Biologics", "Grove Fill-Finish", "Innsa Reagents"),
        ("cell culture media", "sterile vials", "viral vectors"),
    ),
    Profile(
        2,
        _company(3, "Qubital Semiconductors Inc", "QBIT", "Nasdaq"),
        "SEMICONDUCTORS & RELATED DEVICES [3674]",
        "04 Manufacturing",
        "001-99003",
        "2200 PHOTON PARKWAY",
        "AUSTIN",
        "TX",
        "78758",
        "512-555-0133",
        10,
        45,
        1_340.0,
        310.0,
        16240,
        0.026,
        "accelerator and network chips for data centres",
        ("the Lattice accelerator", "the Q9 switch chip", "the Tensorline board", "the licence business"),
        ("Cumulon Cloud", "Hyperfen Data Centres", "Vantor Systems", "the Isles Computing Grid"),
        ("Formosa Peak Foundry", "Silverton Substrates", "Okada Lithography"),
        ("advanced packaging capacity", "high-bandwidth memory", "wafers"),
    ),
    Profile(
        3,
        _company(4, "Trivandel Logistics Group", "TRVD", "NYSE"),
        "TRUCKING (NO LOCAL) [4213]",
        "01 Energy & Transportation",
        "001-99004",
        "75 DEPOT ROAD",
        "MEMPHIS",
        "TN",
        "38118",
        "901-555-0144",
        8,
        36,
        905.0,
        121.0,
        5730,
        0.018,
        "contract freight and cold-chain warehousing",
        ("cold-chain warehousing", "dedicated freight", "the Routewise booking platform", "last-mile delivery"),
        ("Harrow & Finch Grocers", "Bellcourt Retail", "Omnivale Stores", "Kestrel Home"),
        ("Dunmore Trucks", "Arden Fuel", "Paxley Tyres"),
        ("diesel", "drivers", "refrigerated trailers"),
    ),
    Profile(
        4,
        _company(5, "Greenlode Energy Co", "GRNL", "NYSE", "Lodestone Coal & Coke Co", renamed_on=date(2019, 4, 12)),
        "ELECTRIC SERVICES [4911]",
        "01 Energy & Transportation",
        "001-99005",
        "9 SUBSTATION PLAZA",
        "DENVER",
        "CO",
        "80202",
        "303-555-0155",
        12,
        44,
        744.0,
        205.0,
        3380,
        0.016,
        "wind, solar and storage power plants",
        ("the Highmesa wind farm", "grid storage", "the Sunfold solar park", "the power-contract business"),
        ("Calder City Utilities", "Westmark Power Pool", "Fenwick Steel", "Brightwater Data"),
        ("Nordvind Blades", "Helia Modules", "Voltane Battery"),
        ("turbine blades", "solar modules", "grid connections"),
    ),
    Profile(
        5,
        _company(6, "Orchard Pike Foods Inc", "ORCH", "NYSE"),
        "FOOD AND KINDRED PRODUCTS [2000]",
        "04 Manufacturing",
        "001-99006",
        "310 CIDER MILL LANE",
        "ROCHESTER",
        "NY",
        "14604",
        "585-555-0166",
        2,
        38,
        530.0,
        88.0,
        6215,
        0.013,
        "packaged fruit, juices and plant-based snacks",
        ("Pike's juice", "the Meadowbar snack line", "frozen fruit", "the private-label line"),
        ("Harrow & Finch Grocers", "Omnivale Stores", "Daybreak Cafes", "Tillman Wholesale"),
        ("Valley Fruit Growers", "Claro Glass", "Ambrose Sugar"),
        ("apples", "glass bottles", "cold storage"),
    ),
    Profile(
        6,
        _company(7, "Voltane Battery Corp", "VLTN", "Nasdaq"),
        "MISCELLANEOUS ELECTRICAL MACHINERY, EQUIPMENT & SUPPLIES [3690]",
        "04 Manufacturing",
        "001-99007",
        "1 ANODE AVENUE",
        "RENO",
        "NV",
        "89502",
        "775-555-0177",
        8,
        38,
        418.0,
        172.0,
        2745,
        0.031,
        "sodium-ion cells and grid batteries",
        ("the V4 sodium-ion cell", "the Gridstack container", "the licence business", "battery recycling"),
        ("Greenlode Energy", "Marlowe Motors", "Nova Propulsion", "Calder City Utilities"),
        ("Saltpan Chemicals", "Ferro Cathodes", "Tyne Separators"),
        ("cathode powder", "separator film", "hard carbon"),
    ),
    Profile(
        7,
        _company(8, "Meridian Bay Shipyards Corp", "MRDB", "NYSE"),
        "SHIP & BOAT BUILDING & REPAIRING [3730]",
        "04 Manufacturing",
        "001-99008",
        "60 HARBOR SQUARE",
        "PORTLAND",
        "ME",
        "04101",
        "207-555-0188",
        12,
        15,
        266.0,
        64.0,
        4890,
        0.014,
        "ferries, service vessels and repair yards",
        ("the Gannet ferry", "the offshore service vessel", "hull repair", "the Bayline tug"),
        ("the Port of Eastholm", "Skerry Commuter Lines", "Saltmarsh Seafoods", "Greenlode Energy"),
        ("Ferrand Steel", "Nova Propulsion", "Anchor Winches"),
        ("steel plate", "marine engines", "welders"),
    ),
)

BY_CIK: dict[int, Profile] = {profile.company.cik: profile for profile in PROFILES}

BITCOIN = "BTC"
BITCOIN_PRICE = 9_350_000
BITCOIN_VOLATILITY = 0.022

SYMBOLS: dict[Venue, tuple[str, ...]] = {
    "coinbase": ("BTC-USD", "GRNL-USD", "HLXR-USD", "NOVA-USD", "ORCH-USD", "QBIT-USD"),
    "kraken": ("BTC-USD", "MRDB-USD", "NOVA-USD", "QBIT-USD"),
    "binance": ("BTC-USDT", "NOVA-USDT", "TRVD-USDT", "VLTN-USDT"),
    "binance_futures": ("BTC-USDT", "NOVA-USDT"),
    "alpaca": ("GRNL-USD", "HLXR-USD", "NOVA-USD", "QBIT-USD"),
}
