#!/bin/sh
# Run the suite on the built wheel, where neither the source tree nor a development tool can stand in for a missing dependency.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
python=${WHEEL_PYTHON:-python3}
venv=${WHEEL_VENV:-$root/.venv-wheel}
case $venv in /*) ;; *) venv=$root/$venv ;; esac
pip="$venv/bin/pip --quiet --disable-pip-version-check"

rm -rf "$venv"
"$python" -m venv "$venv"
$pip install --require-hashes -r "$root/requirements/runtime.txt"
$pip install --no-deps "$root"/dist/*.whl

# with runtime dependencies only: every verb explains itself, from an empty folder
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$venv/bin/arkisto" check
for verb in $("$venv/bin/python" -c 'from crawler.cli import cli; print(*cli.commands)'); do
  "$venv/bin/arkisto" "$verb" --help >/dev/null
done
"$venv/bin/python" - <<'PROGRAM'
import importlib
import pkgutil
from importlib.metadata import packages_distributions

import archive
import crawler

for package in (archive, crawler):
    assert "site-packages" in package.__file__, package.__file__
    assert packages_distributions()[package.__name__] == ["jarjestoarkisto"], package
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        # crawler.browser belongs to the extra "render"
        if not module.name.endswith(("__main__", "crawler.browser")):
            importlib.import_module(module.name)
PROGRAM

# then the suite, away from the source tree
$pip install --require-hashes -r "$root/requirements/dev.txt"
cp -r "$root/tests" "$root/docs" "$root/config" "$root/benchmarks" "$root/requirements" "$root/pyproject.toml" "$root/scrapy.cfg" "$root/README.md" "$work"
ARKISTO_PEERS=${ARKISTO_PEERS:-$root/.venv-peers} "$venv/bin/python" -m pytest -n auto tests
