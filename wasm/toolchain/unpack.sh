#!/bin/bash
# unpack.sh FOLDER PACKAGE...: for who may not install: unpacks Debian packages, and what they need and the machine lacks,
# under FOLDER. Their programs find each other by PATH and LD_LIBRARY_PATH, which the caller sets.
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/downloads.sh"

[ $# -ge 2 ] || die "usage: unpack.sh FOLDER PACKAGE..."
folder=$(realpath -m "$1")
shift
mkdir -p "$folder"
begin_apt  # with the machine's own sources: what is unpacked must fit what is installed
run_apt update || die "apt cannot read the lists of this machine's sources (above: why)"
# apt's own answer to what is missing here. Nothing is locked, because nothing is changed.
run_apt install --yes --no-install-recommends --download-only -o Debug::NoLocking=1 "$@" ||
  die "these packages cannot be fetched (above: why): $*"
for package in apt/cache/archives/*.deb; do dpkg-deb -x "$package" "$folder"; done
# A browser without a font ends as soon as it has to show a text.
echo "<fontconfig><dir>$folder/usr/share/fonts</dir><cachedir prefix='xdg'>fontconfig</cachedir></fontconfig>" > "$folder/fonts.conf"
