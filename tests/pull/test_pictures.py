"""Pictures: each with its own caption, credit, alternative text and size."""

from __future__ import annotations

import pytest
from lxml import etree

from digest.model import Picture
from digest.pull import candidates, mediarss, pictures
from digest.pull.candidates import Candidate

BASE = "https://paper.example/feed.xml"


def found(item: str = "", *html: str, title: str = "A title", standfirst: str = "") -> tuple[Picture, ...]:
    """The pictures of an item's inner XML and of HTML texts."""
    element = etree.fromstring(
        '<item xmlns:media="http://search.yahoo.com/mrss/" xmlns:a="http://www.w3.org/2005/Atom"'
        f' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">{item}</item>'
    )
    return pictures.choose(
        [
            *mediarss.find([(mediarss.name(child), child) for child in element], BASE),
            *pictures.find(html, BASE),
        ],
        title,
        standfirst,
    )


def only(*args: str, **kwargs: str) -> Picture:
    made = found(*args, **kwargs)
    assert len(made) == 1, made
    return made[0]


def test_words_inside_a_content_are_its_own() -> None:
    first, second = found("""
        <media:content url="https://i.example/first-of-two.jpg" width="1200" height="800">
          <media:description>Rain in Metz.</media:description><media:credit>Ana Ruiz</media:credit></media:content>
        <media:content url="https://i.example/second-of-two.jpg" width="1200" height="800">
          <media:credit>Jo Poe</media:credit><media:description>Sun in Trier.</media:description></media:content>""")
    assert (first.url[-16:], first.caption, first.credit) == ("first-of-two.jpg", "Rain in Metz.", "Ana Ruiz")
    assert (second.url[-17:], second.caption, second.credit) == (
        "second-of-two.jpg",
        "Sun in Trier.",
        "Jo Poe",
    )


def test_words_beside_the_only_picture_are_its_own() -> None:
    picture = only("""
        <media:content height="151" width="151" medium="image" url="https://i.example/foodbank-moth.jpg"/>
        <media:credit>Ana Ruiz for The Paper</media:credit>
        <media:description>Food distribution on Saturday.</media:description>""")
    assert picture == Picture(
        url="https://i.example/foodbank-moth.jpg", caption="Food distribution on Saturday.",
        credit="Ana Ruiz for The Paper", width=151, height=151, type="image/jpeg",
    )  # fmt: skip


def test_words_that_follow_each_picture_alternate() -> None:
    first, second = found("""
        <media:content url="https://i.example/rain-in-metz.jpg"/><media:credit>Ana</media:credit>
        <media:content url="https://i.example/sun-in-trier.jpg"/><media:credit>Jo</media:credit>""")
    assert [(p.url[18:], p.credit) for p in (first, second)] == [
        ("rain-in-metz.jpg", "Ana"),
        ("sun-in-trier.jpg", "Jo"),
    ]


def test_with_several_pictures_one_caption_is_the_first_ones_only() -> None:
    first, second = found("""
        <media:content url="https://i.example/rain-in-metz.jpg"/><media:content url="https://i.example/sun-in-trier.jpg"/>
        <media:description>Rain.</media:description>""")
    assert (first.caption, second.caption) == ("Rain.", "")


def test_sizes_of_one_picture_are_one_with_the_words_of_all() -> None:
    picture = only("""
        <media:content width="140" url="https://i.example/img/abc/0_1/master/3500.jpg?width=140"><media:credit>Photograph: Yui Mok/PA</media:credit></media:content>
        <media:content width="460" url="https://i.example/img/abc/0_1/master/3500.jpg?width=460"/>
        <media:content width="1300" url="https://i.example/img/abc/0_1/master/3500.jpg?width=1300"/>""")
    assert (picture.width, picture.credit) == (1300, "Yui Mok/PA")


def test_a_group_is_one_picture_and_its_words_hold_for_all_forms() -> None:
    picture = only("""
        <media:group><media:description>Rain.</media:description><media:copyright>© 2020 AFP</media:copyright>
          <media:content medium="image" url="https://i.example/super-169.jpg" height="619" width="1100"/>
          <media:content medium="image" url="https://i.example/large-11.jpg" height="300" width="300"/>
          <media:content medium="image" url="https://i.example/vertical.jpg" height="2000" width="1500"/>
        </media:group>""")
    assert (picture.url, picture.caption, picture.credit) == (
        "https://i.example/super-169.jpg",
        "Rain.",
        "AFP",
    )


