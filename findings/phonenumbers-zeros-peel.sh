#!/usr/bin/env bash
# phonenumberslite 9.0.42: a number that is written with two zeros too many before its area code.
#
# parse() takes one zero (the country's own prefix for calls within it) from what follows the country code, and
# format_number() to E.164 writes the rest. Given back to parse(), that text loses the next zero. So E.164 of E.164 is not
# what it was, and three spellings that one phone would answer to have two forms.
#
# Seen on 2026-11-29, Python 3.11.7, numbers of no subscriber (Germany's block for fiction is 030 23125):
#   +49 30 23125 001: +493023125001, then +493023125001
#   +49 030 23125 001: +493023125001, then +493023125001
#   +49 0030 23125 001: +4903023125001, then +493023125001
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check phonenumberslite==9.0.42

cat >"$folder/try.py" <<'PYTHON'
import sys

import phonenumbers


def e164(number):
    return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.E164)


expected = {
    "+49 30 23125 001": ("+493023125001", "+493023125001"),
    "+49 030 23125 001": ("+493023125001", "+493023125001"),
    "+49 0030 23125 001": ("+4903023125001", "+493023125001"),
}
seen = {number: (e164(number), e164(e164(number))) for number in expected}
for number, (once, twice) in seen.items():
    print(f"{number}: {once}, then {twice}")
sys.exit(seen != expected)
PYTHON

if "$folder/venv/bin/python" "$folder/try.py"; then
  echo "As described."
else
  echo "This has changed." >&2
  exit 1
fi
