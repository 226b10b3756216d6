#!/usr/bin/env bats
# popup -D counts: --metrics for node_exporter, SIGUSR1 for the log.

# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154  # each test's own
bats_require_minimum_version 1.5.0
load ../helpers/common
load ../helpers/stubs
load ../helpers/listener
load ../helpers/tls
load ../helpers/chain

setup() {
  mkdir "$T/metrics"
  FILE=$T/metrics/popchain.prom
  SUBPROGRAM=(stub-joe stub-session)
}
# refuse: a login that is refused.
refuse() {
  log_in wrong '-ERR \[AUTH\]*'
  hang_up
}
# has LINE...: the file has each of these lines.
has() {
  local line
  for line; do grep -qxF "$line" "$FILE" || return 1; done
}
# For wait_until: the counters are these once what happened has been noticed.
usr1_logs() {
  kill -USR1 "$LISTENER"
  pause 0.05
  in_log "event=metrics $1"
}
# The stand-in for a disk that hangs: the writer's rename takes this long.
slow_disk() {
  STRACE=(strace -f -D -o /dev/null -e 'trace=rename,renameat,renameat2'
    -e "inject=rename,renameat,renameat2:delay_enter=$1")
}

@test "--metrics: the file is there at once, and promtool accepts it" {
  listen -l 127.0.0.1:0 --metrics "$FILE"
  wait_until test -s "$FILE"
  promtool check metrics <"$FILE" >"$T/faults" 2>&1 || fail "$(cat "$T/faults")"
  [[ ! -s $T/faults ]] || fail "$(cat "$T/faults")"
  [[ $(stat -c %a "$FILE") == 644 ]]
  has 'popchain_connections_total 0' 'popchain_sessions 0' '# EOF'
}

@test "--metrics: the next file has the logins since" {
  listen -l 127.0.0.1:0 -C 2 --metrics "$FILE"
  log_in secret '+OK in'
  refuse
  is_turned_away
  wait_until has 'popchain_connections_total 3' 'popchain_sessions 1' \
    'popchain_connections_refused_total{limit="source"} 1' \
    'popchain_logins_total{result="ok",mechanism="PASS"} 1' \
    'popchain_logins_total{result="denied",mechanism="PASS"} 1'
  # node_exporter's textfile collector serves it.
  local port
  port=$(free-port)
  background prometheus-node-exporter --collector.disable-defaults \
    --collector.textfile --collector.textfile.directory "$T/metrics" \
    --web.listen-address "127.0.0.1:$port" 2>/dev/null
  wait_until curl -s -o "$T/page" "127.0.0.1:$port/metrics"
  grep -qx 'popchain_logins_total{mechanism="PASS",result="ok"} 1' "$T/page"
  grep -qx '# TYPE popchain_logins_total counter' "$T/page"
  grep -qx 'popchain_sessions 1' "$T/page"
  grep -qx 'node_textfile_scrape_error 0' "$T/page"
}

@test "--metrics: SIGTERM removes the file" {
  listen -l 127.0.0.1:0 --metrics "$FILE"
  wait_until test -s "$FILE"
  kill "$LISTENER"
  wait "$LISTENER"
  [[ -z $(ls -A "$T/metrics") ]]
}

@test "--metrics: a failure is a warning, and logins go on" {
  listen -l 127.0.0.1:0 --metrics "$T/none/x.prom"
  local cause='cause="unable to write the metrics: No such file or directory"'
  logged "event=warning $cause errno=2 file=$T/none/x.prom"
  log_in secret '+OK in'
}

@test "--metrics: a directory that may not be written is a warning" {
  chmod 755 "$T/metrics"
  own "$T"
  chmod 555 "$T/metrics"
  : >"$LOG" && own "$LOG"
  listen -l 127.0.0.1:0 --metrics "$FILE" -- "${AS_USER[@]}"
  logged "unable to write the metrics: Permission denied.* errno=13 file=$FILE"
  log_in secret '+OK in'
}

@test "--metrics: a disk that hangs keeps nobody waiting" {
  needs_strace
  local STRACE
  slow_disk 12000000
  listen -l 127.0.0.1:0 --metrics "$FILE" -- "${STRACE[@]}"
  wait_until test -e "$FILE.tmp"
  log_in secret '+OK in'
  [[ ! -e $FILE ]]
}

