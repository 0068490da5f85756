#!/bin/sh
# Finds what the tests need beyond npm, and installs it where that can be done: as root on Debian. What stays
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
# Debian keeps a server's programs out of the PATH.
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || need initdb postgresql
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing for the tests:$missing"
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; } >/dev/null 2>&1 ||
    echo "SOME TOOLS COULD NOT BE INSTALLED:$missing"
else
  echo "SOME TESTS WILL BE SKIPPED, these tools are missing:$missing"
fi
