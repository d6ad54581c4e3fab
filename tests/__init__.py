"""How we know. A package, since some libraries ship a package `tests` of their own, which would hide this folder."""
