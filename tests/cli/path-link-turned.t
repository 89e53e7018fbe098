#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A database that is a symbolic link, under a running program: its target is replaced, and it is turned to
# another file: both are followed.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${SRCDIR:-$(dirname "$0")/../..}/tests/cli/lib.sh"
# shellcheck source-path=SCRIPTDIR source=serve.sh
. "$SRCDIR/tests/cli/serve.sh"

mkdir "$WORK/one" "$WORK/two"
set_password first "$WORK/one/db"
set_password other "$WORK/two/db"
ln -s one/db "$WORK/link"
ln -s one "$WORK/folder"
serve us "$WORK/link"
serve them "$WORK/folder/db"
login_is in us first "through the link"
login_is in them first "through a folder that is a link"
set_password second "$WORK/link"
login_is in us second "a write through the link is seen at once"

cp "$WORK/one/db" "$WORK/one/copy"
set_password third "$WORK/link"
mv "$WORK/one/copy" "$WORK/one/db"
login_becomes in us second "its target is replaced: followed"
login_is no us third "and nobody else gets in"

ln -s two/db "$WORK/new"
mv -T "$WORK/new" "$WORK/link"
ln -sfn two "$WORK/folder"
login_becomes in us other "it is turned to another file: followed"
login_is no us second "and nobody of the first gets in"
login_becomes in them other "a folder on the way is turned: followed"
set_password fourth "$WORK/link"
login_is in us fourth "a write through it now is seen at once"
is "$(sasldblistusers -f "$WORK/one/db" --count) $(sasldblistusers -f "$WORK/two/db" --count)" "1 1" "both have their user"

ln -sfn nowhere "$WORK/link"
login_becomes no us fourth "it leads nowhere: no users"
is "$(grep -c 'link to a file that is not there\|No such file' "$WORK/us.log")" 1 "one line says so"
ln -sfn one/db "$WORK/link"
login_becomes in us second "and back"

finish
