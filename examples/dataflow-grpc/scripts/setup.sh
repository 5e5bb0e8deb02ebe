#!/bin/sh
# Installs what go.mod, web/package-lock.json and requirements.txt ask for, into this checkout.
set -eu
cd "$(dirname "$0")/.."

# Python packages belong to the interpreter: PYTHON names another one than python3.
"${PYTHON:-python3}" -c 'import grpc, google.protobuf, pytest' || {
  echo "${PYTHON:-python3} cannot import grpc, google.protobuf and pytest. Install requirements.txt, or set PYTHON to an interpreter that has them." >&2
  exit 1
}

npm ci --prefix web --prefer-offline --no-audit --no-fund

debian=/usr/share/gocode
if [ ! -d "$debian/src/google.golang.org/grpc" ]; then
  go mod vendor || {
    echo "Go's modules cannot be fetched. Debian and Ubuntu have them as packages: golang-google-grpc-dev golang-goprotobuf-dev" >&2
    exit 1
  }
  exit
fi

# Debian brings Go packages as sources, so no module has to be fetched: this makes the vendor folder that `go mod vendor` makes.
# go.mod's versions stand in modules.txt, because Go compares them; the sources are of the versions that Debian has.
rm -rf vendor
mkdir vendor
roots='google.golang.org/grpc github.com/golang/protobuf/proto google.golang.org/protobuf/proto google.golang.org/protobuf/runtime/protoimpl'
packages=$(cd / && GO111MODULE=off GOFLAGS= GOPATH="$debian" go list -deps -f '{{if not .Standard}}{{.ImportPath}}{{end}}' $roots)
for package in $packages; do
  mkdir -p "vendor/$package"
  find "$debian/src/$package" -maxdepth 1 -type f ! -name '*_test.go' -exec cp {} "vendor/$package/" \;
done
# Every package under the module it belongs to; a module that go.mod does not name is one that these depend on.
language=$(go env GOVERSION | sed 's/^go\([0-9]*\.[0-9]*\).*/\1/')
{
  sed -n 's/^\t\([^ ]*\) \(v[^ ]*\).*/\1 \2 explicit/p' go.mod
  printf '%s v0.0.0 implied\n' google.golang.org/genproto golang.org/x/net golang.org/x/sys golang.org/x/text
} | while read -r module version why; do
  echo "# $module $version"
  if [ "$why" = explicit ]; then echo "## explicit; go $language"; else echo "## go $language"; fi
  for package in $packages; do
    case "$package/" in "$module"/*) echo "$package" ;; esac
  done
done > vendor/modules.txt
