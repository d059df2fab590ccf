#!/bin/bash
# emscripten.sh FOLDER: Emscripten 3.1.69 and binaryen 120 (Debian 13) with clang, lld and llvm 19 (Debian 12), unpacked
# under FOLDER on Debian 12, amd64, and tried out. Nothing is installed. emcc is then FOLDER/usr/share/emscripten/emcc.
# Needs node, python3 and the libraries that clang loads: libz3-4, libedit2, libxml2.
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/downloads.sh"

[ $# = 1 ] || die "usage: emscripten.sh FOLDER"
folder=$(realpath -m "$1")
emscripten=$folder/usr/share/emscripten
[ "$(dpkg --print-architecture)" = amd64 ] || die "these packages are for amd64 only: put an emcc 3.1.69 or newer on PATH"

# ---- fetch

llvm=1:19.1.7-3~deb12u1
fetch deb emscripten=3.1.69+dfsg-3 binaryen=120-4 node-acorn=8.8.1+ds+~cs25.17.7-2 \
  {clang-19,lld-19,llvm-19,libllvm19,libclang-cpp19,libclang-common-19-dev}=$llvm << 'EOF'
d2ac788b952c56ab6736b4db2ac0825aa63cfb4c08b8abaefe19e324779d1b2d  emscripten_3.1.69+dfsg-3_all.deb
47be56009e56170f4338a0154fbff2028bd607bc3c8b6a5414658a985bef6470  binaryen_120-4_amd64.deb
5c6814cf6536892b3a93cc72a0a3792beb0d3f6be3d69f499ca7d764583479a9  node-acorn_8.8.1+ds+~cs25.17.7-2_all.deb
89ab931a9bbfd567a76df3141af5d5ec67b01d800150e614f2c9bf4671da9b08  clang-19_1%3a19.1.7-3~deb12u1_amd64.deb
416e084363a16a7060eaa6343ed641dfe864b8208c39170ee00a5679e4b486a2  lld-19_1%3a19.1.7-3~deb12u1_amd64.deb
f91492c5b361ff12f540b9f6145cf638b5e0fb3f145fceabd6c4b9540eab4bf9  llvm-19_1%3a19.1.7-3~deb12u1_amd64.deb
6edf3a8b28495cdba883d9760e0dca1a81983fc497a5f989dc64d0d96d23b4aa  libllvm19_1%3a19.1.7-3~deb12u1_amd64.deb
5daa784e1d747db320c16604729ffa805e6bfd72d3ac0b7cb0ee5f1a7ebc8aae  libclang-cpp19_1%3a19.1.7-3~deb12u1_amd64.deb
811c2d398ad772204ec05ffde485cbbc4c210abc5dcf0068ff9ca3e647591ce7  libclang-common-19-dev_1%3a19.1.7-3~deb12u1_amd64.deb
EOF

# binaryen is built against Debian 13's C and C++ libraries. Their versions move with its security updates, so they are not
# pinned: apt checks the archive's signature, and the checksums of what came are kept beside it for the next time.
runtime=(libc6 libstdc++6 libgcc-s1)
cd "$downloads"
if ! sha256sum --quiet --check runtime.sha256 > /dev/null 2>&1; then
  rm -f "${runtime[@]/%/_*_amd64.deb}"
  begin_fetch deb
  run_apt download "${runtime[@]/%//trixie}" || die "the C and C++ libraries of Debian 13 cannot be fetched (above: why)"
  sha256sum ./*.deb > runtime.sha256
  end_fetch
fi

# ---- unpack

rm -rf "$folder"
mkdir -p "$folder/rt"
unpack() {  # unpack PACKAGE ARGUMENT-OF-TAR...
  local package=$1
  shift
  dpkg-deb --fsys-tarfile "$downloads/$package"_*.deb | tar -x -C "$folder" "$@"
}
# Without tests, libraries for threads-as-shared-objects, link-time optimization and most of OpenGL's variants. The plain
# libGL*getprocaddr.a stay: emcc links one of them into every program.
libraries='*/cache/sysroot/lib/wasm32-emscripten'
unpack emscripten --exclude="$libraries/pic" --exclude="$libraries/lto*" --exclude='*/share/emscripten/test' \
  --exclude='*/libGL*emu*' --exclude='*/libGL*ofb*' --exclude='*/libGL*webgl2*' --exclude='*/libGL*full_es3*' \
  ./usr/share/emscripten ./usr/share/doc/emscripten/copyright
unpack binaryen ./usr
unpack node-acorn ./usr
for package in clang-19 lld-19 libllvm19 libclang-cpp19 libclang-common-19-dev; do
  unpack $package --exclude=./usr/share ./usr
done
tools=()
for tool in ar ranlib nm objcopy objdump strip size dwarfdump symbolizer addr2line readobj profdata; do
  tools+=("./usr/lib/llvm-19/bin/llvm-$tool")
done
unpack llvm-19 --wildcards './usr/bin/llvm-*' "${tools[@]}"

# ---- connect the parts

# clang looks for its library here.
ln -sfn ../../x86_64-linux-gnu/libLLVM.so.19.1 "$folder/usr/lib/llvm-19/lib/libLLVM.so.19.1"
# binaryen sees Debian 13's libraries because it is started through their own loader; nothing else does.
for package in "${runtime[@]}"; do
  dpkg-deb --fsys-tarfile "$downloads/$package"_*.deb |
    tar -x -C "$folder/rt" --strip-components=4 --wildcards './usr/lib/x86_64-linux-gnu/*.so*'
done
mkdir -p "$folder/usr/lib/binaryen"
for tool in "$folder"/usr/bin/wasm* "$folder"/usr/bin/binaryen*; do
  [ -f "$tool" ] && [ ! -L "$tool" ] && [ "$(head -c4 "$tool" | tail -c3)" = ELF ] || continue
  mv "$tool" "$folder/usr/lib/binaryen/"
  cat > "$tool" << 'EOF'
#!/bin/sh
name=${0##*/} folder=$(dirname "$(readlink -f "$0")")/../..
exec "$folder/rt/ld-linux-x86-64.so.2" --argv0 "$name" --library-path "$folder/rt:$folder/usr/lib/x86_64-linux-gnu" \
  "$folder/usr/lib/binaryen/$name" "$@"
EOF
  chmod +x "$tool"
done
mkdir -p "$emscripten/node_modules"
ln -sfn ../../nodejs/acorn "$emscripten/node_modules/acorn"  # emcc's JavaScript optimizer imports it
echo '{}' > "$emscripten/package.json"  # the project's own says that every .js is a module; emscripten's are not
cat > "$emscripten/.emscripten" << EOF
import shutil
LLVM_ROOT = '$folder/usr/bin'
BINARYEN_ROOT = '$folder/usr'
NODE_JS = shutil.which('node')
FROZEN_CACHE = True
LLVM_ADD_VERSION = '19'
CLANG_ADD_VERSION = '19'
EOF

# Licences, where emscripten's own releases have them: these packages keep them in Debian's form.
license() {  # license NAME FILE: its text, which stands at its last mention
  awk -v RS= -v head="License: $1\n " 'at = index($0, head) { text = substr($0, at + length(head) - 1) } END { print text }' "$2" |
    sed 's/^ //; s/^\.$//'
}
copyright=$folder/usr/share/doc/emscripten/copyright
{ echo "Copyright 2010-2022 The Emscripten Authors"; echo; license Expat "$copyright"; } > "$emscripten/LICENSE"
unpack libllvm19 ./usr/share/doc/libllvm19/copyright
{ cat /usr/share/common-licenses/Apache-2.0
  license APACHE-2-LLVM-EXCEPTIONS "$folder/usr/share/doc/libllvm19/copyright"
} > "$emscripten/system/lib/libcxx/LICENSE.TXT"

# ---- fail now rather than in the build

for tool in clang-19 wasm-ld-19 llvm-ar-19; do
  lost=$(ldd "$(readlink -f "$folder/usr/bin/$tool")" | grep 'not found' || true)
  [ -z "$lost" ] || die "$tool lacks a library of this machine: $lost"
done
try=$(mktemp -d)
trap 'rm -rf "$try"' EXIT
echo '#include <stdio.h>
int main(void) { puts("hello from wasm"); }' > "$try/hello.c"
"$emscripten/emcc" -O2 "$try/hello.c" -o "$try/hello.js" || die "emcc cannot build a program (above: why)"
[ "$(node "$try/hello.js")" = "hello from wasm" ] || die "the program that emcc built does not run in node"
