#!/bin/bash
# unpack.sh FOLDER PACKAGE...: for who may not install: unpacks Debian packages, and what they need and the machine lacks,
# under FOLDER. Their programs find each other by PATH and LD_LIBRARY_PATH, which the caller sets.
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/downloads.sh"

[ $# -ge 2 ] || die "usage: unpack.sh FOLDER PACKAGE..."
folder=$(realpath -m "$1")
shift
mkdir -p "$folder"
begin_fetch deb
# apt's own answer to what is missing here, given what is installed; nothing is locked, because nothing is changed.
run_apt install --yes --no-install-recommends --download-only -t bookworm -o Debug::NoLocking=1 "$@" ||
  die "these packages cannot be fetched (above: why): $*"
for package in apt/cache/archives/*.deb; do dpkg-deb -x "$package" "$folder"; done
