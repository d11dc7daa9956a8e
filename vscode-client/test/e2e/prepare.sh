#!/bin/sh
# Install what the tests in the workbench need: Chromium and ripgrep from the system, the workbench from npm.
# Exit status 77, with one line that says why: they cannot run here. Does nothing where all is there already.
set -eu
cd "$(dirname "$0")"

skip() {
	echo "make e2e is skipped: $1"
	exit 77
}

have() {
	command -v "$1" >/dev/null 2>&1
}

have_browser() {
	test -n "${CHROMIUM:-}" || have chromium || have chromium-browser || have google-chrome ||
		test -d /Applications/Chromium.app || test -d "/Applications/Google Chrome.app"
}

have node && have npm || skip "there is no Node; version 20 or newer is needed"
node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' ||
	skip "Node $(node --version) is too old; version 20 or newer is needed"

# Packages of the system are installed for root alone, on a machine that is there for tests; anyone else is asked to.
wanted=""
have_browser || wanted="chromium fonts-dejavu-core fonts-liberation"
have rg || wanted="$wanted ripgrep"
have c++ || wanted="$wanted g++"
have make || wanted="$wanted make"
if test -n "$wanted" && test "$(id -u)" = 0 && have apt-get; then
	echo "Installing $wanted."
	log=$(mktemp)
	# shellcheck disable=SC2086
	(apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq \
		--no-install-recommends $wanted) >"$log" 2>&1 || tail -n 3 "$log" >&2
	rm -f "$log"
fi
have_browser || skip "there is no Chromium; install it, or name one with CHROMIUM=..."
have rg || skip "there is no ripgrep; install it"
have c++ && have make || skip "there is no C++ compiler, which the native modules of the workbench need"

stamp=node_modules/.prepared
if test -f "$stamp" && cmp -s package-lock.json "$stamp"; then
	exit 0
fi
echo "Installing the workbench; this takes a minute."
rm -rf node_modules
npm ci --silent --no-progress --no-update-notifier >/dev/null
server=node_modules/code-server/lib/vscode
(
	cd "$server"
	# Its own lock file leaves packages out, so "npm ci" would refuse it.
	npm install --silent --no-progress --ignore-scripts --omit=dev >/dev/null
	npm rebuild --silent --no-progress @vscode/spdlog native-watchdog >/dev/null
	# Its last step fails where sources of Node are missing, after all that terminals need was built.
	npm rebuild --silent --no-progress node-pty >/dev/null 2>&1 || true
	ln -sfn node_modules node_modules.asar
	mkdir -p node_modules/@vscode/ripgrep/bin
	ln -sf "$(command -v rg)" node_modules/@vscode/ripgrep/bin/rg
)
npm rebuild --silent --no-progress --ignore-scripts=false argon2 >/dev/null
cp package-lock.json "$stamp"
