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
    "fr": """a afin ai ainsi alors ans apres as au aucun aucune aujourd auquel aura aurait auront aussi autre
        autres aux avaient avait avant avec avez avoir avons beaucoup bien c ca car ce ceci cela celle celles celui ces
        cet cette ceux chaque chez comme comment contre d dans de deja depuis des desormais desquels deux devrait dire
        dit doit doivent donc dont du durant egalement elle elles en encore entre environ est et etaient etait etant ete
        etes etre eu faire fait faut fera fois font furent fut hier hors hui ici il ils j jamais je jusqu jusque l la
        laquelle le lequel les lesquelles lesquels leur leurs lors lorsque lui m ma mais malgre me meme mes moi moins
        mon n ne ni non nos notamment notre nous on ont or ou oui par parce parmi pas pendant peu peut peuvent plus
        plusieurs pour pourquoi pourrait pouvait qu quand que quelque quelques qui quoi rien s sa sans sauf se selon
        sera serait seront ses si sienne soi soient soit sommes son sont sous suis sur t ta tandis tant te tes toi ton
        toujours tous tout toute toutes tres trois trop tu un une va vers voici voila vont vos votre vous y""",
    "de": """ab aber alle allem allen alles als also am an andere anderem anderen anderer ans auch auf aus bei
        beide beiden beim bereits bevor bin bis bisher bist da dabei dadurch dafur dagegen daher damals damit danach
        dann daran darauf daraus darf das dass davon davor dazu dein deine dem den denen denn der deren des deshalb
        dessen dich die dies diese diesem diesen dieser dieses dir doch dort drei du durch durfen durfte ebenfalls
        eigentlich ein eine einem einen einer eines einige einigen einmal er erst es etwa etwas euch fast fur gab ganz
        gegen geht gestern gewesen geworden gibt hab habe haben hast hat hatte hatten her heute hier hin ich ihm ihn ihr
        ihre ihrem ihren ihrer im immer in ins ist ja je jede jedem jeden jeder jedes jedoch jene jener jetzt kann kein
        keine kommen kommt konne konnen konnte konnten lassen lasst laut liess machen macht man mehr mehrere mein meine
        meinem meinen meiner mich mir mit mochte mochten morgen muss mussen musste mussten nach nachdem neue neuen nicht
        nichts noch nun nur ob obwohl oder ohne rund sagt schon sehr sei seid seien sein seine seinem seinen seiner seit
        selbst sich sie sind so sogar soll solle sollen sollte sollten sondern sowie statt trotz uber um und uns unser
        unsere unseren unserer unter viel viele vielen vielleicht vom von vor vors wahrend war ware waren warum was
        wegen weil weiter weitere weiteren welche welcher welches wem wen wenn wer werde werden weshalb wie wieder wieso
        will wir wird wirklich wo wohl wollen wollte wollten worden wurde wurden zu zudem zum zur zuvor zwar zwei
        zwischen""",
    "es": """a ademas ahi ahora al algo alguien alguna algunas alguno algunos alli anos ante antes aquel aquella
        aqui asi aun aunque ayer bajo bien cada como con contra cual cualquier cuando cuya cuyo da de del desde despues
        dice dicho dijo donde dos durante e el ella ellos en entre era eran es esa esas ese eso esos esta estaba estaban
        estan estar estas este esto estos fue fueron ha haber habia habian hace hacen hacer hacia han hasta hay hemos
        hoy incluso la las le les lo los luego mas mayor me medio mejor menos mi mientras misma mismo mismos mucha
        muchas mucho muchos muy nada nadie ni no nos nosotros nunca o os otra otras otro otros para pero poco podra
        podria por porque puede pueden pues que quien quienes salvo se segun ser sera seran seria si sido siempre sin
        sino sobre solo son su sus tambien tan tanto te tener tenia ti tiene tienen toda todas todo todos tras tres tu
        un una uno unos va van veces vez vosotros y ya yo""",
    "pt": """a agora ainda alem alguem algum alguma algumas alguns ali anos antes ao aos apenas apesar apos aquela
        aquele aqueles aqui aquilo as assim ate bem cada com como conforme contra da das de dela delas dele deles depois
        desde dessa desse desta deste deve devem disse diz do dois dos duas durante e ela ele eles em enquanto entao
        entre era essa essas esse esses esta estao estas estava estavam este estes eu faz fazer foi foram ha haver havia
        hoje houve isso isto ja la lhe lhes mais mal mas me menos mesmo meu minha muita muitas muito muitos na nada nao
        nas nem nessa nesse nesta neste no nos nossa nosso num numa nunca o onde ontem os ou outra outras outro outros
        para pela pelas pelo pelos pode podem poderia pois por porem porque pouco quais qual qualquer quando que quem
        sao se segundo sem sempre sendo ser sera serao seria seu seus sido so sob sobre sua suas tambem tao te tem ter
        teria teu teve tinha tinham tive toda todas todo todos tres tua tudo um uma umas uns vai vao voce vosso""",
    "it": """a abbiamo ad adesso agli ai al alcune alcuni alla alle allo altra altre altri altro anche ancora anni
        avere avete aveva avevano avra c che chi ci circa come con contro cosi cui d da dagli dai dal dalla dalle dallo
        degli dei del della delle dello detto deve devono di dice dopo dove due durante e ed era erano essa essere essi
        fa fare fatto fino fosse gia gli ha hai hanno ho i ieri il in infatti invece io l la le lei li lo loro lui ma
        mai me meno mentre mi mia mio molte molti molto ne negli nei nel nella nelle no noi non nostra nostro o oggi
        ogni oltre oppure ora per perche pero piu poco poi possono potrebbe prima proprio puo qualche qualcosa quale
        quali quando quanto quegli quei quel quella quelle quello questa queste questi questo quindi sara saranno
        sarebbe se secondo sei sempre senza si sia siamo siete solo sono sotto sta stanno stata state stati stato stessa
        stesso su sua sue sugli sui sul sulla sulle suo suoi te ti tra tre tua tuo tutta tutti tutto un una uno va verso
        vi voi vostro""",
    "nl": """aan af al alle alleen allemaal alles als altijd andere anders ben bent bij binnen buiten daar daardoor
        dan dat de deed der deze die dit doen doet door drie dus echt echter een eens eigen elk elkaar elke en er erg
        even gaan gaat ge geen geworden ging gisteren haar had heb hebben heeft heel hem het hier hierdoor hij hoe hun
        ieder iedereen iemand iets ik in is ja jaar je jij jouw jullie kan komen komt kon konden kunnen kwam laat laten
        maar mag me meer meest men met mij mijn minder moest moet moeten mogen morgen na naar niemand niet niets nieuwe
        nog nooit nu of om omdat onder ons onze ook op over per sinds steeds te tegen ten ter terug terwijl tijdens toch
        toe toen tot tussen twee u uit uw vaak van vanaf vandaag veel via volgens voor vooral waar waarbij waarin waarom
        wanneer want waren was wat we weer weg wel werd werden wie wij wil wilde willen worden wordt zal ze zeer zegt
        zelf zelfs zich zij zijn zo zoals zonder zou zouden zullen""",
    "pl": """a aby albo ale ani bardziej bardzo beda bedzie bez bo by byc byl byla byli bylo byly był była było
        były chyba ci co coraz cos czy czyli dla dlaczego dlatego do dwa dzieki dzis gdy gdzie go i ich ile im inne inny
        innych ja jak jaka jaki jakie jako je jeden jednak jego jej jesli jest jestem jestes jeszcze jezeli juz kazdy
        kiedy ktora ktore ktorego ktorej ktory ktorych ktorym ktorzy ktos lat lub ma maja mam mamy masz mi mial miala
        miedzy mnie moga mowi moze mozna mu musi na nad nas nawet nic nich nie niej nigdy nim niz nowe o od okolo on ona
        one oni ono oraz po pod podczas ponad poza prawie przed przez przy razem rowniez sa sie siebie sobie swoj swoja
        swoje ta tak taka taki takie takze tam te tego tej ten teraz tez to trzeba trzy tu tutaj ty tych tylko tym w was
        wczoraj we wedlug wiec wobec wszyscy wszystkie wszystko własnie z za zawsze ze zostac zostal zostala zostalo
        zostaly został""",
    "sv": """af aldrig alla allt alltid andra annan annat ar ater att av aven bara bland blev bli blir blivit da
        dar darfor de dem den denna deras det dig din dina ditt du efter eller en enligt er ett far fick for fran genom
        gor gora hade han hans har helt hennes hon hos hur i idag igen inga ingen inget innan inte jag just kan kunde
        kunna lite litet man maste med mellan men mer mest mig min mina mitt mot mycket nagon nagot nagra nar nu nya och
        ocksa om oss over pa redan sa samt sedan sig sin sina sitt ska skulle som till tre under upp ut utan vad var
        vara varfor varit vi vid vilka vilken vilket vill ville""",
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
    "ru": """а без более больше будет будут бы был была были было быть в вам вами вас весь во вот все всегда всего
        всеи всем всех вся вчера вы где года году да даже два две для до его ее если есть еще же за завтра здесь и из
        или им именно их к как когда кого которая которого которои которые которыи которым которых кроме кто куда лет ли
        лишь между менее меньше меня мне мнои мог могла могут может можно мы на над надо нам нами нас не него нее неи
        нет ни никогда никто ними ничего но нужно о об один одна однако одно однои около он она они от откуда очень
        перед по под пока после потом потому почему почти поэтому при про просто против раз с сам сама сами своеи свои
        своих свою себе себя сегодня сеичас снова со среди стал стала стали так такая также такие такого такои там тебе
        тебя тем теперь тех то тогда тои только том тот три тут ты у уже хотя чего чем чему через что чтобы эта эти этих
        это этого этои этом я""",
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

    found = snowballstemmer.stemmer(name)
    if hasattr(found, "maxCacheSize"):
        found.maxCacheSize = 0  # the C stemmer takes five times longer to look a word up than to stem it
    stem: Callable[[str], str] = found.stemWord
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
    return tag.replace("_", "-").partition("-")[0].strip().lower()
