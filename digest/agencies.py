"""The news and picture agencies whose names stand in bylines, datelines and credits."""

from __future__ import annotations

import re

# What readers know an agency as, and how it is written.
WIRES = (
    ("AFP", ("AFP", "Agence France-Presse", "Agence France Presse")),
    ("AAP", ("AAP", "Australian Associated Press")),  # before the other Associated Press
    ("AP", ("AP", "Associated Press", "The Associated Press")),
    ("Reuters", ("Reuters", "Thomson Reuters")),
    ("dpa", ("dpa", "Deutsche Presse-Agentur")),
    ("PA", ("PA Media", "Press Association")),
    ("EFE", ("EFE", "Agencia EFE")),
    ("ANSA", ("ANSA",)),
    ("ATS", ("ATS", "Keystone-ATS", "Keystone-SDA")),
    ("APA", ("APA",)),
    ("Belga", ("Belga",)),
    ("ANP", ("ANP",)),
    ("PAP", ("PAP",)),
    ("Lusa", ("Lusa",)),
    ("Xinhua", ("Xinhua",)),
    ("TASS", ("TASS",)),
    ("RIA Novosti", ("RIA Novosti",)),
    ("Kyodo", ("Kyodo", "Kyodo News")),
    ("PTI", ("PTI", "Press Trust of India")),
    ("Bloomberg", ("Bloomberg",)),
)
# Those that only credits name, and what only credits add to a wire's name: regular expressions, verbose.
_OF_PICTURES = r"""
    AFPTV | AP\sPhoto | EPA(?:-EFE|-EPA)? | EFEEPA | G(?:etty|ETTY)(?:\sI(?:mages|MAGES))? | PA(?:\s(?:Wire|Images|Archive))?
    | A[Pp][Aa] | Keystone | KEYSTONE | Sputnik | S(?:hutterstock|HUTTERSTOCK) | Alamy(?:\sStock\sPhoto)?
    | iStock(?:photo)? | NurPhoto | SWNS | Corbis | Anadolu(?:\sAgency)? | [Ii]mago(?:\s[Ii]mages)? | IMAGO
    | [Pp]icture[\s-][Aa]lliance | S(?:ipa|IPA)(?:\s(?:USA|Press))? | ZUMA(?:\sPress)? | UPI | TNS | MCT
    | Magnum(?:\sPhotos)? | NTB | Scanpix | Lehtikuva | Yonhap | ANI | Agência\sBrasil | MAXPPP | MaxPPP
    | E(?:uropa|UROPA)\sP(?:ress|RESS) | Hans\sLucas | Abaca(?:press)? | LaPresse | Unsplash | Pexels | Pixabay
    | Wikimedia(?:\sCommons)?
"""
NAMES = {spelling: name for name, spellings in WIRES for spelling in spellings}


def either(spellings: tuple[str, ...]) -> str:
    """Any of some spellings as a regular expression without groups, the longest first."""
    return "|".join(re.escape(spelling) for spelling in sorted(spellings, key=len, reverse=True))


ANY_WIRE = either(tuple(NAMES))
# In a credit, where wires also stand in capitals; for patterns that are verbose.
ANY_IN_CREDITS = rf"(?:{ANY_WIRE}|{either(tuple(spelling.upper() for spelling in NAMES))}|{_OF_PICTURES})"
