"""What jobs are called on screen."""


def label(name, *, shout=False):
    text = name.replace("_", " ")
    return text.upper() if shout else text
