#!/usr/bin/env bash
# Makes the pictures of the README anew: dashboard.png, gradient-flow.png and terminal.png, of the study "tour". Needs Go,
# a Chromium, and script(1), before which programs write in colour.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
go build -o "$work/gradlab" ./cmd/gradlab
"$work/gradlab" run tour --quiet --out "$work/tour" > /dev/null

# picture keeps the top of the page at an address.
picture() {
  GRADLAB_SCREENSHOTS="$work" GRADLAB_PICTURE_OF="$1" go test -count=1 ./internal/browsertest -run TestPicture
  cp "$work/page.png" "$2"
}

cp "$work/tour/plots/depth-gradient-flow.png" docs/gradient-flow.png

(cd "$work" && exec ./gradlab serve tour --addr 127.0.0.1:7461) &
trap 'kill $!; rm -rf "$work"' EXIT
sleep 2
picture 'http://127.0.0.1:7461/#/run/tour/gradients?part=1&arm=3' docs/dashboard.png

{
  cat <<'HTML'
<!doctype html><meta charset="utf-8"><title>A terminal</title><style>
body { margin: 0; padding: 20px 28px; background: #16181d; color: #d9dce3; font: 18px/1.55 "DejaVu Sans Mono", monospace }
pre { margin: 0; font: inherit } b { color: #fff } i { font-style: normal }
.dim { color: #949ca9 } .red { color: #ff8b83 } .green { color: #5fd38d } .yellow { color: #e5c07b }
</style><pre>$ gradlab run tour
HTML
  (cd "$work" && TERM=xterm script -qec 'stty cols 100; ./gradlab report tour' /dev/null < /dev/null) | sed -n 1,29p | tr -d '\r' |
    sed -e 's/&/\&amp;/g; s/</\&lt;/g; s/\x1b\[1m/<b>/g; s/\x1b\[2m/<i class=dim>/g; s/\x1b\[31m/<i class=red>/g' \
      -e 's/\x1b\[32m/<i class=green>/g; s/\x1b\[33m/<i class=yellow>/g; s/\x1b\[0m/<\/i><\/b>/g'
} > "$work/terminal.html"
picture "file://$work/terminal.html" docs/terminal.png
