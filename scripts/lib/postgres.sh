# A private PostgreSQL server for tests, demonstrations and benchmarks. To be sourced by bash; prints nothing on success.
#
#   postgres_find_bin        prints the folder of initdb and postgres
#   postgres_start DIR [SETTING=VALUE…]
#                            makes a cluster below DIR (created if absent) and starts it; returns when it takes connections
#   postgres_dsn DIR [DB]    prints its connection string; the user `postgres` may do everything
#   postgres_launch DIR [SETTING=VALUE…]
#                            starts a cluster again that is there and was ended
#   postgres_halt DIR [SIGNAL]
#                            ends it and leaves its cluster: INT (default) in order, QUIT at once, as a crash does
#   postgres_stop DIR        stops it and removes DIR
#   postgres_serve [SETTING=VALUE…]
#                            starts one, prints its connection string, stops it when standard input ends; a line
#                            `restart` or `crash` there ends it and starts it again, and it prints the string once more
#
# It listens on a socket in DIR only, which nobody else may enter, so no password is asked; members of the role
# `by_password` need theirs (SCRAM). It forgets everything in a power failure (fsync off) unless settings say otherwise. DIR must be short: a socket's
# path has at most 107 bytes.

# Debian puts neither program on PATH, and what is there may be a link of somebody's, so PATH comes last.
postgres_find_bin() {
  local candidates=() found
  if [[ -n ${SYNCBRIDGE_PG_BIN:-} ]]; then candidates+=("$SYNCBRIDGE_PG_BIN"); fi
  # pg_config belongs to the client's headers: the server of that version may be missing.
  if found=$(pg_config --bindir 2>/dev/null); then candidates+=("$found"); fi
  while IFS= read -r found; do candidates+=("$found"); done < <(
    ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin \
      /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin 2>/dev/null | sort -rV
  )
  if found=$(command -v postgres); then candidates+=("$(dirname "$found")"); fi
  for found in ${candidates[@]+"${candidates[@]}"}; do
    if [[ -x $found/initdb && -x $found/postgres ]]; then
      printf '%s\n' "$found"
      return 0
    fi
  done
  echo "No PostgreSQL server (initdb, postgres) found. Debian: apt-get install postgresql; else set SYNCBRIDGE_PG_BIN." >&2
  return 1
}

# Runs a command as an account that the server accepts: it refuses root, and an id without an account.
postgres_as_account() {
  if [[ $(id -u) != 0 ]]; then
    "$@"
    return
  fi
  local account
  account=$(postgres_account)
  # Not from a folder of root's, which the account may not read.
  (cd / && exec setpriv --reuid="$account" --regid="$(id -g "$account")" --init-groups -- env HOME=/ "$@")
}

postgres_account() {
  if [[ $(id -u) != 0 ]]; then
    id -un
  elif id -u postgres >/dev/null 2>&1; then
    echo postgres
  else
    echo nobody
  fi
}

postgres_dsn() {
  printf 'postgresql://postgres@/%s?host=%s&sslmode=disable\n' "${2:-}" "$1"
}

postgres_start() {
  local dir=$1 bin account
  bin=$(postgres_find_bin) || return 1
  account=$(postgres_account)
  mkdir -p "$dir" && chmod 700 "$dir" || return 1
  if [[ $(id -u) == 0 ]]; then chown "$account" "$dir" || return 1; fi

  if ! postgres_as_account "$bin/initdb" --pgdata="$dir/data" --username=postgres --auth=trust --encoding=UTF8 \
    --locale=C --wal-segsize=1 --no-sync --no-instructions </dev/null >"$dir/initdb.log" 2>&1; then
    cat "$dir/initdb.log" >&2
    return 1
  fi
  printf '%s\n' 'local all +by_password scram-sha-256' 'local all all trust' |
    postgres_as_account tee "$dir/data/pg_hba.conf" >/dev/null
  postgres_launch "$@"
}

postgres_launch() {
  local dir=$1 bin waited=0 setting settings=()
  shift
  for setting in "$@"; do settings+=(-c "$setting"); done
  bin=$(postgres_find_bin) || return 1

  # Started itself, not by pg_ctl, which looks only ten times a second. Its own session: a Ctrl-C at the terminal is for
  # the caller, who stops the server in order.
  postgres_as_account setsid "$bin/postgres" -D "$dir/data" -c listen_addresses= -c "unix_socket_directories=$dir" \
    -c port=5432 -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=32MB \
    -c max_connections=500 -c timezone=UTC ${settings[@]+"${settings[@]}"} </dev/null >"$dir/server.log" 2>&1 &
  # It writes `ready` into the last line of its pid file once it takes connections.
  until [[ -r $dir/data/postmaster.pid ]] && grep -q '^ready' "$dir/data/postmaster.pid" 2>/dev/null; do
    if ((waited >= 3000)) || { ((waited >= 20)) && ! postgres_is_running "$dir" && ! kill -0 $! 2>/dev/null; }; then
      cat "$dir/server.log" >&2
      postgres_stop "$dir"
      return 1
    fi
    sleep 0.01
    waited=$((waited + 1))
  done
}

postgres_pid() {
  head -n 1 "$1/data/postmaster.pid" 2>/dev/null
}

postgres_is_running() {
  local pid
  pid=$(postgres_pid "$1") && [[ -n $pid ]] && kill -0 "$pid" 2>/dev/null
}

# SIGINT is the server's fast shutdown; SIGQUIT, after ten seconds, its immediate one. Never SIGKILL, which would leave
# shared memory behind.
postgres_halt() {
  local dir=$1 signal=${2:-INT} pid waited=0
  pid=$(postgres_pid "$dir") || pid=
  if [[ -n $pid ]]; then
    kill "-$signal" "$pid" 2>/dev/null || true
    while kill -0 "$pid" 2>/dev/null && ((waited < 1500)); do
      if ((waited == 1000)); then kill -QUIT "$pid" 2>/dev/null || true; fi
      sleep 0.01
      waited=$((waited + 1))
    done
  fi
}

postgres_stop() {
  postgres_halt "$1"
  rm -rf -- "$1"
}

# For a caller that may end in any way, a crash included: the system closes its pipe, and the server goes.
postgres_serve() {
  local dir word
  dir=$(mktemp -d /tmp/sb-pg.XXXXXX) || return 1
  # PIPE: the caller may be gone before it has read the line.
  trap '' INT HUP TERM PIPE
  postgres_start "$dir" "$@" || return 1
  postgres_dsn "$dir" 2>/dev/null || true
  while IFS= read -r word; do
    if [[ $word == crash ]]; then postgres_halt "$dir" QUIT; else postgres_halt "$dir"; fi
    # A crash leaves its pid file, whose last line still says `ready`.
    rm -f -- "$dir/data/postmaster.pid"
    postgres_launch "$dir" "$@" || break
    postgres_dsn "$dir" 2>/dev/null || true
  done
  postgres_stop "$dir"
}
