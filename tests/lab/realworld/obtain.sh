#!/bin/sh
# Fetch the real migrations: per entry a name, the repository, the commit before, the commit after, and the files that
# define the moved names where the same commits also moved the definitions. Those files are taken from the later commit
# for `before` too: the definitions are in place, and what is left to do is what unfork does, the importers.
# Usage: obtain.sh FOLDER [NAME]...     (a shallow fetch of two commits each; all eleven: about 900 MB on disk)
set -eu
folder=$1; shift
wanted=" ${*:-} "

obtain() {
    name=$1 repository=$2 before=$3 after=$4; shift 4
    case $wanted in "  " | *" $name "*) ;; *) return 0 ;; esac
    here=$folder/$name
    mkdir -p "$here/before" "$here/after"
    git init --quiet --bare "$here/git"
    git -C "$here/git" fetch --quiet --depth=1 "https://github.com/$repository" "$before" "$after"
    git -C "$here/git" archive "$before" | tar -x -C "$here/before"
    git -C "$here/git" archive "$after" | tar -x -C "$here/after"
    [ $# -eq 0 ] || git -C "$here/git" archive "$after" "$@" | tar -x -C "$here/before"
    rm -rf "$here/git"
}

obtain ansible-text ansible/ansible \
    eea7137449ba6a94126e97e463682319e030e6fd 2cd1744be3d96f1eec674e1b66433c3730caa24f
obtain sympy-testing sympy/sympy \
    72470790507aa78d829adc72dcdc99b3b60fdbb0 bb4114b66d0cb4f46890564cfd6d30c9ea5e6705
obtain sympy-compat sympy/sympy \
    7b0fd3a283cb9c91abb7d67e0417c308735db36e 0ccc48bb81a3830e42dbfa997ae1913b9e99ca73 \
    sympy/core/sorting.py sympy/core/__init__.py sympy/utilities/iterables.py sympy/utilities/misc.py \
    sympy/utilities/__init__.py
obtain nova-db openstack/nova \
    8469fa70dafa83cb068538679100bede7679edc3 def4b17934a3b2cf783d0177d6a9632916dfd10f
obtain nova-mock openstack/nova \
    1a32196074a14788aed45c7a53646a74628ef978 89ef050b8c049b9a6f0e2c70408fc93c826c55e0
obtain wagtail-gettext wagtail/wagtail \
    dd97a77666c84e5d75a5adb7c4f10e0104ffb825 33a5b345a6d37196e40461a0fe2c4305707d4941
obtain ha-media-player home-assistant/core \
    faf7ae29b1e8be5fd4a7831ddacea7c55ca6b1f9 d16d14b648b00ffe97c10180472fd004a131c99c \
    homeassistant/components/media_player/__init__.py homeassistant/components/media_player/const.py
obtain ha-binary-sensor home-assistant/core \
    0b64f49e3af027ba9d1e052d74701e4da8de1c2e b022e08db9b722af39fe34ebd543d81be8e1744d \
    homeassistant/components/binary_sensor/__init__.py
obtain neutron-callbacks openstack/neutron \
    7b7be92bfb0875bbf1db148e90ce539e8ad16e43 0e2b667bf1685f569f843a036eebdaf79624184d
obtain neutron-oslo openstack/neutron \
    38f2704a8554d1a7d0107a207ce12f0bf628c2b1 7a2a85623da4d296c5dfe5dc8b6fdb772d74ce92
obtain qiskit-rustworkx Qiskit/qiskit \
    80d12e079c7d02e0fdbf6fc3d389e284e91c8de8 b9def9997913cd9eccc5175f619328253fd8addf
obtain opensre-services Tracer-Cloud/opensre \
    566812e8edb18a83d1b0e4d682b29e5721ecaf42 a845434613caa8b82aea47dd8b6d52e3cf4f37c5 \
    app/services app/constants app/entrypoints app/types
