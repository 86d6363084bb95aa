"""The five stages in order, and the life of an edition.

``gather`` pulls and groups, ``build`` composes and renders, ``post`` delivers; ``tick`` leads an edition
through them slot by slot, ``shift`` does that once, ``rehearse`` does it for the sample newsroom's day.
"""
