"""The model of tokens that djblets leaves to the application."""

from djblets.webapi.models import BaseWebAPIToken


class WebAPIToken(BaseWebAPIToken):
    pass
