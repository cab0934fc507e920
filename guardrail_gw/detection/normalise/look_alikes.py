# ruff: noqa: RUF001 - look-alikes are what this table is about
"""Letters of other scripts that pass for Latin ones.

Source: UTS #39 revision 30, confusables.txt: the single letters whose prototype is a Latin letter,
of the scripts that fonts draw alike. What NFKC makes Latin (mathematical letters) is not repeated.
"""

from collections.abc import Mapping
from types import MappingProxyType

_SCRIPTS = (
    # Cyrillic
    ("аеорсухіјѕһԁԛԝкгпвнтмӏԍүѵɡ", "aeopcyxijshdqwkrnbhtmlgyvg"),
    ("АВЕКМНОРСТУХІЈЅԀҮԌӀѴԜԚ", "ABEKMHOPCTYXIJSDYGIVWQ"),
    # Greek
    ("οανρτυικγχεωηβ", "oavptuikyxewnb"),
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϳ", "ABEZHIKMNOPTYXCj"),
    # Armenian
    ("օոսհցզեՕՍԼ", "onuhgqtOUL"),
    # Cherokee
    ("ᎪᏴᏟᎠᎬᎩᎻᏆᎫᏦᏞᎷᏃᎤᏢᏒᏚᎢᏙᎳᎽᏃ", "ABCDEYHIJKLMZOPRSTVWYZ"),
    # Lisu and Coptic capitals
    ("ꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ", "ABCDEFGHIJKLMNOPRSTUVWXYZ"),
    ("ⲞⲟⲢⲣⲤⲥⲦⲬⲭ", "OoPpCcTXx"),
)
LOOK_ALIKES: Mapping[int, str] = MappingProxyType(
    {ord(theirs): latin for pair in _SCRIPTS for theirs, latin in zip(*pair, strict=True)}
)
"""For `str.translate`: what passes for a Latin letter -> that letter."""
SMALL_CAPITALS = str.maketrans("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢɑɩ", "abcdefghijklmnoprstuvwyzai")
"""Letters of phonetic alphabets that pass for Latin ones, in any word that has three of them or an
ASCII letter."""
