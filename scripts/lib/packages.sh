# The Debian packages that building and testing need, beside a Swift toolchain and git. To be sourced by bash.
#
#   packages_ensure    installs what is missing (root) or prints the line that does (everybody else); returns 1 if
#                      something is still missing or there is no Swift. Says nothing when all is there.
#
# What the toolchain and git themselves need (a C compiler's headers, certificates) is theirs to bring.

# Where a PostgreSQL server is looked for.
source "$(dirname "${BASH_SOURCE[0]}")/postgres.sh"

packages_all=(libyaml-dev libpq-dev libcurl4-openssl-dev pkg-config postgresql tzdata)

packages_ensure() {
  if ! command -v swift >/dev/null; then
    echo "There is no \`swift\` on PATH. Install Swift 6.2 or newer (https://www.swift.org/install/linux/) and run this again." >&2
    return 1
  fi
  # Elsewhere than on Debian the names differ: the build says what it cannot find.
  if ! command -v dpkg-query >/dev/null; then return 0; fi

  local missing=()
  packages_find_missing
  if ((${#missing[@]} == 0)); then return 0; fi

  if [[ $(id -u) != 0 ]]; then
    {
      echo "Debian packages are missing. Run this (as root: without sudo), then start again:"
      echo "  sudo apt-get install --no-install-recommends ${missing[*]}"
    } >&2
    return 1
  fi
  packages_install || true
  packages_find_missing
  if ((${#missing[@]} != 0)); then
    echo "Still missing after the installation: ${missing[*]}" >&2
    return 1
  fi
}

# Fills the caller's `missing`. A PostgreSQL server and pkg-config are looked for as programs, because packages of other
# names (postgresql-17 of another archive, pkgconf) are as good.
packages_find_missing() {
  local package
  missing=()
  for package in "${packages_all[@]}"; do
    case $package in
    postgresql) postgres_find_bin >/dev/null 2>&1 || missing+=("$package") ;;
    pkg-config) command -v pkg-config >/dev/null || missing+=("$package") ;;
    *)
      if [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) != installed ]]; then
        missing+=("$package")
      fi
      ;;
    esac
  done
}

# Debian's server package makes a cluster and starts it, on a port that the machine's owner may want for another. Its own
# switch against that is one line in a file that does not exist before the first installation: less of a change than a
# policy-rc.d, which would hold for every service of the machine while we install. Where PostgreSQL's packages are
# already known, their settings are somebody's and stay.
packages_install() {
  local clusters=/etc/postgresql-common/createcluster.conf
  echo "Installing with apt-get: ${missing[*]}" >&2
  if [[ " ${missing[*]} " == *" postgresql "* && ! -e $clusters ]]; then
    echo "Writing $clusters, so that no database server is set up beside it." >&2
    mkdir -p "$(dirname "$clusters")"
    printf '%s\n' '# Written by scripts/lib/packages.sh of SyncBridge: no cluster is made when a server is installed.' \
      'create_main_cluster = off' >"$clusters"
  fi
  # A fresh machine has no lists and an old one has lists of files that are gone. --no-remove: nobody's package goes
  # to make room for ours.
  {
    apt-get update -q &&
      DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 apt-get install -q -y --no-install-recommends --no-remove \
        -o Dpkg::Options::=--force-confold "${missing[@]}"
  } >&2
}
