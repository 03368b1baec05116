#!/bin/sh
# Installs the browser that tests/system/test_audit_html.py looks at the HTML report with, where there is none yet and root asks,
# as in a container. Anywhere else, and where it fails, those tests are skipped. UNFORK_BROWSER=no: it does nothing.
# Debian and its kin; elsewhere, install chromium by hand.
set -eu

skipped() {
    echo "$1: the tests in a browser are skipped" >&2
    exit 0
}

fetched() {
    patience="-o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20"
    # shellcheck disable=SC2086 (several words)
    timeout 60 apt-get $patience --quiet update &&
        timeout 300 apt-get $patience --quiet --yes --no-install-recommends install chromium
}

command -v chromium >/dev/null && exit 0
command -v chromium-browser >/dev/null && exit 0
[ "${UNFORK_BROWSER:-}" != no ] || skipped "UNFORK_BROWSER=no"
command -v apt-get >/dev/null || skipped "no chromium, and no apt-get to install it"
[ "$(id -u)" -eq 0 ] || skipped "no chromium; as root, $0 installs it"
echo "installing chromium for the tests in a browser" >&2
export DEBIAN_FRONTEND=noninteractive
fetched >/dev/null 2>&1 || skipped "chromium cannot be installed"
