"""What goes wrong in the harness itself, as against what is wrong with the thing it judges."""


class HarnessError(Exception):
    """The harness could not do its work: a file is missing or wrong, a program is absent, a port is taken.

    The message is one line that says what to do. Nothing was judged, so the verdict is *unknown*.
    """