@test "--metrics: bad values exit 100 with a message" {
  mkdir "$T/folder.prom"
  ln -s target "$T/link.prom"
  mkfifo "$T/fifo.prom"
  local long value
  long=$(printf '%5000s.prom' '' | tr ' ' x)
  printf 'other text\n' >"$T/text.prom"
  for value in '' "$T/text.prom" /etc/passwd /dev/null "$T/x.prom/" "$T/folder.prom" "$T/link.prom" \
    "$T/fifo.prom" "$long"; do
    run popup -D --metrics "$value" mx true
    [[ $status == 100 && $output == 'popup: fatal: bad value for --metrics: '* ]] ||
      fail "$value: $status $output"
  done
  run popup -D --metrics
  [[ $status == 100 && $output == *'this option needs a value: --metrics'* ]]
  run popup --metrics "$FILE" mx true
  [[ $status == 100 && $output == *'--metrics needs -D'* ]]
}

@test "--metrics: TLS after STLS, TLS at once, and failures" {
  open_folders
  use_couriertls
  listen -l 127.0.0.1:0 --tls-listen 127.0.0.1:0 "${TLS_HELPER[@]}" --metrics "$FILE"
  logged 'event=listen .* tls=yes$'
  local tls_port
  tls_port=$(sed -n 's/.*event=listen .* port=\([0-9]*\) tls=yes$/\1/p' "$LOG")
  printf 'STLS\r\nQUIT\r\n' | timeout 20 stls-talk "$PORT" | grep -q -- '-- TLS'
  for _ in 1 2; do
    printf 'QUIT\r\n' | timeout 20 stls-talk --at-once "$tls_port" | grep -q '^+OK'
  done
  # Clear text where TLS begins at once, and TLS where clear text does.
  printf 'QUIT\r\n' | nc -N 127.0.0.1 "$tls_port"
  run -1 openssl s_client -connect "127.0.0.1:$PORT" </dev/null
  wait_until has 'popchain_tls_connections_total{start="stls"} 1' \
    'popchain_tls_connections_total{start="at_once"} 2' \
    'popchain_tls_connections_total{start="proxy"} 0' 'popchain_tls_failures_total 2'
  promtool check metrics <"$FILE" >"$T/faults" 2>&1 || fail "$(cat "$T/faults")"
  wait_until usr1_logs '.* tls_stls=1 tls_at_once=2 tls_proxy=0 tls_failed=2 '
}

@test "SIGUSR1: TLS at a proxy is counted, clear text there is not" {
  listen -l 127.0.0.1:0 -P
  start_haproxy "$PORT" v2-ssl
  printf 'QUIT\r\n' | nc -N 127.0.0.1 "$TLS_PORT" | grep -q '^+OK'
  wait_until usr1_logs '.* tls_proxy=0 '
  start_haproxy "$PORT" v2-ssl tls
  printf 'QUIT\r\n' | timeout 20 stls-talk --at-once "$TLS_PORT" | grep -q '^+OK'
  wait_until usr1_logs '.* tls_proxy=1 tls_failed=0 '
}

@test "SIGUSR1: popup -D logs its counters in one line" {
  listen -l 127.0.0.1:0
  log_in secret '+OK in'
  refuse
  local numbers='connections=2 over_sessions=0 over_source=0 delayed=0'
  numbers+=' tls_stls=0 tls_at_once=0 tls_proxy=0 tls_failed=0 before_login=0 sessions=1'
  numbers+=' checkers_running=0 checkers_waiting=0 penalties=1'
  wait_until usr1_logs "$numbers login_ok_PASS=1 login_denied_PASS=1 login_gone_none=1$"
}

@test "SIGUSR1: a connection that a penalty delays is counted" {
  listen -l 127.0.0.1:0
  refuse
  log_in secret '+OK in'
  wait_until usr1_logs '.* delayed=1 .* penalties=0 '
}

@test "SIGUSR1: -q does not silence the counters" {
  PORT=$(free-port)
  background popup -D -q -l "127.0.0.1:$PORT" test.host true 2>>"$LOG"
  LISTENER=${SERVERS[-1]}
  wait_until nc -z 127.0.0.1 "$PORT"
  wait_until usr1_logs 'connections=[1-9]'
}

@test "SIGUSR1: a checker that runs and one that waits are counted" {
  SUBPROGRAM=(sh -c 'exec cat >/dev/null')
  listen -l 127.0.0.1:0 --checkers 1
  hold 'USER joe\r\nPASS secret\r\n'
  hold 'USER joe\r\nPASS secret\r\n'
  wait_until usr1_logs '.* before_login=2 .* checkers_running=1 checkers_waiting=1 '
}

@test "SIGUSR1 without -D ends popup, as ever" {
  serve popup test.host true
  connect
  expect '+OK*'
  find_processes
  kill -USR1 "$BROKER"
  expect_end
  not_logged event=metrics
}
