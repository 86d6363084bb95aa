"""Editions with real-looking words, from papers that do not exist."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from digest.config.newsletter import Newsletter, SectionPlan
from digest.config.settings import NewsletterSettings, SenderSettings, SlotSettings
from digest.config.theme import ThemeSettings
from digest.model import Edition, Item, Link, Picture, Section, SlotKey

KEY = b"a secret of thirty-two bytes, or so"
SITE = "https://moselle.example"
DAY = dt.date(2026, 11, 23)
DUE = dt.datetime(2026, 11, 23, 16, 30, tzinfo=dt.UTC)
LAYOUTS = ("front-page", "brief", "text-first")


def at(hour: int, minute: int = 0, *, days: int = 0) -> dt.datetime:
    """An instant on the day of the edition, in Luxembourg's time."""
    return dt.datetime(2026, 11, 23, hour - 1, minute, tzinfo=dt.UTC) - dt.timedelta(days=days)


def newsletter(language: str = "en", layout: str = "front-page", **more: object) -> Newsletter:
    titles = {"fr": "Le Soir de Moselle", "ar": "مساء الموزيل"}
    settings = NewsletterSettings.model_validate(
        {
            "title": titles.get(language, "The Moselle Evening"),
            "language": language,
            "timezone": "Europe/Luxembourg",
            "slots": {"evening": SlotSettings(time=dt.time(17, 30))},
            "sender": SenderSettings(address="news@moselle.example"),
            "postal_address": "12 Quai de la Gare, 5533 Remich",
            "imprint_url": "https://moselle.example/imprint",
            "privacy_url": "https://moselle.example/privacy",
            "theme": ThemeSettings.model_validate({"layout": layout}),
            **more,
        }
    )
    return Newsletter("moselle", settings, (), (SectionPlan("", frozenset(), 12),))


