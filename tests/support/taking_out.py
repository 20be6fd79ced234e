"""A plugin of pytest that takes out the defence which was chosen."""

import os

from support.defences import CHOSEN, TABLE, take_out

take_out(TABLE[int(os.environ[CHOSEN])])
