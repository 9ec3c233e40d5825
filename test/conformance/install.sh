#!/usr/bin/env bash
# Installs the second opinions of the conformance tests below .portcullis/tools: DynamoDB Local (Maven, Java), moto and
# cfn-lint (Python) and Trino (Maven, Java, the recipe of ../shared). Runs again only when what it installs changes. A
# tool that is missing here is a visible skip of its tests; with CI=true it is an error.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools=.portcullis/tools
mkdir -p "$tools"

absent() { # absent WHAT FOR
  printf 'conformance: %s is not installed, so %s cannot be\n' "$1" "$2" >&2
  [ "${CI:-}" != true ]
}

# The stamp is written last, so an installation that was interrupted is made anew.
fresh() { # fresh NAME FILE
  [ "$(cat "$tools/$1.stamp" 2>/dev/null)" = "$(cksum <"$2")" ]
}
stamp() {
  cksum <"$2" >"$tools/$1.stamp"
}

dynamodb_local() {
  local pom=test/conformance/dynamodb-local/pom.xml
  fresh dynamodb-local "$pom" && return 0
  command -v mvn >/dev/null && command -v java >/dev/null || { absent 'Maven or Java' 'DynamoDB Local'; return; }
  rm -rf "$tools/dynamodb-local"
  mvn -q -B -f "$pom" dependency:copy-dependencies -DoutputDirectory="$PWD/$tools/dynamodb-local"
  stamp dynamodb-local "$pom"
}

python_tool() { # python_tool NAME
  local requirements=test/conformance/$1/requirements.txt
  fresh "$1" "$requirements" && return 0
  command -v python3 >/dev/null || { absent Python "$1"; return; }
  rm -rf "${tools:?}/$1"
  python3 -m venv "$tools/$1"
  "$tools/$1/bin/pip" install --quiet --disable-pip-version-check -r "$requirements"
  stamp "$1" "$requirements"
}

# 435 is the last release that runs on Java 17.
trino() {
  local recipe=../shared/tools/get-trino.sh
  [ -e "$recipe" ] || { absent "$recipe" Trino; return; }
  fresh trino "$recipe" && return 0
  command -v mvn >/dev/null && command -v unzip >/dev/null && [ "$(java_version)" -ge 17 ] ||
    { absent 'Maven, unzip or Java 17' Trino; return; }
  rm -rf "$tools/trino"
  sh "$recipe" "$tools/trino"
  stamp trino "$recipe"
}
java_version() {
  java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | grep . || echo 0
}

dynamodb_local
python_tool moto
python_tool cfn-lint
trino