def test_a_thumbnail_beside_one_picture_is_a_form_of_it() -> None:
    picture = only("""
        <media:thumbnail url="https://i.example/thumbs/400x400/265519.jpg"/>
        <media:content medium="image" url="https://i.example/265519.jpg"><media:credit>Jiji</media:credit></media:content>
        <enclosure url="https://i.example/265519.jpg" type="image/jpeg" length="9"/>""")
    assert (picture.url, picture.credit) == ("https://i.example/265519.jpg", "Jiji")


def test_a_related_articles_picture_is_not_ours() -> None:
    picture = only("""
        <media:content url="https://i.example/ours-today.jpg" medium="image"/>
        <a:link href="https://x.example/other"><media:thumbnail url="https://i.example/theirs.jpg"/></a:link>""")
    assert picture.url == "https://i.example/ours-today.jpg"


def test_a_videos_description_is_no_caption() -> None:
    picture = only("""
        <media:group><media:title>The Stream</media:title><media:description>Subscribe to our channel</media:description>
          <media:content url="https://v.example/v/5" type="application/x-shockwave-flash" width="640" height="390"/>
          <media:thumbnail url="https://i.example/vi/5/hqdefault.jpg" width="480" height="360"/></media:group>""")
    assert (picture.url, picture.caption, picture.width) == ("https://i.example/vi/5/hqdefault.jpg", "", 480)


def test_a_caption_that_repeats_the_entry_is_dropped() -> None:
    item = '<media:content url="https://i.example/a.jpg"><media:description>The story so far.</media:description></media:content>'
    assert only(item, standfirst="The story so far.").caption == ""
    assert only(item, title="The Story So Far").caption == ""


def test_a_credit_at_the_end_of_a_caption_is_split_off() -> None:
    picture = only("""<media:content url="https://i.example/a.jpg"><media:description>Rain. (Ana Ruiz / Los Angeles Times)
        </media:description><media:credit>None</media:credit></media:content>""")
    assert (picture.caption, picture.credit) == ("Rain.", "Ana Ruiz / Los Angeles Times")


def test_a_figure_gives_caption_credit_and_alt() -> None:
    picture = only(
        "",
        """<p>Text</p><figure><img src="/a.jpg" alt="Umbrellas in a street" width="800" height="500">
        <figcaption>Rain in Metz. <span class="credit">Photo: Ana Ruiz</span></figcaption></figure>""",
    )
    assert picture == Picture(
        url="https://paper.example/a.jpg", caption="Rain in Metz.", credit="Ana Ruiz", alt="Umbrellas in a street",
        width=800, height=500, type="image/jpeg",
    )  # fmt: skip


def test_boxes_of_wordpress_and_blogger_give_captions() -> None:
    wordpress = '<div class="wp-caption"><img src="/a.jpg"><p class="wp-caption-text">Rain in Metz.</p></div>'
    blogger = """<table class="tr-caption-container"><tr><td><img src="/a.jpg"></td></tr>
        <tr><td class="tr-caption">Rain in Metz.</td></tr></table>"""
    assert only("", wordpress).caption == only("", blogger).caption == "Rain in Metz."


def test_only_the_first_picture_without_caption_is_taken_from_text() -> None:
    html = '<img src="/one.jpg"><img src="/two.jpg"><figure><img src="/three.jpg"><figcaption>Third.</figcaption></figure>'
    assert [p.url[22:] for p in found("", html)] == ["one.jpg", "three.jpg"]


@pytest.mark.parametrize("size", [".w", "5.1.1w", "9" * 400 + "w", "\u0663w", "-1w", "1e9w", "w", "2x", "x"])
def test_a_srcset_with_nonsense_for_a_width_costs_no_picture(size: str) -> None:
    assert only("", f'<img srcset="/nonsense.jpg {size}">').url.endswith("/nonsense.jpg")


def test_srcset_and_lazy_pictures() -> None:
    srcset = '<img src="/s.jpg?w=300" srcset="/s.jpg?w=600 600w, /s.jpg?w=1240 1240w, /s.jpg?w=4000 4000w">'
    lazy = '<img src="/blank.gif" data-src="/real-picture.jpg" width="900" height="600">'
    picture = (
        '<picture><source type="image/webp" srcset="/p.webp 900w"><img src="/p.jpg" width="860"></picture>'
    )
    assert only("", srcset).url.endswith("w=1240")
    assert only("", lazy).url.endswith("/real-picture.jpg")
    assert only("", picture).url.endswith("/p.jpg")


