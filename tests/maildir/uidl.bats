#!/usr/bin/env bats
# After a move from another server its unique ids stay the same, and no client
# fetches its mail again.

# shellcheck disable=SC2030,SC2031  # each test is a subshell of its own
load ../helpers/common
load ../helpers/chain
load ../helpers/clients

# Debian's POP3 servers exclude one another, so Courier's is only unpacked.
COURIER=${BUILD:-$BATS_TEST_DIRNAME/../../build}/peers/courier-pop
DOVECOT=/usr/lib/dovecot/pop3

setup_file() {
  [[ ! -d $COURIER ]] || return 0
  local folder=$COURIER.$$
  mkdir -p "$folder"
  (cd "$folder" && apt-get -q download courier-pop && dpkg-deb -x ./*.deb .) \
    >"$folder.log" 2>&1 || {
    cat "$folder.log"
    return 1
  }
  mv "$folder" "$COURIER"
}

# deliver_names: messages with the names of several mail systems, in both
# directories.
deliver_names() {
  local name i=0
  for name in new/1700000001.M1P1.host new/1700000002.M2P1.host,S=42 \
    new/1700000003.1234.host cur/1700000004.V801I2M3.host:2,S \
    "cur/1700000005.a+b'c:2,RS" 'cur/1700000006.M6P1.host,S=42,W=46:2,' \
    new/odd_name new/1700000007.1234_5.host; do
    ((++i))
    printf 'From: a@example.org\nSubject: %s\n\nmessage %s\n' "$i" "$i" |
      deliver "$MAIL/${name%/*}" "${name##*/}"
  done
  COUNT=$i
}

setup() {
  make_account
  deliver_names
  chmod 755 "$T" "$HOME_DIR"
  cat >"$T/dovecot.conf" <<EOF
mail_location = maildir:~/Maildir
log_path = $T/dovecot.log
EOF
  : >"$T/dovecot.log"
  own "$T/dovecot.log"
  mkdir -p "$T"/client/{mpop,getmail}/{new,cur,tmp}
}

# foreign dovecot|courier: this server answers after popup and checkpw.
foreign() {
  local run
  case $1 in
  dovecot) run="printf '+OK\r\n'; exec $DOVECOT -c $T/dovecot.conf" ;;
  courier) run="AUTHENTICATED=joe exec '$COURIER'/usr/lib/courier/courier/courierpop3d Maildir" ;;
  esac
  serve popup -w 0 test.host checkpw -f "$USERS" sh -c "$run"
}
# ours [OPTION...]: maildir-pop3d answers after popup and checkpw.
ours() {
  serve popup -w 0 test.host checkpw -f "$USERS" maildir-pop3d -a "$@" Maildir
}

login='USER joe\r\nPASS secret\r\n'
uidls() {
  transcript "${login}UIDL\r\nQUIT\r\n" | tr -d '\r' | grep -E '^[0-9]+ ' |
    cut -d' ' -f2 | sort
}

# poll: mpop and getmail fetch new mail, and leave it on the server.
poll() {
  write_mpoprc "$T/client/mpoprc" "$T/client/mpop" 'host 127.0.0.1' 'tls off' \
    'keep on'
  write_getmailrc "$T/client/getmailrc" "$T/client/getmail/new" false
  as_client mpop -q -C "$T/client/mpoprc"
  # getmail keeps its list of seen mail by port, and ours is another one.
  local seen now=$T/client/oldmail-127.0.0.1-$PORT-joe
  for seen in "$T"/client/oldmail-*; do
    if [[ -e $seen && $seen != "$now" ]]; then mv "$seen" "$now"; fi
  done
  as_client getmail --getmaildir "$T/client" --rcfile "$T/client/getmailrc"
}
# got CLIENT N: it has fetched N messages in all.
got() {
  local number
  number=$(find "$T/client/$1/new" -type f | wc -l)
  ((number == $2)) || fail "$1 has $number messages, wanted $2"
}

# polled COUNT: both clients have that many messages after a poll.
polled() {
  poll
  got mpop "$1"
  got getmail "$1"
}

# new_mail_comes_once: a new message has its name as its id, and is fetched
# once.
new_mail_comes_once() {
  printf 'Subject: late\n\nlate\n' | deliver "$MAIL/new" 1800000000.late
  uidls | grep -qx 1800000000.late
  polled $((COUNT + 1))
}

