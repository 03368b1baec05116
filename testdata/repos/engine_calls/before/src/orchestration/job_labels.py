"""What jobs are called on screen."""


def label(name: str, upper: bool = False) -> str:
    text = name.replace("_", " ")
    return text.upper() if upper else text