@pytest.mark.parametrize(
    "html",
    [
        '<img src="https://feeds.feedburner.com/~r/x/~4/oy" height="1" width="1">',
        '<img src="https://x.example/pixel.gif">', '<img src="https://x.example/a.jpg" width="1" height="1">',
        '<img src="https://secure.gravatar.com/avatar/1?s=96">', '<img src="https://x.example/icons/rss.png">',
        '<img src="https://ad.doubleclick.net/ad/1.jpg">', '<img src="data:image/png;base64,AAAA">',
        '<img src="https://x.example/logo.svg">', '<img src="cid:1">', '<img src="javascript:alert(1)">',
        '<img src="https://s.w.org/images/core/emoji/1.png">', '<img src="https://x.example/share-facebook.png">',
        '<img src="https://x.example/a.jpg" width="40">', "<img>", "no picture", '<img src="https://x.example/film.mp4">',
    ],
)  # fmt: skip
def test_counters_icons_avatars_and_ads_are_no_pictures(html: str) -> None:
    assert found("", html) == ()


def test_enclosures_and_odd_elements() -> None:
    assert (
        only('<enclosure url="https://i.example/a.jpg" type="image/jpeg" length="0"/>').url
        == "https://i.example/a.jpg"
    )
    assert only('<enclosure url="https://i.example/a" type="image/jpg"/>').type == "image/jpeg"
    assert (
        only('<a:link rel="enclosure" type="image/png" href="/a.png" title="Umbrellas"/>').alt == "Umbrellas"
    )
    assert only("<image><url>https://i.example/a.jpg</url></image>").url == "https://i.example/a.jpg"
    assert only("<thumb>https://i.example/a.jpg</thumb>").url == "https://i.example/a.jpg"
    assert found('<enclosure url="https://i.example/a.mp3" type="audio/mpeg"/>') == ()
    assert found('<enclosure url="https://i.example/" length="0" type="unknown"/>') == ()
    assert found("<image>Rain</image>") == ()


def test_a_programmes_cover_comes_last() -> None:
    cover = '<itunes:image href="https://i.example/cover-of-show.jpg"/>'
    assert [
        p.url[18:] for p in found(cover + '<media:thumbnail url="https://i.example/rain-in-metz.jpg"/>')
    ] == [
        "rain-in-metz.jpg",
        "cover-of-show.jpg",
    ]


def test_file_names_are_neither_caption_nor_alt() -> None:
    picture = only(
        '<media:content url="https://i.example/a.jpg"><media:title>IMG_0491.jpeg</media:title></media:content>'
    )
    assert picture.alt == ""
    assert only("", '<img src="/a.jpg" alt="28virus-us-briefing">').alt == ""
    assert only("", '<img src="/a.jpg" alt="Rain">').alt == "Rain"


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (Candidate("https://x/1.jpg", width=1200), Candidate("https://x/1.jpg", width=600)),
        (Candidate("https://x/1.jpg", width=1280), Candidate("https://x/1.jpg", width=5000)),
        (Candidate("https://x/1.jpg", width=1100), Candidate("https://x/1.webp", width=1300)),
        (Candidate("https://x/1.webp", width=1200), Candidate("https://x/1.jpg", width=240)),
        (
            Candidate("https://x/1.jpg", width=1200, height=675),
            Candidate("https://x/1.jpg", width=1200, height=1800),
        ),
        (Candidate("https://x/1-1024x683.jpg"), Candidate("https://x/1-150x150.jpg")),
    ],
)
def test_the_fitter_form_wins(better: Candidate, worse: Candidate) -> None:
    assert candidates.fitness(better) > candidates.fitness(worse)


def test_hostile_markup_does_not_break_the_search() -> None:
    assert found("", "<div>" * 50_000 + '<img src="/a.jpg">') is not None
    assert found("", "<img src='/a.jpg' srcset='" + "a 1x," * 10_000 + "'>")
    assert (
        len(found("", '<figure><img src="/a.jpg"><figcaption>c</figcaption></figure>' * 500)) <= pictures.MOST
    )
