"""Which protocol answers on a port, whatever its number: known by what it says."""
