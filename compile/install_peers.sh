#!/usr/bin/env bash
# Installs the system packages that some tests and the benchmark use: chromium (the page's test),
# rsyslog and evtxexport (the benchmarks' other sides), Go with its module of notes and trees
# (interop), logrotate and zstd (tail), systemd-journal-remote (syslog). Never fails: what is missing
# is said, and what needs it is skipped with a message.
set -u

missing=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || missing+=(chromium)
command -v rsyslogd >/dev/null || [ -x /usr/sbin/rsyslogd ] || missing+=(rsyslog)
[ -e /usr/lib/x86_64-linux-gnu/rsyslog/lmnsd_gtls.so ] || missing+=(rsyslog-gnutls)
command -v go >/dev/null || missing+=(golang-go)
command -v evtxexport >/dev/null || missing+=(libevtx-utils)
command -v logrotate >/dev/null || [ -x /usr/sbin/logrotate ] || missing+=(logrotate)
command -v zstd >/dev/null || missing+=(zstd)
[ -x /usr/lib/systemd/systemd-journal-remote ] || missing+=(systemd-journal-remote)
[ -d /usr/share/gocode/src/golang.org/x/mod/sumdb/tlog ] || missing+=(golang-golang-x-mod-dev)
[ "${#missing[@]}" -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "Cannot install ${missing[*]}: this system has no apt-get"
  exit 0
fi
root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! sudo -n true 2>/dev/null; then
    echo "Cannot install ${missing[*]}: this needs root, or sudo without a password"
    exit 0
  fi
  root=(sudo -n)
fi

export DEBIAN_FRONTEND=noninteractive
"${root[@]}" timeout 120 apt-get update -qq || echo "Cannot refresh the list of system packages"
for package in "${missing[@]}"; do
  if "${root[@]}" timeout 240 apt-get install -y -qq --no-install-recommends "$package" >/dev/null; then
    echo "Installed $package"
  else
    echo "Cannot install $package: apt-get failed"
  fi
done
exit 0
