#!/bin/sh
# Installs the browser that tests/test_audit_html.py looks at the HTML report with, where there is none yet.
# Without it those tests are skipped. Debian and its kin; elsewhere, install chromium by hand.
set -eu
if command -v chromium >/dev/null || command -v chromium-browser >/dev/null; then
    exit 0
fi
command -v apt-get >/dev/null || { echo "no apt-get: install chromium by hand" >&2; exit 0; }
as_root=""
[ "$(id -u)" -eq 0 ] || as_root="sudo"
$as_root apt-get update --quiet
$as_root apt-get install --quiet --yes --no-install-recommends chromium