# moves_from dovecot|courier: this server serves the mail and leaves its list in
# the Maildir, then maildir-pop3d takes over.
moves_from() {
  foreign "$1"
  polled "$COUNT"
  uidls >"$T/theirs"
  stop_servers
  (($(sort -u "$T/theirs" | wc -l) == COUNT))
  ours --uidl "$1"
  diff "$T/theirs" <(uidls)
  polled "$COUNT"
  new_mail_comes_once
  stop_servers
  # Without the list the ids would be names, and all mail new for the clients.
  ours
  (($(uidls | sort - "$T/theirs" | uniq -d | wc -l) == 0))
}

@test "after Dovecot: the same unique ids, nothing is fetched again" {
  moves_from dovecot
}

# dovecot_uidls FORMAT: writes the ids that Dovecot gives in this format to
# $T/wanted.
dovecot_uidls() {
  sed -i /pop3_uidl_format/d "$T/dovecot.conf"
  echo "pop3_uidl_format = $1" >>"$T/dovecot.conf"
  foreign dovecot
  uidls >"$T/wanted"
  (($(wc -l <"$T/wanted") == COUNT)) || fail "$1: $(cat "$T/wanted" "$T/dovecot.log")"
}
# are_kept OPTION...: maildir-pop3d gives the ids in $T/wanted, too.
are_kept() {
  stop_servers
  ours "$@"
  diff "$T/wanted" <(uidls)
  stop_servers
}

@test "each pop3_uidl_format of Dovecot has a --uidl" {
  # shellcheck disable=SC2034  # for the page's commands
  local format script password=secret
  dovecot_uidls '%08Xu%08Xv'
  are_kept --uidl dovecot
  for format in %f %g; do
    dovecot_uidls "$format"
    are_kept
  done
  for format in %v.%u UID%u-%v %08Xv%08Xu %v-%u 'P%05u.%%.%012v' \
    %08XUu%XUv %XLv-%XLu %Lf.%u %Uf %Lg %f-%f; do
    dovecot_uidls "$format"
    are_kept --uidl "dovecot:$format"
  done
  # Where the list has a GUID or an id from yet another server.
  sed -i '2s/ :/ G0a1B2c3D4e5F :/; 3s/ :/ POTHER.id :/' "$MAIL/dovecot-uidlist"
  for format in %g %Ug.%u %f %v-%u; do
    dovecot_uidls "$format"
    grep -qx OTHER.id "$T/wanted"
    are_kept --uidl "dovecot:$format"
  done
  sed -i 's/ G[^ ]*//; s/ POTHER.id//' "$MAIL/dovecot-uidlist"
  # By the commands on the page, with another port.
  script=$(page-examples one "$BATS_TEST_DIRNAME/../../doc/migration.md" dovecot-uidlist)
  for format in %v.%u UID%u-%v %08Xv%08Xu; do
    dovecot_uidls "$format"
    (cd "$HOME_DIR" && eval "${script/127.0.0.1/127.0.0.1:$PORT}")
    chmod a+r "$HOME_DIR/uidls"
    are_kept --uidl file:uidls
  done
}

@test "Dovecot has no %m for a Maildir, --uidl refuses it" {
  sed -i /pop3_uidl_format/d "$T/dovecot.conf"
  echo 'pop3_uidl_format = %m' >>"$T/dovecot.conf"
  foreign dovecot
  # It ends at once, without an id and without the final dot.
  [[ $(transcript "${login}UIDL\r\nQUIT\r\n" | tail -n 1 | tr -d '\r') == '+OK' ]]
  run maildir-pop3d -a --uidl dovecot:%m </dev/null
  ((status == 111))
}

@test "--uidl dovecot:FORMAT: a message that no list knows has its name" {
  ours --uidl dovecot:%v-%u
  uidls | grep -qx 1700000001.M1P1.host
  stop_servers
  printf '3 V77 N9\n4 :1700000001.M1P1.host\n' >"$MAIL/dovecot-uidlist"
  own "$MAIL/dovecot-uidlist"
  ours --uidl dovecot:%v-%u
  uidls >"$T/ours"
  grep -qx 77-4 "$T/ours"
  grep -qx 1700000004.V801I2M3.host "$T/ours"
  (($(sort -u "$T/ours" | wc -l) == COUNT))
  as_user maildir-pop3d --check --uidl dovecot:%v-%u "$MAIL"
  stop_servers
  # An id that would be too long, and two that would be the same.
  printf '3 V77 N9\n4 :1700000001.M1P1.host\n5 Gx :1700000003.1234.host\n6 GX :odd_name\n' \
    >"$MAIL/dovecot-uidlist"
  ours --uidl dovecot:%070u
  uidls | sort -u >"$T/ours"
  (($(wc -l <"$T/ours") == COUNT))
  stop_servers
  ours --uidl dovecot:%Ug
  uidls | sort -u >"$T/ours"
  (($(wc -l <"$T/ours") == COUNT))
  grep -qx X "$T/ours"
}

