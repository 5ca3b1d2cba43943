"""What importing the parts of the package does to a process."""

import subprocess
import sys

PURE = ("checks", "facts", "fields", "history", "judge", "lifeline", "limits", "metrics", "observation", "plan")
ALSO_PURE = ("recorder", "run", "template")


def test_the_pure_modules_do_not_import_locust() -> None:
    """History, plan, limits and judge can be imported anywhere: neither Locust nor gevent comes with them."""
    imports = "; ".join(f"import agentcore_load.{name}" for name in PURE + ALSO_PURE)
    check = "import sys; assert 'locust' not in sys.modules and 'gevent' not in sys.modules"
    subprocess.run([sys.executable, "-c", f"{imports}; {check}"], check=True)


def test_locust_patches_before_anything_needs_it() -> None:
    """The engine imports Locust early enough: no warning that ssl was imported unpatched."""
    program = "import agentcore_load.run, agentcore_load.engine"
    done = subprocess.run([sys.executable, "-W", "always", "-c", program], capture_output=True, text=True, check=True)
    assert "MonkeyPatchWarning" not in done.stderr
