"""A million people with names, lists, tags and a past, made by PostgreSQL itself.

``python -m bench.inside.crowd 1000000`` prints what can be asked for.
"""

import json
import sys

from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from newsletters.models import Mailing, MailingList, MailingVersion, Segment, Tag
from newsletters.states import MailingState

GIVEN = "Anna Mira Dana Olim Tomas Lena Zoë Жанна Ерлан Айгүл Óscar Émile Ilse Noor Kasym".split()
STEMS = "Mark Tol Osk Vel Kar Orr Šar Жан Ахм Lind Bekt Nur Hov Sten Ruz Gal Pet Dim Yar Fen".split()
ENDS = "ov ova sen ić enko u ar ides son ishvili an baev ski escu era".split()
LISTS = {"Everybody": 90, "Appeals": 40, "Vigils": 1}
TAGS = 50

# Multiplied with a prime, so that neighbours differ: the same people in every run.
PEOPLE = """
INSERT INTO newsletters_contact (
    email, email_typed, address_key, person_key, given_name, family_name, language, time_zone,
    country, postcode, phone, attributes, state, digest_frequency, created_at, updated_at
)
SELECT address, address, md5(address), md5(address),
    (%(given)s::text[])[1 + n * 7919 %% %(givens)s],
    (%(stems)s::text[])[1 + n * 104729 %% %(stem_count)s]
        || (%(ends)s::text[])[1 + n / 20 %% %(end_count)s] || n / 300 %% 100,
    (ARRAY['en', 'ru', 'kk', 'de', ''])[1 + n %% 5], '', (ARRAY['AT', 'DE', 'KZ', ''])[1 + n %% 4],
    lpad((n * 31 %% 90000)::text, 5, '0'), CASE n %% 3 WHEN 0 THEN '+43 1 ' || n ELSE '' END,
    '{}', 'reachable', 'weekly', now() - n * interval '1 second', now()
FROM (
    SELECT n, chr(97 + (n * 17 %% 26)::int) || substr(md5(n::text), 1, 6) || '.' || n
        || '@example.org' AS address
    FROM generate_series(1::bigint, %(count)s::bigint) AS n
) AS numbered
"""
SUBSCRIPTIONS = """
INSERT INTO newsletters_subscription (
    contact_id, mailing_list_id, state, method, created_at, confirmed_at
)
SELECT id, %(list)s, 'active', 'import 1', now(), now()
FROM newsletters_contact WHERE id * 7919 %% 100 < %(percent)s
"""
CONSENTS = """
INSERT INTO newsletters_consentevent (
    contact_id, address_key, mailing_list_id, purpose, act, method, legal_basis, happened_at
)
SELECT contact_id, md5(contact_id::text), mailing_list_id, 'list', 'granted', 'import 1', '', now()
FROM newsletters_subscription
"""
WORN = """
INSERT INTO newsletters_contact_tags (contact_id, tag_id)
SELECT id, (%(tags)s::bigint[])[1 + (random() * random() * random() * %(count)s)::int %% %(count)s]
FROM newsletters_contact WHERE id %% 2 = 0
"""
OTHERS = """
INSERT INTO newsletters_otheraddress (contact_id, email, email_typed, address_key, created_at)
SELECT id, 'also.' || email, 'also.' || email, md5('also.' || email), now()
FROM newsletters_contact WHERE id %% 50 = 0
"""
STOPS = """
INSERT INTO newsletters_suppression (address_key, scope, reason, detail, since)
SELECT address_key, 'bulk', 'complained', '', now() FROM newsletters_contact WHERE id %% 50 = 1
"""