@test "after Courier: the same unique ids, nothing is fetched again" {
  moves_from courier
}

@test "Courier's older list entries give Courier's own ids" {
  cat >"$MAIL/courierpop3dsizelist" <<'EOF'
/3 20 77
1700000001.M1P1.host:2, 56 4:66:0
1700000003.1234.host:2, 56 5:0:0
1700000005.a+b'c:2,RS 56 0:77:0
EOF
  own "$MAIL/courierpop3dsizelist"
  cp -a "$MAIL/courierpop3dsizelist" "$T/list"
  ours --uidl courier
  uidls >"$T/ours"
  stop_servers
  foreign courier
  uidls >"$T/theirs"
  grep -qx UID4-66 "$T/ours"
  grep -qx UID5 "$T/ours"
  grep -qxF '1700000005.a+2Bb+27c' "$T/ours"
  # Courier gives the other messages new ids.
  (($(comm -12 "$T/ours" "$T/theirs" | wc -l) == 3))
}

@test "--uidl file: takes a list of any server's ids" {
  printf '%s\n' '1700000001.M1P1.host first' 'odd_name strange:2,id' \
    '1700000003.1234.host 1700000002.M2P1.host,S=42' >"$T/list"
  chmod 644 "$T/list"
  ours --uidl "file:$T/list"
  uidls >"$T/ours"
  grep -qx first "$T/ours"
  grep -qx 'strange:2,id' "$T/ours"
  grep -qx '1700000004.V801I2M3.host' "$T/ours"
  (($(wc -l <"$T/ours") == COUNT))
  # A message whose name the list gives to another one gets a hash as its id.
  local hash
  hash=$(printf %s 1700000002.M2P1.host,S=42/ | md5sum | cut -d' ' -f1):
  (($(grep -cx '1700000002.M2P1.host,S=42' "$T/ours") == 1))
  grep -qx "$hash" "$T/ours"
  as_user maildir-pop3d --check --uidl "file:$T/list" "$MAIL"
  # If the list gives one id to two messages, --check reports it.
  echo "1700000004.V801I2M3.host $hash" >>"$T/list"
  run as_user maildir-pop3d --check --uidl "file:$T/list" "$MAIL"
  ((status == 1))
  [[ $output == *"unique id $hash: of 2 messages"* ]]
}

@test "--uidl: an unreadable list is a temporary error" {
  ours --uidl "file:$T/missing"
  transcript "$login" | tail -n 1 | grep -q '^-ERR [[]SYS/TEMP]'
  stop_servers
  ours --uidl dovecot
  mkfifo "$MAIL/dovecot-uidlist"
  own "$MAIL/dovecot-uidlist"
  transcript "$login" | tail -n 1 | grep -q '^-ERR [[]SYS/TEMP]'
  rm "$MAIL/dovecot-uidlist"
  # Without a list there are no ids to keep.
  uidls | grep -qx 1700000001.M1P1.host
  # Truncated while a session uses it.
  seq -f '%.0f :x' 20000 | sed '1i3 V1 N30000' >"$MAIL/dovecot-uidlist"
  own "$MAIL/dovecot-uidlist"
  connect
  expect '+OK*'
  send "${login%\\r\\n}"
  expect '+OK*'
  expect '+OK*'
  : >"$MAIL/dovecot-uidlist"
  send 'UIDL 1'
  expect '-ERR [[]SYS/TEMP]*'
  expect_end
}

# logs_in: joe logs in, and the session has begun.
logs_in() {
  connect
  expect '+OK*'
  send "${login%\\r\\n}"
  expect '+OK*'
  expect '+OK*'
}

# is_refused SOURCE FILE WHY: a client gets [SYS/TEMP], the log names the file
# and the reason, and --check counts one difference.
is_refused() {
  local found
  ours --uidl "$1"
  transcript "${login}UIDL\r\nQUIT\r\n" | tail -n 1 |
    grep -q '^-ERR [[]SYS/TEMP]' || fail "$3: not refused"
  stop_servers
  found=$(grep -c "event=fail cause=.*$3.* file=$2" "$LOG")
  ((found == 1)) || fail "$3: $found lines"
  run as_user maildir-pop3d --check --uidl "$1" "$MAIL"
  ((status == 1)) || fail "$3: --check exits $status"
  [[ $output == *"$2: "*"$3"*'1 difference' ]] || fail "$output"
  : >"$LOG"
}

