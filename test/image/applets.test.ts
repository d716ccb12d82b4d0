import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { lastLine } from '../last-line.ts'
import { freePort } from '../sidecar/shell/free-port.ts'
import { appletUses, bareUses, type Use } from './shell-files.ts'

// An applet that was left out is met at run time only, and may not even fail: without `true`, `flock -n FILE busybox true`
// looks like a held lock.

t.setTimeout(180_000) // the first run compiles the helper

const image = join(import.meta.dirname, '../../image')
const helper = lastLine(run(join(image, 'build-helper'), ['own']))
const borrowed = t.testdir()
run(join(image, 'helper/borrow'), [borrowed])

// What the shell decides by itself, without a program.
const builtins = ['[', 'echo', 'false', 'kill', 'printf', 'read', 'test', 'true']

t.test('every applet that a shell file names is in the helper, and in the borrowed one', async (t) => {
  const uses = appletUses()
  t.ok(uses.length > 20, `the pattern finds uses (${uses.length})`)
  for (const [name, folder] of Object.entries({ 'image/busybox.options': helper, 'image/helper/borrow': borrowed })) {
    const there = applets(folder)
    t.strictSame(offenders(uses.filter(({ applet }) => !there.includes(applet))), [], `add the applet to ${name}`)
  }
})

t.test("no shell file leaves it to the app's image which program runs", async (t) => {
  const programs = applets(helper).filter((applet) => !builtins.includes(applet))
  t.strictSame(offenders(bareUses(programs)), [], 'write "$busybox" before it: the image may have another, or none')
})

t.test("the shell is the helper's, programs are the image's", async (t) => {
  t.match(
    shell(helper, 'command -v flock || echo none', { PATH: '/nowhere' }),
    'none',
    'no applet runs by its bare name',
  )
})

// What the shell files count on; each row was wrong in some build of busybox.
const rows: readonly [what: string, script: string, expected: RegExp][] = [
  ['microseconds since the epoch', 'printf "%s" "$EPOCHREALTIME"', /^\d{10}\.\d{6}$/],
  ['arithmetic with 64 bits', 'echo $((1700000000123456 * 10))', /^17000000001234560$/],
  ['read a number of characters', 'echo abc | { read -r -n 2 x; echo "$x"; }', /^ab$/],
  ['read with a fraction of a second', 'exec 3<>fifo; read -r -t 0.2 _ <&3; echo "$?"', /^1$/],
  ["a trap on a child's end does not end the shell", 'trap : CHLD; "$b" true & wait; echo on', /^on$/],
  ['a trap on TERM', 'trap "echo term; exit 3" TERM; kill "$$"; echo "not reached"', /^term$/],
  ['a process that lives', 'kill -0 "$$" && echo lives', /^lives$/],
  ['a file that is the same', '[ /proc/self/exe -ef /proc/self/exe ] && echo same', /^same$/],
  [
    'a lock is held on a descriptor, until it is closed',
    'exec 9<lock; "$b" flock -x 9; "$b" flock -n -s lock "$b" true || echo held; exec 9<&-; "$b" flock -n -s lock "$b" true && echo free',
    /^held\nfree$/,
  ],
  ['two may share a lock', 'exec 9<lock; "$b" flock -s 9; "$b" flock -n -s lock "$b" true && echo shared', /^shared$/],
  ['a new session', '"$b" setsid "$b" sh -c "read -r _ _ _ _ _ session _ </proc/self/stat; echo session"', /^session$/],
  ['a limit', '"$b" timeout 1 "$b" sleep 9; echo "$?"', /^143$/],
  ['sleep with a fraction', '"$b" sleep 0.01 && "$b" usleep 10 && echo slept', /^slept$/],
  [
    'lines, heads and tails',
    'printf "a\\nb\\nc\\n" | "$b" tail -n 2 | "$b" head -n 1 | "$b" tr b x | "$b" wc -l',
    /^1$/,
  ],
  ['nobody listens', '"$b" nc -z -w 2 127.0.0.1 9 || echo refused', /^refused$/],
  [
    'tcpsvd hands a connection to a program, wget has a limit',
    '"$b" tcpsvd -E -c 4 -C 4 127.0.0.1 "$port" "$b" sh -c "read -r _; printf \'HTTP/1.0 200 OK\\r\\n\\r\\nhello\'" & ' +
      'until "$b" nc -z -w 1 127.0.0.1 "$port"; do "$b" usleep 10000; done; "$b" wget -q -T 5 -O - "http://127.0.0.1:$port/"; kill "$!"',
    /^hello$/,
  ],
]

for (const [name, folder] of Object.entries({ helper, borrowed })) {
  t.test(`what the shell files count on holds in the ${name}`, async (t) => {
    const port = String(await freePort())
    for (const [what, script, expected] of rows) {
      const cwd = t.testdir({ lock: '' })
      run('mkfifo', [join(cwd, 'fifo')])
      t.match(shell(folder, script, { port }, cwd), expected, what)
    }
  })
}

function applets(folder: string): string[] {
  return run(join(folder, 'busybox'), ['--list']).split('\n').filter(Boolean)
}

function shell(folder: string, script: string, env: Record<string, string>, cwd = folder): string {
  const b = join(folder, 'busybox')
  const options = { cwd, env: { PATH: '/usr/bin:/bin', b, ...env }, encoding: 'utf8', timeout: 20_000 } as const
  return spawnSync(b, ['sh', '-c', script], options).stdout.trim()
}

function run(file: string, args: readonly string[]): string {
  return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

function offenders(uses: readonly Use[]): string[] {
  return uses.map(({ applet, at }) => `${at}: ${applet}`)
}
