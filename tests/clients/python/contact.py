"""What structured output is read into; every client that can do that brings pydantic."""

from pydantic import BaseModel


class Contact(BaseModel):
    """A person, as the user's text names them."""

    name: str
    email: str
    iban: str
    phone: str
