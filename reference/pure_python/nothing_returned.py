"""The misconception that any function of the lessons may hold: it returns nothing."""

from reference.text import Misconception, Text

NOTHING = Misconception(
    "nothing_returned",
    Text(
        "The function returns nothing (None). If it prints the result, the caller still does not get it: "
        "look for the `return` line.",
        "La fonction ne renvoie rien (None). Afficher le résultat ne le donne pas à l'appelant : "
        "cherchez la ligne `return`.",
    ),
    seen_by="the value None",
)
