"""How to write a value and read it back, through each datastore's own client."""