@test "--uidl: a damaged list is a temporary error and logged" {
  local list=$MAIL/dovecot-uidlist theirs=$MAIL/courierpop3dsizelist
  : >"$list"
  is_refused dovecot dovecot-uidlist 'it is empty'
  printf '3 V1 N9\n1 :1700000001.M1P1.host\n\0\0\0\0' >"$list"
  is_refused dovecot dovecot-uidlist 'it holds a NUL'
  printf '2 V1 N9\n1 :1700000001.M1P1.host\n' >"$list"
  is_refused dovecot dovecot-uidlist 'of an unknown version'
  printf '3 N9\n1 :1700000001.M1P1.host\n' >"$list"
  is_refused dovecot dovecot-uidlist 'a number is missing in its header'
  printf '3 V1 N9\n1 :1700000001.M1P1.ho' >"$list"
  is_refused dovecot dovecot-uidlist 'its last line has no end'
  rm "$list"
  mkdir "$list"
  is_refused dovecot dovecot-uidlist 'it is not a regular file'
  rmdir "$list"
  printf '/3 9 1\n1700000001.M1P1.host 56\n' >"$theirs"
  is_refused courier courierpop3dsizelist 'a line is not an entry'
  ln -sf "$list" "$theirs"
  is_refused courier courierpop3dsizelist 'open the list of unique ids: '
  printf '1700000001.M1P1.host\tfirst\n' >"$T/list"
  chmod 644 "$T/list"
  is_refused "file:$T/list" "$T/list" 'a line is not an entry'
  is_refused "file:$T/missing" "$T/missing" 'No such file'
}

@test "--uidl: an absent or empty list has no entries" {
  local how
  for how in dovecot courier; do
    as_user maildir-pop3d --check --uidl "$how" "$MAIL"
  done
  echo >"$T/list"
  chmod 644 "$T/list"
  as_user maildir-pop3d --check --uidl "file:$T/list" "$MAIL"
}

@test "--uidl: an oversize list is a temporary error" {
  ours --uidl dovecot
  printf '3 V1 N30000\n1 :1700000001.M1P1.host\n' >"$MAIL/dovecot-uidlist"
  truncate -s 129M "$MAIL/dovecot-uidlist"
  own "$MAIL/dovecot-uidlist"
  transcript "$login" | tail -n 1 | grep -q '^-ERR [[]SYS/TEMP]'
  logged 'list of unique ids: larger than 128 MiB'
  run as_user maildir-pop3d --check --uidl dovecot "$MAIL"
  ((status == 1))
  # Many short entries take more memory than their file is long.
  seq -f '%.0f :m' 1048577 | sed '1i3 V1 N30000' >"$MAIL/dovecot-uidlist"
  logs_in
  send 'UIDL 1'
  expect '-ERR [[]SYS/TEMP]*'
  expect_end
  logged 'list of unique ids: more than 1,048,576 entries'
}

@test "--uidl: a list rewritten during a session gives no ids" {
  local list=$MAIL/dovecot-uidlist
  ours --uidl dovecot
  printf '3 V1 N30\n1 :1700000001.M1P1.host\n' >"$list"
  own "$list"
  touch -d yesterday "$list"
  logs_in
  printf '3 V9 N30\n1 :1700000001.M1P1.host\n' >"$list"
  send 'UIDL 2'
  expect '-ERR [[]SYS/TEMP]*'
  expect_end
  logged 'list of unique ids: it was rewritten'
  uidls | grep -qx 0000000100000009
}

@test "--uidl: an unknown source of unique ids is refused" {
  local how
  for how in '' file: Dovecot 'courier:x' dovecot: dovecot:%v dovecot:%8u \
    dovecot:uid dovecot:%0u dovecot:%071u 'dovecot:%u %v' 'dovecot:%{uid}' dovecot:%s%n \
    $'dovecot:%u\n' "dovecot:$(printf '%%0%.0s' {1..5000})"; do
    run maildir-pop3d -a --uidl "$how" </dev/null
    ((status == 111))
    [[ $output == *"bad value for --uidl: ${how:0:300}"* ]]
  done
}
