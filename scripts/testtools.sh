#!/bin/sh
# Finds what the tests need beyond npm, and gets it where that can be done: as root on Debian. What stays
# missing is said, and its tests are skipped aloud; with CI=true they fail instead.
set -u
missing=''
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
need promtool prometheus
need prometheus prometheus
need victoria-metrics victoria-metrics
need openssl openssl
need script bsdutils
need ip iproute2
need findmnt mount
need free procps
need ping iputils-ping
need go golang-go
need javac default-jdk-headless
need mvn maven
need flock util-linux
need openssl openssl
need chromium chromium
need redis-server redis-server
need mkfs.btrfs btrfs-progs
# Debian keeps a server's programs out of the PATH.
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || need initdb postgresql

if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing for the tests:$missing"
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; } >/dev/null 2>&1 ||
    echo "SOME TOOLS COULD NOT BE INSTALLED:$missing"
elif [ -n "$missing" ]; then
  echo "SOME TESTS WILL BE SKIPPED, these tools are missing:$missing"
fi

# Files of /proc and /sys that were captured from machines. Debian packages carry them for tests of their own; they are
# taken out of the packages, which are not installed, as they would bring hundreds of others.
cache=$(dirname "$0")/../node_modules/.cache/captured
# Warns that it is not user _apt who writes here.
download() { (cd "$2" && apt-get download -qq "$1") >/dev/null 2>&1; }
# captured PACKAGE PATTERN: the package's files whose paths match.
captured() {
  [ -d "$cache/$1" ] && return
  new="$cache/.$1.$$"
  if mkdir -p "$new/files" && command -v apt-get >/dev/null 2>&1 && command -v dpkg-deb >/dev/null 2>&1 &&
    { download "$1" "$new" || { apt-get update -qq >/dev/null 2>&1 && download "$1" "$new"; }; } &&
    dpkg-deb --fsys-tarfile "$new"/*.deb | tar -xf - -C "$new/files" --wildcards "$2" &&
    mv "$new/files" "$cache/$1"; then
    echo "got the captured files of $1"
  else
    echo "SOME TESTS WILL BE SKIPPED, the captured files of $1 could not be had"
  fi
  rm -rf "$new"
}
captured golang-github-prometheus-procfs-dev '*/testdata/fixtures.ttar'
captured golang-github-shirou-gopsutil-dev '*/testdata/linux/*'
captured pcp-testsuite '*/testsuite/linux/*.tgz'
