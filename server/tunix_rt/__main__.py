"""``python -m tunix_rt`` and the ``tunix-rt`` command."""

from tunix_rt.cli import main

if __name__ == "__main__":
    main()
