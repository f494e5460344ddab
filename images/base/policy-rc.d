#!/bin/sh
# Official Debian images have this too: installing a server must not start it.
exit 101
