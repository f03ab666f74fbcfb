#!/usr/bin/env bash
# Makes the pictures of the README anew: dashboard.png and gradient-flow.png, of the study "tour". Needs Go and a Chromium.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
go build -o "$work/gradlab" ./cmd/gradlab
"$work/gradlab" run tour --quiet --out "$work/tour"
cp "$work/tour/plots/depth-gradient-flow.png" docs/gradient-flow.png
"$work/gradlab" serve "$work/tour" --addr 127.0.0.1:7461 &
trap 'kill $!; rm -rf "$work"' EXIT
sleep 2
GRADLAB_SCREENSHOTS="$work" GRADLAB_PICTURE_OF='http://127.0.0.1:7461/#/run/tour/gradients?part=1' go test -count=1 ./internal/browsertest -run TestPicture
cp "$work/page.png" docs/dashboard.png
