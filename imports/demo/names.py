"""Common given and family names in several scripts, with the Latin letters that their bearers use in an e-mail address.

A name is written `native/latin`; names in Latin letters give only themselves. A family name with a form for women is
written `men|women/latin`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

LETTERS = str.maketrans({"ß": "ss", "ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "æ": "ae", "đ": "d", "’": "", "'": ""})


@dataclass(frozen=True)
class Name:
    """`written` as men and as women write it, and its Latin letters."""

    written: str
    written_by_women: str
    latin: str


@dataclass(frozen=True)
class NameStock:
    script: str
    female: tuple[Name, ...]
    male: tuple[Name, ...]
    family: tuple[Name, ...]
    trades: tuple[Name, ...]
    # How a whole name is put together, and an organisation's.
    person: str = "{given} {family}"
    organisation: str = "{family} {trade} {legal}"


def plain_latin(text: str) -> str:
    """Lower case ASCII letters: `Łukasz` as `lukasz`."""
    decomposed = unicodedata.normalize("NFKD", text.translate(LETTERS))
    return "".join(letter for letter in decomposed if letter.isascii() and letter.isalnum()).lower()


def names(listed: str) -> tuple[Name, ...]:
    made = []
    for entry in listed.split(","):
        native, _, latin = entry.strip().partition("/")
        men, _, women = native.partition("|")
        made.append(Name(men, women or men, latin or plain_latin(men)))
    return tuple(made)


STOCKS = {
    "german": NameStock(
        "LATIN",
        names("Anna, Sophie, Käthe, Jördis, Marie, Hannelore, Zoë, Leonie, Ursula, Bärbel"),
        names("Jürgen, Lukas, Jörg, Matthias, Björn, Felix, Götz, Moritz, Günther, Paul"),
        names("Müller, Schröder, Weiß, Huber, Köhler, Fischer, Großmann, Bäumer, Krüger, Lindner, Vogt, Jäger"),
        names("Werkstätten, Büroservice, Handel, Architekten, Gastronomie"),
    ),
    "french": NameStock(
        "LATIN",
        names("Élodie, Chloé, Hélène, Camille, Léa, Margaux, Inès, Aurélie"),
        names("Jérôme, François, Benoît, Théo, Mathieu, Rémi, Étienne, Loïc"),
        names("Lefèvre, Dubois, Fournier, Gérard, Benoît, Rousseau, Noël, Garçon, Chevalier, Aubert"),
        names("Bureautique, Conseil, Traiteur, Ateliers, Distribution"),
    ),
    "spanish": NameStock(
        "LATIN",
        names("Lucía, María José, Inés, Begoña, Sofía, Belén, Rocío, Núria"),
        names("José, Andrés, Iñigo, Raúl, Ángel, Sebastián, Óscar, Martín"),
        names("García, Núñez, Ibáñez, Muñoz, Hernández, Peña, Sánchez, Ordóñez, Castaño, Gómez"),
        names("Oficinas, Hostelería, Consultores, Talleres, Suministros"),
    ),
    "italian": NameStock(
        "LATIN",
        names("Giulia, Chiara, Francesca, Noemi, Martina, Beatrice, Alessia"),
        names("Niccolò, Matteo, Davide, Lorenzo, Giosuè, Andrea, Pietro"),
        names("Rossi, Bianchi, D’Angelo, Conti, Marino, Galli, Nicolò, De Santis, Ferrari"),
        names("Forniture, Studio, Ristorazione, Officine, Arredi"),
    ),
    "polish": NameStock(
        "LATIN",
        names("Małgorzata, Agnieszka, Zofia, Łucja, Bożena, Kinga, Jagoda"),
        names("Łukasz, Paweł, Michał, Stanisław, Grzegorz, Wojciech, Kamil"),
        names("Nowak, Wójcik, Woźniak, Kaczmarek, Mazur, Król, Zając, Dąbrowski|Dąbrowska, Wiśniewski|Wiśniewska"),
        names("Biuro, Meble, Hurtownia, Projekty, Usługi"),
    ),
    "swedish": NameStock(
        "LATIN",
        names("Åsa, Märta, Linnéa, Elin, Saga, Ingrid, Tyra"),
        names("Håkan, Björn, Göran, Nils, Östen, Gustav, Emil"),
        names("Lindström, Åkesson, Sjöberg, Öberg, Nyström, Holmqvist, Björk, Dahl"),
        names("Kontor, Bygg, Kafé, Handel, Design"),
    ),
    "czech": NameStock(
        "LATIN",
        names("Zuzana, Šárka, Jiřina, Markéta, Běla, Alžběta, Tereza"),
        names("Jiří, Ondřej, Tomáš, Luděk, Vojtěch, Štěpán, Radek"),
        names("Novák|Nováková, Dvořák|Dvořáková, Krejčí, Růžička|Růžičková, Janů, Svoboda|Svobodová, Kučera|Kučerová"),
        names("Kanceláře, Nábytek, Obchod, Ateliér, Služby"),
    ),
    "greek": NameStock(
        "GREEK",
        names("Μαρία/maria, Ελένη/eleni, Κατερίνα/katerina, Δήμητρα/dimitra, Σοφία/sofia, Άννα/anna"),
        names("Γιώργος/giorgos, Νίκος/nikos, Δημήτρης/dimitris, Κώστας/kostas, Γιάννης/giannis, Σπύρος/spyros"),
        names(
            "Παπαδόπουλος|Παπαδοπούλου/papadopoulos, Νικολάου/nikolaou, Γεωργίου/georgiou, Δημητρίου/dimitriou,"
            "Οικονόμου/oikonomou, Αθανασίου/athanasiou, Βλάχος|Βλάχου/vlachos, Ιωάννου/ioannou"
        ),
        names("Γραφεία/grafeia, Εμπορική/emporiki, Εστίαση/estiasi, Μελέτες/meletes"),
    ),
    "ukrainian": NameStock(
        "CYRILLIC",
        names("Оксана/oksana, Марія/mariia, Олена/olena, Наталія/nataliia, Ірина/iryna, Софія/sofiia, Ганна/hanna"),
        names("Андрій/andrii, Олександр/oleksandr, Тарас/taras, Богдан/bohdan, Іван/ivan, Юрій/yurii, Остап/ostap"),
        names(
            "Шевченко/shevchenko, Ковальчук/kovalchuk, Бондаренко/bondarenko, Мельник/melnyk, Кравчук/kravchuk,"
            "Гончар/honchar, Литвин/lytvyn, Савченко/savchenko, Вишневський|Вишневська/vyshnevskyi"
        ),
        names("Меблі/mebli, Торгівля/torhivlia, Проєкт/proiekt, Сервіс/servis"),
    ),
    "chinese": NameStock(
        "CJK",
        names("秀英/xiuying, 丽娟/lijuan, 雨桐/yutong, 静怡/jingyi, 欣妍/xinyan, 桂兰/guilan, 小红/xiaohong"),
        names("伟/wei, 建国/jianguo, 志强/zhiqiang, 浩然/haoran, 小明/xiaoming, 子轩/zixuan, 国栋/guodong"),
        names("王/wang, 李/li, 张/zhang, 刘/liu, 陈/chen, 杨/yang, 赵/zhao, 欧阳/ouyang, 周/zhou, 徐/xu"),
        names("办公用品/bangong, 餐饮/canyin, 商贸/shangmao, 设计/sheji"),
        person="{family}{given}",
        organisation="{family}氏{trade}{legal}",
    ),
    "japanese": NameStock(
        "KANA",
        names("さくら/sakura, ひなた/hinata, あおい/aoi, みゆき/miyuki, ゆい/yui, はるか/haruka"),
        names("アキラ/akira, ケンジ/kenji, ヒロシ/hiroshi, ソウタ/sota, レン/ren, ダイキ/daiki"),
        names("佐藤/sato, 鈴木/suzuki, 高橋/takahashi, 渡辺/watanabe, 小林/kobayashi, 山本/yamamoto, 中村/nakamura"),
        names("オフィス/office, フーズ/foods, デザイン/design, サービス/service"),
        person="{family} {given}",
        organisation="{legal}{family}{trade}",
    ),
    "hindi": NameStock(
        "DEVANAGARI",
        names("प्रिया/priya, अनीता/anita, सुनीता/sunita, कविता/kavita, मीरा/mira, दीपिका/dipika"),
        names("राजेश/rajesh, अमित/amit, विकास/vikas, संजय/sanjay, अर्जुन/arjun, मोहन/mohan"),
        names("शर्मा/sharma, वर्मा/varma, गुप्ता/gupta, सिंह/singh, पटेल/patel, मिश्रा/mishra, जोशी/joshi"),
        names("ट्रेडर्स/traders, ऑफिस/office, भोजनालय/bhojanalay, डिज़ाइन/design"),
    ),
    "arabic": NameStock(
        "ARABIC",
        names("فاطمة/fatima, مريم/maryam, ليلى/layla, نور/nour, سلمى/salma, هدى/huda"),
        names("محمد/mohamed, أحمد/ahmed, يوسف/youssef, خالد/khaled, عمر/omar, كريم/karim"),
        names("حسن/hassan, إبراهيم/ibrahim, منصور/mansour, السيد/elsayed, فاروق/farouk, سالم/salem, عثمان/othman"),
        names("للتجارة/trading, للمكاتب/offices, للتصميم/design, للضيافة/hospitality"),
    ),
    "english": NameStock(
        "LATIN",
        names("Emily, Grace, Olivia, Hannah, Zoe, Charlotte, Naomi, Siobhán, Renée"),
        names("James, Oliver, Ethan, Noah, Callum, Seán, Marcus, Andre, Dylan"),
        names("Walker, O’Brien, Hughes, Carter, Bennett, Murphy, Okafor, Nguyen, Brooks, Reid, MacLeod"),
        names("Office Supply, Catering, Studios, Trading, Workshop"),
    ),
}
