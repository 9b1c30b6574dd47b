#!/usr/bin/env bash
# Prepare a checkout: a virtual environment in .venv and, for tests, the Debian packages they use.
#   scripts/setup.sh        what the program needs
#   scripts/setup.sh test   and what the tests, benchmarks and documentation need
set -euo pipefail
cd "$(dirname "$0")/.."
mode=${1:-run}

apt_install() {
    local missing=()
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    local sudo=()
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "not root and no sudo: please install ${missing[*]} (tests that need them are skipped)" >&2
            return 0
        fi
        sudo=(sudo)
    fi
    echo "installing Debian packages: ${missing[*]}"
    "${sudo[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

python=${PYTHON:-python3}
if [ ! -x .venv/bin/python ]; then
    if ! "$python" -m venv .venv 2>/dev/null; then
        rm -rf .venv
        command -v apt-get >/dev/null && apt_install python3-venv
        "$python" -m venv .venv
    fi
fi
[ -x .venv/bin/uv ] || .venv/bin/python -m pip install --quiet --disable-pip-version-check uv
export VIRTUAL_ENV="$PWD/.venv"
if [ "$mode" = test ]; then
    command -v apt-get >/dev/null && apt_install gdal-bin osmium-tool chromium fonts-noto-cjk postgresql postgresql-15-postgis-3 qgis python3-qgis
    .venv/bin/uv pip install --quiet -c constraints.txt -e '.[fast,ifc,oidc,postgres]' --group dev --group docs --group peers
else
    .venv/bin/uv pip install --quiet -c constraints.txt -e '.[fast,ifc,postgres]'
fi
touch ".venv/.ready-$mode"
