"""The backend of djblets over the model of this application."""

from django.contrib.auth.backends import ModelBackend
from djblets.webapi.auth.backends.api_tokens import TokenAuthBackendMixin

from peers.models import WebAPIToken


class TokenAuthBackend(TokenAuthBackendMixin, ModelBackend):
    api_token_model = WebAPIToken
