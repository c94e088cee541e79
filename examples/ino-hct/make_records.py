"""Write the forms of the synthetic cohort.

``python examples/ino-hct/make_records.py`` rewrites ``records/``, ``records-raw/``, ``mappings/``
and ``blemishes.csv`` beside it byte for byte. ``--patients N --out DIR`` writes the forms of N
patients, for tests of speed, with ``--varied`` as many distinct entries as in real forms. Nobody
described here exists.
"""

# ruff: noqa: INP001 - a script beside its study, in no package

from __future__ import annotations

import argparse
from pathlib import Path

from ino_records.clean import write_clean
from ino_records.large import write_large
from ino_records.raw import write_raw

HERE = Path(__file__).parent


def main() -> None:
    """Read the command line and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, help="write the forms of this many patients")
    parser.add_argument("--varied", action="store_true", help="let them differ in their values")
    parser.add_argument("--out", type=Path, default=HERE, help="the folder to write to")
    arguments = parser.parse_args()
    if arguments.patients is not None:
        write_large(arguments.patients, arguments.out, varied=arguments.varied)
        return
    write_clean(arguments.out)
    write_raw(arguments.out)


if __name__ == "__main__":
    main()
