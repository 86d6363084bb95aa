"""What grouping knows of languages: function words, stemmers, and a guess where an entry does not say.

The function words were written down for this project; they are dropped before comparing and give the guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

_FUNCTION_WORDS = {
    "en": """a about after again against all also am an and any are as at be because been before being between both
        but by can could did do does doing down during each for from further get gets had has have having he her here
        hers herself him himself his how i if in into is it its itself just me more most my no nor not now of off on
        once only or other our out over own s same she should so some such t than that the their them then there these
        they this those through to too under until up us very was we were what when where which while who whom why
        will with would you your says said say may new one two after amid video watch""",
    "fr": """a au aux avec c ce ces cet cette comme d dans de des du elle elles en entre est et etait ete etre eu fait
        il ils j je l la le les leur leurs lui m ma mais me meme mes mon n ne nos notre nous on ont ou par pas plus pour
        qu que qui s sa sans se ses si son sont sous sur t ta te tes toi ton tu un une vos votre vous y apres avant
        contre depuis selon tres aussi cela deux ans""",
    "de": """aber alle als also am an auch auf aus bei bis da damit dann das dass dem den denn der des die dies diese
        diesem diesen dieser doch du durch ein eine einem einen einer eines er es fur gegen hat hatte haben hier ich
        ihm ihn ihr ihre im in ist ja kann kein keine man mehr mit nach nicht noch nun nur ob oder ohne schon sein seine
        seit sich sie sind so soll uber um und uns unter vom von vor war was weil wenn wer werden wie wieder will wir
        wird wo wurde zu zum zur zwei neue neuen sagt""",
    "es": """a al ante antes asi aun bajo cada como con contra cual cuando de del desde donde dos e el ella ellos en
        entre era es esa ese eso esta este esto fue ha han hasta hay la las le les lo los mas me mi mientras muy ni no
        nos o otra otro para pero por porque que quien se segun ser si sido sin sobre son su sus tambien tiene tras un
        una uno unos y ya anos dice""",
    "pt": """a ao aos apos as ate com como contra da das de dela dele depois do dos e ela ele eles em entre era essa
        esse esta este eu foi foram ha isso ja la lhe mais mas me mesmo muito na nao nas nem no nos o os ou para pela
        pelas pelo pelos por porque quando que quem se sem ser seu seus sob sobre sua suas tambem tem um uma umas uns
        voce anos diz""",
    "it": """a ad ai al alla alle allo anche c che chi ci come con contro cui da dagli dai dal dalla dalle degli dei del
        della delle dello di dopo due e ed era gli ha hanno i il in io l la le lei lo loro lui ma mi nei nel nella nelle
        no non o ogni per perche piu prima quando quanto quella quello questa questo se si sia sono su sua sui sul sulla
        suo tra tre tutti un una uno anni dice""",
    "nl": """aan al als bij dan dat de der deze die dit door dus een en er ge geen haar had heb hebben heeft hem het hier
        hij hoe ik in is ja je kan maar me meer men met mij na naar niet nog nu of om omdat onder ons ook op over te tot
        toch u uit van veel voor want waren was wat we wel werd wie wij wordt worden ze zich zij zijn zo zou jaar twee
        tegen nieuwe zegt""",
    "pl": """a aby ale bedzie bez bo by byl byla bylo byly co czy dla do gdy i ich ile im ja jak jako je jego jej jest
        jeszcze juz ktora ktore ktory ktorych lub ma mnie moze na nad nie niz o od oraz po pod przed przez przy sa sie
        ta tak tam te tego tej ten to tu tych tylko tym w we wiec z za ze zostal zostala zostalo lat dwa nowe po""",
    "sv": """af alla att av blev den denna det dig du eller en enligt er ett for fran han har hon i inte jag kan man med
        men mot nar nu och om pa sa sig sin som till under upp ut var vi vid ar ater over nya ar efter""",
    "da": """af alle at blev bliver da de den der det dig du efter eller en er et for fra ham han har hun i ikke jeg kan
        man med men mod nar nu og om op over pa sa sig sin skal som til ud under var ved vi vil nye ar""",
    "cs": """a aby ale ani az bez bude by byl byla bylo byt co do ho i ja jak jako je jeho jejich jen jsem jsou k kdyz
        kde ktera ktere ktery ma mezi na nad ne nebo o od po pod podle pred pri pro s se si tak take to u uz v ve vsak
        z za ze let roku""",
    "tr": """ama ancak bir bu cok da daha de diye en gibi hem her icin ile ise iki kadar ki mi ne o olan olarak oldu
        sonra ve veya ya yeni""",
    "tl": """ang ng sa na mga ay at ni kay si ito para may hindi mula nang nag pa lang niya ko kung naman din rin siya
        sila nila ako""",
    "id": """ada adalah akan atau bagi bahwa dalam dan dari dengan di ini itu juga karena ke kepada lebih oleh pada para
        saat sebagai sudah telah tidak untuk yang""",
    "ru": """а без бы был была были было в вам вас во вот все всех вы где для до его ее если есть еще же за и из или им
        их к как когда кто ли мы на над не него нее нет ни но о об он она они от по под при про с со так также там то
        том у уже чем что чтобы эта эти это этого этом года году лет после""",
    "uk": """а але без був була були було в від вже він вона вони для до з за зі і й із їх його її як який яка які
        коли ми на не ні о об по під при про та так також те у це цього чи що щоб року після""",
}
_STEMMERS = {
    "en": "english", "fr": "french", "de": "german", "es": "spanish", "pt": "portuguese", "it": "italian",
    "nl": "dutch", "ru": "russian", "sv": "swedish", "da": "danish", "no": "norwegian", "nb": "norwegian",
    "fi": "finnish", "hu": "hungarian", "ro": "romanian", "tr": "turkish", "ar": "arabic", "el": "greek",
    "id": "indonesian", "ca": "catalan", "eu": "basque", "lt": "lithuanian", "hi": "hindi",
}  # fmt: skip
_SCRIPTS = (  # an unmistakable script names the language, or the family that is compared as one
    (re.compile("[\u3040-\u30ff]"), "ja"),
    (re.compile("[\u4e00-\u9fff]"), "zh"),
    (re.compile("[\uac00-\ud7af]"), "ko"),
    (re.compile("[\u0e00-\u0e7f]"), "th"),
    (re.compile("[\u0600-\u06ff]"), "ar"),
    (re.compile("[\u0590-\u05ff]"), "he"),
    (re.compile("[\u0370-\u03ff]"), "el"),
    (re.compile("[\u0900-\u097f]"), "hi"),
)
_UKRAINIAN = re.compile("[іїєґІЇЄҐ]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_WORD = re.compile(r"[^\W\d_]+")


@lru_cache(maxsize=64)
def stop_words(language: str) -> frozenset[str]:
    """The folded function words of a language (primary subtag), empty where we have none."""
    return frozenset(_FUNCTION_WORDS.get(language, "").split())


@lru_cache(maxsize=64)
def stemmer(language: str) -> Callable[[str], str] | None:
    """The stemming function of a language (primary subtag), None where there is none."""
    name = _STEMMERS.get(language)
    if name is None:
        return None
    import snowballstemmer

    stem: Callable[[str], str] = snowballstemmer.stemmer(name).stemWord
    return stem


@lru_cache(maxsize=1)
def _votes() -> dict[str, tuple[str, ...]]:
    """Which languages use a function word."""
    votes: dict[str, list[str]] = {}
    for language, words in _FUNCTION_WORDS.items():
        for word in sorted(set(words.split())):
            votes.setdefault(word, []).append(language)
    return {word: tuple(languages) for word, languages in votes.items()}


def guess(text: str) -> str:
    """The language of ``text`` as a primary subtag, "" when its words do not tell."""
    letters = len(_LATIN.findall(text))
    for script, language in _SCRIPTS:
        if len(script.findall(text)) > (0 if language == "ja" and letters < 20 else letters):
            return language
    if len(_CYRILLIC.findall(text)) > letters:
        return "uk" if _UKRAINIAN.search(text) else "ru"
    return _guess_by_words(text)


def _guess_by_words(text: str) -> str:
    from digest.group.words import fold

    counts: dict[str, float] = {}
    for word in _WORD.findall(text[:400]):
        languages = _votes().get(fold(word), ())
        for language in languages:
            counts[language] = counts.get(language, 0.0) + 1 / len(languages)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    if not ranked or ranked[0][1] < 1.0 or (len(ranked) > 1 and ranked[0][1] < 1.5 * ranked[1][1]):
        return ""
    return ranked[0][0]


def primary(tag: str) -> str:
    """The primary subtag of a BCP 47 tag in lower case: "en" of "en-GB"."""
    return tag.replace("_", "-").split("-", 1)[0].strip().lower()
