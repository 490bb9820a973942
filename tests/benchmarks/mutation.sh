#!/bin/sh
# Changes domain/ in hundreds of small ways and shows the changes that no test of tests/domain notices. Minutes.
# Works on the last commit, in a copy: mutmut writes beside what it reads.
# Run: tests/benchmarks/mutation.sh, in an environment with the package, all its extras and the group `mutation`.
set -eu
cd "$(dirname "$0")/../.."
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git archive HEAD pyproject.toml README.md src tests | tar -x -C "$copy"
cd "$copy"
CAPACITY_SYNC_HYPOTHESIS=mutation mutmut run >run.log 2>&1 || { tail -n 20 run.log; exit 1; }
mutmut export-cicd-stats >/dev/null
cat mutants/mutmut-cicd-stats.json
mutmut results | sed -n 's/^ *\(.*\): survived$/\1/p' | while read -r name; do
    mutmut show "$name"
done
