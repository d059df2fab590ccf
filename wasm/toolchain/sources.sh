#!/bin/bash
# sources.sh FOLDER: the sources of the C libraries, from Debian's source packages, into FOLDER/<name>.
# To move to another version: change it and its checksum here, and the text at the top of CMakeLists.txt.
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/downloads.sh"

[ $# = 1 ] || die "usage: sources.sh FOLDER"
folder=$(realpath -m "$1")

fetch deb-src xnnpack=0.0~git20241108.4ea82e5-2 pthreadpool=0.0~git20240616.560c60d-1 fxdiv=0.0~git20200417.b408327-4 \
  kissfft=131.1.0-4.1~deb12u1 nanopb=0.4.9.1-1 cjson=1.7.18-3.1+deb13u1 << 'EOF'
90bde2caef0f880f627bab0dc805a86c4b8070cd98e3243db3046ab3f3be1a99  xnnpack_0.0~git20241108.4ea82e5.orig.tar.xz
4cc3cbd933b28131d2a34edc54f76af9fb41bc490af5eae1a5bd3cd07ea90708  pthreadpool_0.0~git20240616.560c60d.orig.tar.xz
7953482badaf4cb34026c3487c257b8e4ab2df061c019bd6fabbbc12ad52c44b  fxdiv_0.0~git20200417.b408327.orig.tar.xz
76c1aac87ddb7258f34b08a13f0eebf9e53afa299857568346aa5c82bcafaf1a  kissfft_131.1.0.orig.tar.gz
4575944a468718ef25f05eb01d994364650b581563089a9841986bb1e460eac3  nanopb_0.4.9.1.orig.tar.gz
3aa806844a03442c00769b83e99970be70fbef03735ff898f4811dd03b9f5ee5  cjson_1.7.18.orig.tar.gz
EOF

rm -rf "$folder"
for name in xnnpack pthreadpool fxdiv kissfft nanopb cjson; do
  top=1
  [ $name = xnnpack ] && top=0  # this tarball has no top folder
  mkdir -p "$folder/$name"
  tar -xf "$downloads/$name"_*.orig.tar.* -C "$folder/$name" --strip-components=$top
done
