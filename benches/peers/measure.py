"""Fills a database with tokens of each peer, and tells how many logins by them there are in a second.

Usage: PEERS_DATABASE=FILE python measure.py TOKENS

It prints a line for each peer, of the form that the benchmarks in Rust have, and the line `key KEY` with a token for
the management command `verify_token`.
"""

import os
import random
import statistics
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peers.settings")
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import RequestFactory  # noqa: E402
from knox.auth import TokenAuthentication as KnoxAuthentication  # noqa: E402
from knox.models import AuthToken  # noqa: E402
from rest_framework.authentication import TokenAuthentication  # noqa: E402
from rest_framework.authtoken.models import Token  # noqa: E402

from peers.backend import TokenAuthBackend  # noqa: E402
from peers.models import WebAPIToken  # noqa: E402

ROUNDS = 7
# How long a round is, in seconds.
ROUND = 0.5


def fill(count):
    """Makes `count` users with a token of each kind, and returns the tokens by kind."""
    dice = random.Random(1)
    keys = ["%040x" % dice.getrandbits(160) for _ in range(count)]
    users = User.objects.bulk_create(User(username=f"user{number}") for number in range(count))
    with transaction.atomic():
        Token.objects.bulk_create(Token(key=key, user=user) for key, user in zip(keys, users))
        WebAPIToken.objects.bulk_create(
            WebAPIToken(token=key, token_generator_id="legacy_sha1", user=user, policy={}, extra_data={})
            for key, user in zip(keys, users)
        )
        # By its own way, as it keeps a digest. There are as many as can be asked about in the rounds.
        knox = [AuthToken.objects.create(user=user)[1] for user in users]
    return keys, knox


def rate(login, keys):
    """Returns the logins in a second of a round."""
    calls = 0
    begun = time.perf_counter()
    while time.perf_counter() - begun < ROUND:
        for _ in range(16):
            assert login(random.choice(keys)) is not None
        calls += 16
    return calls / (time.perf_counter() - begun)


def main():
    count = int(sys.argv[1])
    call_command("migrate", run_syncdb=True, verbosity=0)
    keys, knox = fill(count)
    request = RequestFactory().get("/")
    drf = TokenAuthentication()
    of_knox = KnoxAuthentication()
    djblets = TokenAuthBackend()

    def two_reads(key):
        assert djblets.validate_token(request, key) is None
        return djblets.authenticate(request, token=key)

    peers = {
        "drf": (drf.authenticate_credentials, keys),
        "knox": (lambda key: of_knox.authenticate_credentials(key.encode()), knox),
        "djblets": (two_reads, keys),
    }
    rates = {name: [] for name in peers}
    for turn in range(ROUNDS + 1):
        for name, (login, tokens) in peers.items():
            measured = rate(login, tokens)
            # The first round warms up.
            if turn > 0:
                rates[name].append(measured)
    for name, measured in rates.items():
        print(f"figure {name} {count}: {statistics.median(measured):.1f} logins/s, {ROUNDS} rounds")
    print(f"key {keys[0]}")
    connection.close()


if __name__ == "__main__":
    main()