def edition(*sections: Section, language: str = "en", **more: object) -> Edition:
    made = Edition(
        slot=SlotKey("moselle", DAY, "evening"),
        due=DUE,
        language=language,
        timezone="Europe/Luxembourg",
        composed=DUE - dt.timedelta(minutes=15),
        sections=sections,
        papers=31,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def item(headline: str, paper: str = "Stad Bulletin", **more: object) -> Item:
    slug = "".join(c for c in headline.lower() if c.isalnum() and c.isascii())[:24] or f"s{len(headline)}"
    made = Item(
        story=f"story-{slug}",
        entry=f"entry-{slug}",
        url=f"https://{''.join(c for c in paper.lower() if c.isascii() and c.isalnum()) or 'paper'}.example/{slug}",
        headline=headline,
        paper=paper,
        published=at(15, 40),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def picture(name: str, caption: str = "", credit: str = "", **more: object) -> Picture:
    made = Picture(
        f"https://pictures.moselle.example/{name}.jpg",
        caption,
        credit,
        width=1200,
        height=675,
        type="image/jpeg",
    )
    return replace(made, **more)  # type: ignore[arg-type]


def also(*papers: str) -> tuple[Link, ...]:
    return tuple(
        Link(f"https://{p.lower().replace(' ', '')}.example/{i}", f"Their own words {i}", p)
        for i, p in enumerate(papers, 1)
    )


def front() -> Edition:
    """The edition of the art direction: nine stories, every label once."""
    return edition(
        Section("", (LEAD,)),
        Section("Luxembourg", (TRAM, HARVEST, COURT)),
        Section("Business", (STRIKE, CHIPS, SPONSOR)),
        Section("Culture", (OPERA, ARABIC)),
    )


def everything() -> Edition:
    """Every block and every label: a test fails when one is missing."""
    return edition(
        Section("", (LEAD,)),
        Section("Luxembourg", (TRAM, HARVEST, COURT, WIRE, LONG)),
        Section("Business", (STRIKE, CHIPS, SPONSOR, ANONYMOUS)),
        Section("Culture", (OPERA, ARABIC, GERMAN, TALL, YESTERDAY)),
        intro="Good evening. The ferries stay in port, the trams do not, and the wine is better than feared.",
    )


def large(count: int, *, words: int = 30) -> Edition:
    """``count`` stories with pictures, captions and many papers, in sections of ten."""
    stories = [
        item(
            f"{TITLES[n % len(TITLES)]}, report number {n}",
            PAPERS[n % len(PAPERS)],
            story=f"story-{n}",
            kicker="Region",
            standfirst=" ".join((STANDFIRST.split() * (words // 12 + 1))[:words]) + ".",
            picture=picture(
                f"p{n}", f"What picture {n} shows from where the reporter stood.", "Agence Lémanique"
            ),
            also_in=also(*[p for p in PAPERS if p != PAPERS[n % len(PAPERS)]][: n % 7]),
            minutes=n % 6 + 1,
            score=float(count - n),
        )
        for n in range(count)
    ]
    parts = [Section(f"Part {i // 10 + 1}", tuple(stories[i : i + 10])) for i in range(1, count, 10)]
    return edition(Section("", (stories[0],)), *parts)


PAPERS = (
    "Lakeside Courier",
    "Handelsblick",
    "La Rive",
    "Radio Mosel",
    "Stad Bulletin",
    "Havenkrant",
    "Moselle Weekly",
)
TITLES = (
    "Bridge over the Sûre closes for a winter of repairs",
    "Schools to start half an hour later from spring",
    "Regional rail orders forty trains that run on batteries",
    "Farmers and brewers agree on a price for barley",
)
STANDFIRST = (
    "The council voted late on Monday after three hours of questions from residents and traders alike"
)

LEAD = item(
    "Lake ministers part after eight hours, and agree to meet again on Thursday",
    "Lakeside Courier",
    kicker="Border treaty",
    standfirst=(
        "Both sides called the first round frank. The ferry ban stays until a text is signed, but fishing "
        "resumes tomorrow at dawn."
    ),
    published=at(17, 5),
    minutes=2,
    picture=picture(
        "lake",
        "The delegations leave the lakeside hotel after eight hours of talks on Monday.",
        "Agence Lémanique",
        alt="A white ferry on a lake below blue mountains, at sunset",
    ),
    also_in=also(
        "Handelsblick", "La Rive", "Radio Mosel", "Stad Bulletin", "Havenkrant", "Tageblick", "Le Fil"
    ),
    more=(
        Link(
            "https://lakesidecourier.example/ferry", "What the ferry ban costs a village", "Lakeside Courier"
        ),
        Link(
            "https://moselle.example/archive/moselle/2026-11-23/morning",
            "This morning: talks open under rain",
            "",
        ),
    ),
    score=9.0,
)
TRAM = item(
    "Tram line to the Findel quarter opens nine days early",
    kicker="Public transport",
    standfirst="Trains run every six minutes from Saturday; the old bus keeps its night service until spring.",
    minutes=1,
    picture=picture(
        "kirchberg", "The new stop below the towers at dusk.", "M. Thill", width=1024, height=683
    ),
    also_in=also("Wort am Abend", "Paperjam Daily"),
    score=7.0,
)
HARVEST = item(
    "Harvest larger than feared after a mild October",
    "Moselle Weekly",
    kicker="Wine",
    standfirst="Growers had prepared for the smallest vintage in a decade.",
    updated="Growers now expect 11 million litres, up from 9 this morning.",
    published=at(14, 10),
    minutes=3,
    picture=picture("vineyard", "Harvest larger than feared after a mild October", "G. Faber"),
    score=5.0,
)
COURT = item(
    "Former registrar cleared of all charges in land case",
    "La Rive",
    kicker="Courts",
    standfirst="Judges found no trace of the missing file, and much criticism for those who lost it.",
    published=at(12, 55),
    minutes=4,
    also_in=also("Stad Bulletin"),
    score=4.0,
)
STRIKE = item(
    "Rotterdam strike ends; backlog will take until Friday",
    "Havenkrant",
    kicker="Shipping",
    standfirst="Dockers accept four per cent and two more rest days. Inland barges are called in two at a time.",
    published=at(16, 30),
    minutes=2,
    picture=picture(
        "cranes",
        "Containers wait at the Maas terminal.",
        "ANP/Dirk Smit",
        alt="A crane over stacked containers",
    ),
    also_in=also("Handelsblick", "FT Rijnmond"),
    score=6.0,
)
CHIPS = item(
    "Chip maker buys the old steelworks at Belval",
    "Handelsblick",
    kicker="Industry",
    standfirst="The first line is to run in 2029. The state pays for the power lines and keeps a say in who works there.",
    published=at(11, 20),
    copies=4,
    wire="AFP",
    score=3.0,
)
SPONSOR = item(
    "Sponsored by the Trier Chamber: forty workshops open their doors",
    "Chamber of Crafts",
    kicker="Trier craft fair",
    standfirst="Saturday and Sunday, entry free, trains at half price.",
    published=dt.datetime(1970, 1, 1, tzinfo=dt.UTC),
    sponsored=True,
)
OPERA = item(
    "A first opera about the Schengen treaty, sung in four languages",
    "La Rive",
    kicker="Music",
    standfirst="The border guards have the best tunes.",
    published=at(9, 15),
    minutes=5,
    picture=picture("cinema", "", "Opéra de la Rive", width=900, height=600),
    score=2.0,
)
ARABIC = item(
    "مهرجان السينما يفتتح دورته العاشرة بفيلم من تونس",
    "Al Marfa",
    kicker="سينما",
    standfirst="يعرض المهرجان ستين فيلمًا في تسعة أيام، ويكرّم مخرجة الفيلم الافتتاحي.",
    language="ar",
    url="https://almarfa.example/cinema",
    published=at(10, 45),
    score=1.5,
)
GERMAN = item(
    "Mosel-Schleuse Grevenmacher bleibt bis Ostern gesperrt",
    "Trierer Uferblatt",
    kicker="Schifffahrt",
    standfirst="Das zweite Tor ist gerissen. Ersatz kommt aus den Niederlanden, mit dem Schiff.",
    language="de",
    published=at(8, 30),
    more=(
        Link(
            "https://uferblatt.example/schleuse", "So funktioniert eine Schleuse", "Trierer Uferblatt", "de"
        ),
    ),
    score=1.0,
)
WIRE = item(
    "Floods close two roads & a school in the “Guttland”, again",
    "Radio Mosel",
    kicker="Weather",
    standfirst="Water stood at <1 metre by noon; 5 > 4 pumps ran.",
    published=at(13, 5),
    copies=1,
    also_in=also("Tageblick", "Le Fil", "Wort am Abend", "Paperjam Daily", "La Rive"),
    score=3.5,
)
LONG = item(
    "Parliament’s committee on budgetary control asks for a hearing on the cost overruns of the "
    "Donaudampfschifffahrtsgesellschaftskapitänsmützenmuseum, a project nobody remembers having approved, "
    "before the year is out",
    "Stad Bulletin",
    standfirst="",
    published=at(7, 0),
    score=2.5,
)
ANONYMOUS = item(
    "Rates unchanged",
    "Handelsblick",
    standfirst="Rates unchanged",
    published=at(6, 45),
    minutes=1,
    score=1.2,
)
TALL = item(
    "The lighthouse keeper who counted every ship",
    "Havenkrant",
    kicker="Obituary",
    standfirst="He died on Sunday at 91, with 412,006 ships in his books.",
    picture=picture(
        "lighthouse", "IMG_20261122.jpg", "Havenkrant archive", width=800, height=1200, alt="lighthouse.jpg"
    ),
    published=at(10, 0),
    score=0.8,
)
YESTERDAY = item(
    "Late goal keeps Remich top of the table",
    "Stad Bulletin",
    kicker="Football",
    standfirst="Two penalties were missed before the 93rd minute.",
    published=at(22, 40, days=1),
    score=0.5,
)

FRENCH = edition(
    Section(
        "",
        (
            item(
                "Les ministres du lac se quittent après huit heures et se reverront jeudi",
                "Le Fil du Lac",
                kicker="Traité frontalier",
                standfirst=(
                    "Les deux camps parlent d’un premier échange franc. Les bacs restent à quai jusqu’à la signature, "
                    "mais la pêche reprend demain à l’aube."
                ),
                published=at(17, 5),
                minutes=2,
                picture=picture("lake", "Les délégations quittent l’hôtel, lundi soir.", "Agence Lémanique"),
                also_in=also("La Rive", "Le Quai", "Radio Mosel", "L’Écluse", "Le Bac", "Tageblick"),
                more=(
                    Link(
                        "https://fildulac.example/bac",
                        "Ce que l’arrêt du bac coûte à un village",
                        "Le Fil du Lac",
                    ),
                ),
            ),
        ),
    ),
    Section(
        "Luxembourg",
        (
            item(
                "Le tram du Findel ouvre avec neuf jours d’avance",
                "Le Quai",
                kicker="Transports",
                standfirst="Une rame toutes les six minutes dès samedi ; le bus de nuit circule jusqu’au printemps.",
                minutes=1,
                picture=picture("kirchberg", "Le nouvel arrêt, au crépuscule.", "M. Thill"),
            ),
            item(
                "Une vendange plus généreuse que prévu",
                "La Rive",
                kicker="Vin",
                standfirst="Les vignerons s’attendaient à la plus petite récolte en dix ans.",
                updated="Les vignerons attendent désormais 11 millions de litres, contre 9 ce matin.",
                published=at(14, 10),
                copies=3,
                wire="AFP",
            ),
        ),
    ),
    language="fr",
    papers=12,
)
ARABIC_EDITION = edition(
    Section(
        "",
        (
            item(
                "وزراء البحيرة يفترقون بعد ثماني ساعات ويتفقون على اللقاء يوم الخميس",
                "بريد البحيرة",
                url="https://barid.example/lake",
                kicker="معاهدة الحدود",
                standfirst="وصف الطرفان الجولة الأولى بالصريحة. تبقى العبّارات متوقفة حتى التوقيع، ويُستأنف الصيد غدًا فجرًا.",
                published=at(17, 5),
                minutes=2,
                picture=picture("lake", "الوفدان يغادران الفندق مساء الاثنين.", "وكالة ليمان"),
                also_in=(
                    Link("https://daffa.example/1", "كلماتهم", "الضفة"),
                    Link("https://larive.example/2", "Leurs mots", "La Rive"),
                    Link("https://mina.example/3", "كلماتهم", "الميناء"),
                ),
            ),
        ),
    ),
    Section(
        "لوكسمبورغ",
        (
            item(
                "خط الترام إلى فيندل يُفتتح قبل موعده بتسعة أيام",
                "نشرة المدينة",
                url="https://madina.example/tram",
                kicker="النقل العام",
                standfirst="قطار كل ست دقائق اعتبارًا من السبت، وتبقى الحافلة الليلية حتى الربيع.",
                minutes=1,
                picture=picture("kirchberg", "المحطة الجديدة عند الغروب.", "M. Thill"),
            ),
            item(
                "Mosel-Schleuse bleibt bis Ostern gesperrt",
                "Trierer Uferblatt",
                url="https://uferblatt.example/schleuse",
                kicker="Schifffahrt",
                standfirst="Das zweite Tor ist gerissen.",
                language="de",
                published=at(8, 30),
                minutes=4,
            ),
        ),
    ),
    language="ar",
    papers=9,
)


def native(language: str) -> Edition:
    """An edition in its own language, where there is one here; else the English one, marked as English."""
    if language in {"fr", "ar"}:
        return FRENCH if language == "fr" else ARABIC_EDITION
    made = front()
    if language == "en":
        return made
    sections = tuple(
        replace(part, items=tuple(replace(i, language=i.language or "en") for i in part.items))
        for part in made.sections
    )
    return replace(made, sections=sections, language=language)
