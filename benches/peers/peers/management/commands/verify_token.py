"""Says whose token of Django REST framework it is: what a script would start."""

from django.core.management.base import BaseCommand
from rest_framework.authentication import TokenAuthentication


class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("key")

    def handle(self, *args, **options):
        user, _ = TokenAuthentication().authenticate_credentials(options["key"])
        self.stdout.write(f"accepted {user.username}")
