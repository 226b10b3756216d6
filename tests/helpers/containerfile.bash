# shellcheck shell=bash
# The instructions of a Containerfile, carried out on the host of helpers/examples.
#
#   instructions FILE       prints them, one a line
#   follow INSTRUCTION      sets COMMAND and the array IMAGE_ENV
#
# Needs helpers/common and examples.

instructions() {
  sed -E '/^#/d; /^$/d; :a; /\\$/ { N; s/\\\n *//; ta }' "$1"
}
# words: turns a list of JSON into a shell's words.
words() {
  python3 -c 'import json, shlex, sys; print(shlex.join(json.load(sys.stdin)))'
}
# follow INSTRUCTION: one host is the image of both stages.
follow() {
  case $1 in
    'FROM debian:12-slim'* | 'EXPOSE 110 995' | 'STOPSIGNAL SIGTERM') ;;
    # The objects that the tests have are not compiled again.
    RUN\ make*) on_host sh -ec "$(sed 's/^RUN //; s/make -C .src clean && //' <<<"$1")" ;;
    RUN\ *) on_host sh -ec "${1#RUN }" ;;
    'COPY . /src')
      mkdir "$HOST/src"
      tar -C "$PROJECT" --exclude=./.git --exclude=./build/{san,tests,debian.tar} -c . | tar -C "$HOST/src" -x
      ;;
    'COPY --from=build '*) on_host sh -ec "cp -rT ${1#COPY --from=build }" ;;
    ENV\ *) IMAGE_ENV+=("${1#ENV }") ;;
    ENTRYPOINT\ *) COMMAND=$(words <<<"${1#ENTRYPOINT }") ;;
    CMD\ *) COMMAND+=" $(words <<<"${1#CMD }")" ;;
    *) fail "not known: $1" ;;
  esac
}
