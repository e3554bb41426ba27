"""Where the demo's customers live: countries with their regions and cities, the form of a number, the currency."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class City:
    name: str
    region: str
    postal_prefix: str  # the rest is digits
    area_code: str


@dataclass(frozen=True)
class Country:
    """`names` is the key of the stock of names; `streets` are patterns of a house number."""

    code: str
    share: float
    names: str
    dial: str
    postal_digits: int
    currency: str
    income: int
    legal_form: str
    streets: tuple[str, ...]
    cities: tuple[City, ...]


def cities(*listed: str) -> tuple[City, ...]:
    """Each written as `name, region, postal prefix, area code`."""
    return tuple(City(*entry.split(", ")) for entry in listed)


GERMAN_STREETS = ("Lindenstraße {}", "Am Mühlbach {}", "Gartenweg {}", "Bahnhofstraße {}", "Kirchplatz {}")
ENGLISH_STREETS = ("{} Mill Lane", "{} Orchard Road", "{} Harbour Street", "{} Station Road")

COUNTRIES = (
    Country(
        code="DE",
        share=0.20,
        names="german",
        dial="+49",
        postal_digits=5,
        currency="EUR",
        income=44000,
        legal_form="GmbH",
        streets=GERMAN_STREETS,
        cities=cities(
            "Berlin, Berlin, 10, 30",
            "München, Bayern, 80, 89",
            "Nürnberg, Bayern, 90, 911",
            "Köln, Nordrhein-Westfalen, 50, 221",
            "Hamburg, Hamburg, 20, 40",
            "Leipzig, Sachsen, 04, 341",
        ),
    ),
    Country(
        code="AT",
        share=0.05,
        names="german",
        dial="+43",
        postal_digits=4,
        currency="EUR",
        income=43000,
        legal_form="GmbH",
        streets=GERMAN_STREETS,
        cities=cities(
            "Wien, Wien, 1, 1",
            "Graz, Steiermark, 80, 316",
            "Linz, Oberösterreich, 40, 732",
        ),
    ),
    Country(
        code="FR",
        share=0.08,
        names="french",
        dial="+33",
        postal_digits=5,
        currency="EUR",
        income=38000,
        legal_form="SARL",
        streets=("{} rue des Écoles", "{} avenue du Général", "{} place de l’Église"),
        cities=cities(
            "Paris, Île-de-France, 75, 1",
            "Lyon, Auvergne-Rhône-Alpes, 69, 4",
            "Nantes, Pays de la Loire, 44, 2",
        ),
    ),
    Country(
        code="ES",
        share=0.06,
        names="spanish",
        dial="+34",
        postal_digits=5,
        currency="EUR",
        income=30000,
        legal_form="S.L.",
        streets=("Calle Mayor {}", "Avenida del Mar {}", "Plaza Nueva {}"),
        cities=cities(
            "Madrid, Madrid, 28, 91",
            "Sevilla, Andalucía, 41, 95",
            "Valencia, Valencia, 46, 96",
        ),
    ),
    Country(
        code="IT",
        share=0.06,
        names="italian",
        dial="+39",
        postal_digits=5,
        currency="EUR",
        income=32000,
        legal_form="S.r.l.",
        streets=("Via Roma {}", "Corso Garibaldi {}", "Via dei Tigli {}"),
        cities=cities(
            "Milano, Lombardia, 20, 02",
            "Bologna, Emilia-Romagna, 40, 051",
            "Napoli, Campania, 80, 081",
        ),
    ),
    Country(
        code="PL",
        share=0.05,
        names="polish",
        dial="+48",
        postal_digits=5,
        currency="EUR",
        income=22000,
        legal_form="Sp. z o.o.",
        streets=("ul. Długa {}", "ul. Ogrodowa {}", "ul. Słoneczna {}"),
        cities=cities(
            "Warszawa, Mazowieckie, 00, 22",
            "Kraków, Małopolskie, 30, 12",
            "Gdańsk, Pomorskie, 80, 58",
        ),
    ),
    Country(
        code="SE",
        share=0.04,
        names="swedish",
        dial="+46",
        postal_digits=5,
        currency="EUR",
        income=42000,
        legal_form="AB",
        streets=("Storgatan {}", "Björkvägen {}", "Ängsgatan {}"),
        cities=cities(
            "Stockholm, Stockholm, 11, 8",
            "Göteborg, Västra Götaland, 41, 31",
            "Malmö, Skåne, 21, 40",
        ),
    ),
    Country(
        code="CZ",
        share=0.04,
        names="czech",
        dial="+420",
        postal_digits=5,
        currency="EUR",
        income=24000,
        legal_form="s.r.o.",
        streets=("Nádražní {}", "Zahradní {}", "Školní {}"),
        cities=cities(
            "Praha, Praha, 11, 2",
            "Brno, Jihomoravský kraj, 60, 5",
            "Plzeň, Plzeňský kraj, 30, 37",
        ),
    ),
    Country(
        code="GR",
        share=0.05,
        names="greek",
        dial="+30",
        postal_digits=5,
        currency="EUR",
        income=21000,
        legal_form="ΕΠΕ",
        streets=("Ερμού {}", "Αγίου Δημητρίου {}", "Μακεδονίας {}"),
        cities=cities(
            "Αθήνα, Αττική, 10, 21",
            "Θεσσαλονίκη, Κεντρική Μακεδονία, 54, 231",
            "Πάτρα, Δυτική Ελλάδα, 26, 261",
        ),
    ),
    Country(
        code="UA",
        share=0.05,
        names="ukrainian",
        dial="+380",
        postal_digits=5,
        currency="EUR",
        income=12000,
        legal_form="ТОВ",
        streets=("вул. Садова, {}", "вул. Лісова, {}", "просп. Миру, {}"),
        cities=cities(
            "Київ, Київ, 01, 44",
            "Львів, Львівська область, 79, 32",
            "Одеса, Одеська область, 65, 48",
        ),
    ),
    Country(
        code="CN",
        share=0.09,
        names="chinese",
        dial="+86",
        postal_digits=6,
        currency="CNY",
        income=19000,
        legal_form="有限公司",
        streets=("人民路{}号", "中山路{}号", "解放大街{}号"),
        cities=cities(
            "上海, 上海, 20, 21",
            "北京, 北京, 10, 10",
            "杭州, 浙江, 31, 571",
            "成都, 四川, 61, 28",
        ),
    ),
    Country(
        code="JP",
        share=0.04,
        names="japanese",
        dial="+81",
        postal_digits=7,
        currency="EUR",
        income=33000,
        legal_form="株式会社",
        streets=("中央{}丁目", "本町{}番地", "緑ヶ丘{}番地"),
        cities=cities(
            "東京, 東京都, 10, 3",
            "大阪, 大阪府, 53, 6",
            "札幌, 北海道, 06, 11",
        ),
    ),
    Country(
        code="IN",
        share=0.04,
        names="hindi",
        dial="+91",
        postal_digits=6,
        currency="EUR",
        income=11000,
        legal_form="प्रा. लि.",
        streets=("{} गांधी मार्ग", "{} स्टेशन रोड", "{} कमल विहार"),
        cities=cities(
            "दिल्ली, दिल्ली, 11, 11",
            "जयपुर, राजस्थान, 30, 141",
            "लखनऊ, उत्तर प्रदेश, 22, 522",
        ),
    ),
    Country(
        code="EG",
        share=0.03,
        names="arabic",
        dial="+20",
        postal_digits=5,
        currency="EUR",
        income=10000,
        legal_form="ش.م.م",
        streets=("{} شارع النيل", "{} شارع الجمهورية", "{} شارع البحر"),
        cities=cities(
            "القاهرة, القاهرة, 11, 2",
            "الإسكندرية, الإسكندرية, 21, 3",
            "الجيزة, الجيزة, 12, 2",
        ),
    ),
    Country(
        code="US",
        share=0.08,
        names="english",
        dial="+1",
        postal_digits=5,
        currency="USD",
        income=58000,
        legal_form="Inc.",
        streets=ENGLISH_STREETS,
        cities=cities(
            "Portland, Oregon, 97, 503",
            "Austin, Texas, 78, 512",
            "Boston, Massachusetts, 02, 617",
        ),
    ),
    Country(
        code="GB",
        share=0.04,
        names="english",
        dial="+44",
        postal_digits=4,
        currency="EUR",
        income=41000,
        legal_form="Ltd",
        streets=ENGLISH_STREETS,
        cities=cities(
            "Bristol, England, BS, 117",
            "Edinburgh, Scotland, EH, 131",
            "Cardiff, Wales, CF, 29",
        ),
    ),
)
CURRENCIES = ("EUR", "USD", "CNY")
OVERSEAS = frozenset({"CN", "JP", "IN", "EG", "US"})
