import re

from minichannels.lab.checking.texts.slips import ADVICE


def test_slips_say_at_once_no_code_to_fill_in() -> None:
    for key, text in ADVICE.items():
        at_once = " ".join([text.headline, text.did, text.should, text.first])

        assert [
            s for s in re.findall("`([^`]+)`", at_once) if "…" in s
        ] == [], key
