# Sourced by the scripts beside this one: packages of Debian, fetched once a user, checked, and unpacked by the caller.
# Nothing is installed. The mirror is the one that this machine's apt already uses, asked by an apt with a state of its own.
# Needs: bash, apt, dpkg; a Debian 12 on amd64.

downloads=${XDG_CACHE_HOME:-$HOME/.cache}/phaselens/downloads

die() {
  echo "${0##*/}: $*" >&2
  exit 1
}

# fetch deb|deb-src PACKAGE=VERSION... <<< "CHECKSUM  FILE" lines: afterwards these files are in $downloads.
fetch() {
  local type=$1 sums
  shift
  sums=$(cat)
  mkdir -p "$downloads"
  if (cd "$downloads" && sha256sum --quiet --check <<< "$sums") > /dev/null 2>&1; then return; fi
  begin_fetch "$type"
  if [ "$type" = deb-src ]; then
    # --tar-only: a mirror may lack Debian's own parts (.dsc, .debian.tar.xz), and none is needed.
    run_apt source --only-source --tar-only --download-only "$@"
  else
    run_apt download "$@"
  fi || die "a package cannot be fetched from this machine's Debian mirror (above: which). If it is no longer there, a newer" \
            "version must be named in ${BASH_SOURCE[1]##*/}."
  sha256sum --quiet --check <<< "$sums" || die "a file that was fetched is not the one that ${BASH_SOURCE[1]##*/} expects (above: which)."
  end_fetch
}

# begin_fetch deb|deb-src: an empty folder to fetch into, and the mirror's lists of Debian 12 and 13.
begin_fetch() {
  begin_apt
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg mirror
  [ -r $keyring ] || die "no $keyring. As root: apt-get install debian-archive-keyring"
  mirror=$(apt-get indextargets --no-release-info --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Identifier: Packages' |
           awk '$2 ~ /^(bookworm|oldstable|stable)$/ && $3 == "main" && !n++ { print $1 }')
  [ -n "$mirror" ] || die "this machine's apt sources name no Debian bookworm main: add it to them."
  cat > apt/debian.sources << SOURCES
Types: $1
URIs: $mirror
Suites: bookworm trixie
Components: main
Targets: Packages Sources
Languages: none
Signed-By: $keyring
SOURCES
  apt_options+=(-o Dir::Etc::sourcelist="$fetching/apt/debian.sources" -o Dir::Etc::sourceparts=/dev/null)
  run_apt update || die "apt cannot read the mirror's lists (above: why). Check the network; if a key is missing, upgrade debian-archive-keyring."
}

# An apt with a state of its own, in an empty folder beside the place where the files go.
begin_apt() {
  mkdir -p "$downloads"
  fetching=$(mktemp -d "$downloads/.fetching-XXXXXX")
  trap 'rm -rf "$fetching"' EXIT
  cd "$fetching"
  mkdir -p apt/lists/partial apt/cache/archives/partial
  apt_options=(-q -o Dir::State::lists="$fetching/apt/lists" -o Dir::Cache="$fetching/apt/cache" -o Acquire::Retries=3
    -o Acquire::http::Timeout=60 -o APT::Sandbox::User="$(id -un)" -o APT::Update::Error-Mode=any)
}

end_fetch() {
  rm -rf apt apt.log
  mv -f ./* "$downloads/"
  cd "$downloads"
  rm -rf "$fetching"
}

run_apt() {
  apt-get "${apt_options[@]}" "$@" >> apt.log 2>&1 || { tail -n 5 apt.log >&2; return 1; }
}
