#!/bin/sh
# What the tests need from Debian itself: Chromium, curl, and fonts for pages in our three languages. Does nothing when it is there.
set -eu

[ -x /usr/bin/chromium ] && command -v curl >/dev/null && exit 0

if ! command -v apt-get >/dev/null; then
    echo "The tests need Chromium at /usr/bin/chromium, and curl. This is no Debian, so please install it with your system's own tools." >&2
    exit 1
fi

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "The tests need Debian's packages chromium and curl. Please let root run: apt-get install chromium curl" >&2
        exit 1
    fi
    as_root="sudo"
fi

# Without an answer at hand (no terminal) neither sudo nor debconf may wait for one.
[ -t 0 ] || as_root="${as_root:+sudo --non-interactive}"
$as_root apt-get update -qq
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium curl fonts-dejavu-core fonts-noto-core
