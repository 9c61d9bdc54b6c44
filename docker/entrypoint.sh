#!/bin/sh
# Starts `vecstore` as a user that is not root. As another user it only starts it. As root it finds out who owns the data
# directory and becomes that user for good; a directory that is root's and empty, as `docker run -v` makes it, is handed
# to the user node first.
set -eu

app=/app/packages/server/bin/vecstore.js
data=${VECSTORE_DATA:-/data}
# A heap that begins small is marked whole every few upserts, as docs/operations.md says.
flags=--initial-old-space-size=256

fail() {
  echo "vecstore: $1" >&2
  exit 1
}

if [ "$(id -u)" -ne 0 ]; then
  exec node "$flags" "$app" "$@"
fi

mkdir -p "$data" || fail "cannot make $data; mount a directory or a volume there"
if [ "$(stat -c %u "$data")" -eq 0 ]; then
  # A file system of its own comes with a folder lost+found.
  if find "$data" -mindepth 1 -maxdepth 1 ! -name lost+found | grep -q .; then
    fail "$data belongs to root and is not empty; give it to a user (chown -R 1000:1000), which the server then runs as"
  fi
  chown node:node "$data" || fail "cannot give $data to the user node; run with --user, as somebody who may write there"
fi
uid=$(stat -c %u "$data")
gid=$(stat -c %g "$data")
setpriv --reuid "$uid" --regid "$gid" --clear-groups true 2>/dev/null ||
  fail "cannot become the owner of $data without capabilities; run with --user $uid:$gid"
exec setpriv --reuid "$uid" --regid "$gid" --clear-groups --inh-caps=-all --no-new-privs -- node "$flags" "$app" "$@"
