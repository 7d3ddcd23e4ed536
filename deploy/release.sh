#!/bin/sh
# release.sh NAME: fetches a branch, tag or commit into its own folder with its own Python environment, and points
# /srv/waypost/next at it. The release that serves is not touched. Safe to run again.
set -eu
cd /srv/waypost/repository
git fetch --quiet --tags origin
commit=$(git rev-parse --verify --quiet "origin/$1^{commit}" || git rev-parse --verify "$1^{commit}")
folder=/srv/waypost/releases/$(git show --no-patch --format=%cs-%h "$commit")
if [ ! -e "$folder/.venv/complete" ]; then
    git worktree prune
    [ -d "$folder" ] || git worktree add --quiet --detach "$folder" "$commit"
    /usr/bin/python3 -m venv "$folder/.venv"
    "$folder/.venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$folder/requirements/runtime.txt"
    "$folder/.venv/bin/python" -m compileall -q "$folder" || true
    touch "$folder/.venv/complete"
fi
ln -sfn "$folder" /srv/waypost/next
echo "$folder"
