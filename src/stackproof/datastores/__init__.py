"""How to write a value and read it back, through each datastore's own client."""

from stackproof.datastores.datastore import Datastore, detect
from stackproof.datastores.files import files_in

__all__ = ["Datastore", "detect", "files_in"]
