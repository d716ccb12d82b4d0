import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'

// What an app's image, pod and platform put into its environment is not ours to judge: our shell stands before hooks and
// handlers, and must pass all of it on, byte for byte and in order.

t.setTimeout(180_000) // the first run compiles the helper

const image = join(import.meta.dirname, '../../image')
const helper = execFileSync(join(image, 'build-helper'), ['own'], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
})
const busybox = join(helper.trimEnd().split('\n').at(-1) ?? '', 'busybox')

// No shell, nor Node, can make such environments: given ENTRY... -- PROGRAM ARG..., executes PROGRAM in just these entries.
const source = `#include <string.h>
#include <unistd.h>
int main(int argc, char **argv) {
  char **program = argv + 1;
  while (strcmp(*program, "--")) program++;
  *program++ = 0;
  execve(*program, program, argv + 1);
  return 127;
}`
const folder = t.testdir({ 'within.c': source })
const within = join(folder, 'within')
const compiled = spawnSync('gcc', ['-o', within, `${within}.c`], { encoding: 'utf8' })
const skip = compiled.status !== 0 && 'no gcc here to make odd environments with: image/install-packages helper'

const given = [
  'PATH=/usr/bin:/bin',
  'spring.profiles.active=prod',
  'MY-VAR=1',
  'lines.of=a\nb\n',
  'LINES_OF=a\nb\n',
  // Names that the shell has a use for.
  ...['PWD=/nowhere', 'OLDPWD=/elsewhere', 'SHLVL=4', '_=/bin/it', 'IFS=,', 'OPTIND=7', 'PPID=1', 'PS1=app', 'PS4=app'],
  ...['LINENO=3', 'FUNCNAME=f', 'RANDOM=5', 'EPOCHSECONDS=1', 'EPOCHREALTIME=1.5', 'HOSTNAME=orders-1'],
  // Names that a script may have a use for.
  'run=prod',
  'EMPTY=',
  // What is no variable at all, and what is there twice.
  ...[
    '=nameless',
    '=',
    '1st=digit',
    'without-a-value',
    'novalue',
    '',
    'twice=1',
    'twice=2',
    'twice.too=1',
    'twice.too=2',
  ],
  'Ünï=cödé',
]
const without = (name: string) => given.filter((entry) => !entry.startsWith(`${name}=`))
const replaced = (name: string, value: string) =>
  given.map((entry) => (entry.startsWith(`${name}=`) ? `${name}=${value}` : entry))

const show = '"$0" cat /proc/self/environ'

/** What a program sees that a script of our shell runs as `$show`. The script finds busybox in $0. */
function seenBy(script: string, entries: readonly string[] = given): string[] {
  const args = [...entries, '--', busybox, 'sh', '-c', script.replaceAll('$show', show), busybox]
  const { stdout, stderr } = spawnSync(within, args, { cwd: folder, encoding: 'utf8', timeout: 20_000 })
  return `${stdout}${stderr}`.split('\0').slice(0, -1)
}

// Each way in which our shell comes to execute a program, and what a script may do before.
const untouched: readonly [what: string, script: string][] = [
  ['exec', 'exec $show'],
  ['a child', '$show; :'],
  ['a subshell', '($show; :)'],
  ['exec in a subshell', '(exec $show); :'],
  ['a command substitution', 'exec 3>&1; : "$($show >&3)"'],
  ['a pipe', ': | $show | { exec "$0" cat; }'],
  ['the background', '$show & wait'],
  ['a function', 'f() { $show; }; f'],
  ['command', 'command $show'],
  ['by its bare name', 'exec cat /proc/self/environ'],
  ['a shell below', '"$0" sh -c \'$show; :\' "$0"'],
  ['setsid', '"$0" setsid $show'],
  ['timeout', '"$0" timeout 9 $show'],
  ['flock', '"$0" flock lock $show'],
  ['env', '"$0" env $show'],
  ['cd', 'cd /; cd /usr; $show; :'],
  ['variables of the script', 'run=other IFS=: PS1=x PATH=/nowhere EMPTY=no twice=3 new=1 spring=1; exec $show'],
  ['read, for and getopts', 'echo word | { read -r run; for run in 1 2; do getopts a: run -a 1; done; exec $show; }'],
  ['local', 'f() { local run=2 IFS=; exec $show; }; f'],
  ['what the shell makes up', ': "$RANDOM$LINENO$EPOCHSECONDS$EPOCHREALTIME$PPID"; exec $show'],
  ['a variable of another command', 'run=other "$0" true; run=other MORE=1 :; $show; :'],
  ['unset and export in a subshell', '(unset run PATH; export MORE=1); exec $show'],
]

t.test('an environment is passed on as it came', { skip }, async (t) => {
  for (const [what, script] of untouched) t.strictSame(seenBy(script), given, what)
})

t.test('an environment of nothing stays one', { skip }, async (t) => {
  for (const [what, script] of untouched.filter(([what]) => what !== 'by its bare name'))
    t.strictSame(seenBy(script, []), [], what)
  t.strictSame(seenBy('"$0" env -i "$0" sh -c \'exec $show\' "$0"'), [], 'env -i')
})

t.test('a script changes what it says it changes', { skip }, async (t) => {
  const more = [...given, 'MORE=a b']
  const rows: readonly [script: string, expected: readonly string[]][] = [
    ['MORE="a b" $show; :', more],
    ['MORE="a b" exec $show', more],
    ['export MORE="a b"; exec $show', more],
    ['MORE="a b"; export MORE; (exec $show)', more],
    ['set -a; MORE="a b"; exec $show', more],
    ['export MORE="a b"; "$0" sh -c \'exec $show\' "$0"', more],
    ['export MORE="a b"; cd /; "$0" setsid "$0" sh -c \'$show & wait\' "$0"', more],
    ['export MORE=1; unset MORE; exec $show', given],
    ['export MORE=1; export -n MORE; exec $show', given],
    ['run=other $show; :', replaced('run', 'other')],
    ['run=other; export run; exec $show', replaced('run', 'other')],
    ['export run; run=other; exec $show', replaced('run', 'other')],
    ['export PWD; exec $show', replaced('PWD', folder)],
    ['unset run; exec $show', without('run')],
    ['unset run; run=other; exec $show', without('run')],
    ['export -n run; exec $show', without('run')],
    ['unset twice IFS; exec $show', without('twice').filter((entry) => entry !== 'IFS=,')],
    ['exec "$0" env -u run $show', without('run')],
  ]
  for (const [script, expected] of rows) t.strictSame(seenBy(script), expected, script)
})

t.test('a script reads what came in', { skip }, async (t) => {
  const script = 'printf "%s|" "$run" "$LINES_OF" "$twice" "$HOSTNAME" "$((SHLVL))" "$(cd / && echo "$PWD$OLDPWD")"'
  t.strictSame(seenBy(`${script}; printf '\\0'`), [`prod|a\nb\n|2|orders-1|5|/${folder}|`])
})
